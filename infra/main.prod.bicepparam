using './main.bicep'

// Whom the installation works for comes from the environment; what size it has stands here.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

param settings = {
  mspTenantId: readEnvironmentVariable('MSP_TENANT_ID', '00000000-0000-0000-0000-000000000000')
  apiClientId: readEnvironmentVariable('API_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
  tenantAppClientId: readEnvironmentVariable('TENANT_APP_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
  tenantAppSecretName: 'tenant-app'
  firstAdminObjectId: readEnvironmentVariable('FIRST_ADMIN_OBJECT_ID', '')
  returnToOrigins: []
  publicUrl: readEnvironmentVariable('PUBLIC_URL', '')
  corsOrigins: []
  allowLocalhostOrigins: false
  rateLimits: { reads: 600, writes: 120, anonymous: 300 }
  logLevel: 'info'
}

param sizing = {
  nodeVersion: '22'
  instanceMemoryMB: 2048
  maximumInstanceCount: 40
  alwaysReadyHttp: 2
  zoneRedundant: true
  stateRedundancy: 'Standard_GZRS'
  backupDays: 90
  logRetentionInDays: 90
  logDailyCapGb: 5
}

param alertEmails = [readEnvironmentVariable('ALERT_EMAIL', 'alerts@example.com')]
param monthlyBudget = 300
param budgetStartDate = readEnvironmentVariable('BUDGET_START_DATE', '2026-11-01')
param protect = true
