using './main.bicep'
import { profiles } from 'profiles.bicep'

// What the compiler predicts the resources of this profile from; a deployment uses main.bicepparam.
param environmentName = 'prod'
param location = 'westeurope'

param settings = {
  mspTenantId: '00000000-0000-0000-0000-000000000000'
  apiClientId: '00000000-0000-0000-0000-000000000000'
  tenantAppClientId: '00000000-0000-0000-0000-000000000000'
  tenantAppSecretName: 'tenant-app'
  firstAdminObjectId: ''
  returnToOrigins: []
  publicUrl: ''
  corsOrigins: []
  allowLocalhostOrigins: false
  rateLimits: profiles.prod.rateLimits
  logLevel: profiles.prod.logLevel
}

param sizing = profiles.prod.sizing
param alertEmails = ['alerts@example.com']
param monthlyBudget = int(profiles.prod.monthlyBudget)
param budgetStartDate = '2026-11-01'
param protect = profiles.prod.protect
