using './main.bicep'
import { profiles } from 'profiles.bicep'

// What the compiler predicts the resources of this profile from; a deployment uses main.bicepparam.
param environmentName = 'dev'
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
  rateLimits: profiles.dev.rateLimits
  logLevel: profiles.dev.logLevel
}

param sizing = profiles.dev.sizing
param alertEmails = ['alerts@example.com']
param monthlyBudget = int(profiles.dev.monthlyBudget)
param budgetStartDate = '2026-11-01'
param protect = profiles.dev.protect
param sizing = {
  nodeVersion: '22'
  instanceMemoryMB: 2048
  maximumInstanceCount: 4
  alwaysReadyHttp: 0
  zoneRedundant: false
  stateRedundancy: 'Standard_LRS'
  backupDays: 7
  logRetentionInDays: 30
  logDailyCapGb: 1
}

param alertEmails = [readEnvironmentVariable('ALERT_EMAIL', 'alerts@example.com')]
param monthlyBudget = 50
param budgetStartDate = readEnvironmentVariable('BUDGET_START_DATE', '2026-11-01')
param protect = false
param runbookUrl = readEnvironmentVariable('RUNBOOK_URL', 'docs/runbook.md')
