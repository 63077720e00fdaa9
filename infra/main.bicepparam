using './main.bicep'
import { profiles } from 'profiles.bicep'

// What azd and the deployment workflow deploy. Every value comes from the environment; one without a default has to be there.
var profile = profiles[readEnvironmentVariable('CSP_PROFILE', 'prod')]
var returnToOrigins = split(readEnvironmentVariable('RETURN_TO_ORIGINS', ''), ',')
var corsOrigins = split(readEnvironmentVariable('CORS_ORIGINS', ''), ',')

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')

param settings = {
  mspTenantId: readEnvironmentVariable('MSP_TENANT_ID')
  apiClientId: readEnvironmentVariable('API_CLIENT_ID')
  tenantAppClientId: readEnvironmentVariable('TENANT_APP_CLIENT_ID')
  tenantAppSecretName: 'tenant-app'
  firstAdminObjectId: readEnvironmentVariable('FIRST_ADMIN_OBJECT_ID')
  returnToOrigins: filter(returnToOrigins, origin => !empty(origin))
  publicUrl: readEnvironmentVariable('CUSTOM_URL', '')
  corsOrigins: filter(corsOrigins, origin => !empty(origin))
  allowLocalhostOrigins: readEnvironmentVariable('ALLOW_LOCALHOST_ORIGINS', 'false') == 'true'
  rateLimits: profile.rateLimits
  logLevel: readEnvironmentVariable('LOG_LEVEL', profile.logLevel)
}

param network = {
  mode: readEnvironmentVariable('NETWORK_MODE', 'public')
  addressPrefix: readEnvironmentVariable('NETWORK_ADDRESS_PREFIX', '10.20.0.0/24')
  serviceBusSku: 'Standard'
}

param sizing = profile.sizing
param alertEmails = filter(split(readEnvironmentVariable('ALERT_EMAIL'), ','), address => !empty(address))
param monthlyBudget = int(readEnvironmentVariable('MONTHLY_BUDGET', profile.monthlyBudget))
param budgetStartDate = readEnvironmentVariable('BUDGET_START_DATE')
param runbookUrl = readEnvironmentVariable('RUNBOOK_URL', 'docs/runbook.md')
param protect = profile.protect
