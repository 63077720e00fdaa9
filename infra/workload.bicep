metadata name = 'CSP marketplace'
metadata description = 'Everything of one installation, in one resource group. main.bicep creates the group and describes the parameters.'

import { networkType, settingsType, sizingType, tagsType } from 'types.bicep'

param environmentName string
param location string
param tags tagsType
param settings settingsType
param network networkType
param sizing sizingType
param alertEmails string[]
param monthlyBudget int
param budgetStartDate string
param protect bool
param runbookUrl string

var suffix = uniqueString(subscription().id, resourceGroup().name, environmentName)
var isPrivate = network.mode == 'private'
var publicNetworkAccess = isPrivate ? 'Disabled' : 'Enabled'
var queues = loadJsonContent('queues.json')
var queueNames = map(queues, queue => queue.name)
var tables = ['state', 'directory', 'work']
var backupContainer = 'backups'
var appName = take('csp-${environmentName}-${suffix}', 60)
var appUrl = empty(settings.publicUrl) ? 'https://${appName}.azurewebsites.net' : settings.publicUrl
var deploymentContainer = 'deployments'
// Names are computed here and not taken from outputs, so that a what-if can look into every module.
var identityName = 'id-csp-${environmentName}'
var componentName = 'appi-csp-${environmentName}'
var workspaceName = 'log-csp-${environmentName}'
var actionGroupName = 'csp-${environmentName}-people'
var stateStorageName = take('cspstate${suffix}', 24)
var hostStorageName = take('csphost${suffix}', 24)
var keyVaultName = take('csp-${suffix}', 24)
var serviceBusName = take('sb-csp-${environmentName}-${suffix}', 50)

module identity 'modules/identity.bicep' = {
  params: { name: identityName, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    workspaceName: workspaceName
    componentName: componentName
    location: location
    tags: tags
    retentionInDays: sizing.logRetentionInDays
    dailyCapGb: sizing.logDailyCapGb
  }
}

module stateStorage 'modules/storage.bicep' = {
  params: {
    name: stateStorageName
    location: location
    tags: tags
    skuName: sizing.stateRedundancy
    tables: tables
    immutableContainer: backupContainer
    immutableDays: sizing.backupDays
    publicNetworkAccess: publicNetworkAccess
    lock: protect
    workspaceId: monitoring.outputs.workspaceId
  }
}

module hostStorage 'modules/storage.bicep' = {
  params: {
    name: hostStorageName
    location: location
    tags: tags
    skuName: sizing.zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    containers: [deploymentContainer]
    publicNetworkAccess: publicNetworkAccess
    lock: false
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/key-vault.bicep' = {
  params: {
    name: keyVaultName
    location: location
    tags: tags
    publicNetworkAccess: publicNetworkAccess
    lock: protect
    workspaceId: monitoring.outputs.workspaceId
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  params: {
    name: serviceBusName
    location: location
    tags: tags
    skuName: isPrivate ? 'Premium' : network.serviceBusSku
    publicNetworkAccess: publicNetworkAccess
    workspaceId: monitoring.outputs.workspaceId
    queues: queues
  }
}

module privateNetwork 'modules/network.bicep' = if (isPrivate) {
  params: {
    name: 'vnet-csp-${environmentName}'
    location: location
    tags: tags
    addressPrefix: network.addressPrefix
    endpoints: [
      {
        name: 'pe-state-table'
        resourceId: stateStorage.outputs.resourceId
        groupId: 'table'
        zone: 'privatelink.table.${environment().suffixes.storage}'
      }
      {
        name: 'pe-state-blob'
        resourceId: stateStorage.outputs.resourceId
        groupId: 'blob'
        zone: 'privatelink.blob.${environment().suffixes.storage}'
      }
      {
        name: 'pe-host-blob'
        resourceId: hostStorage.outputs.resourceId
        groupId: 'blob'
        zone: 'privatelink.blob.${environment().suffixes.storage}'
      }
      {
        name: 'pe-host-queue'
        resourceId: hostStorage.outputs.resourceId
        groupId: 'queue'
        zone: 'privatelink.queue.${environment().suffixes.storage}'
      }
      {
        name: 'pe-host-table'
        resourceId: hostStorage.outputs.resourceId
        groupId: 'table'
        zone: 'privatelink.table.${environment().suffixes.storage}'
      }
      {
        name: 'pe-vault'
        resourceId: keyVault.outputs.resourceId
        groupId: 'vault'
        zone: 'privatelink.vaultcore.azure.net'
      }
      {
        name: 'pe-service-bus'
        resourceId: serviceBus.outputs.resourceId
        groupId: 'namespace'
        zone: 'privatelink.servicebus.windows.net'
      }
    ]
  }
}

module roles 'modules/role-assignments.bicep' = {
  dependsOn: [stateStorage, hostStorage, keyVault, serviceBus]
  params: {
    identityName: identityName
    principalId: identity.outputs.principalId
    stateStorageName: stateStorageName
    tables: tables
    hostStorageName: hostStorageName
    keyVaultName: keyVaultName
    serviceBusName: serviceBusName
    queueNames: queueNames
    componentName: componentName
    backupContainer: sizing.backupDays > 0 ? backupContainer : ''
  }
}

module app 'modules/function-app.bicep' = {
  // Rights first: an app that starts without them fails its first executions.
  dependsOn: [roles]
  params: {
    name: appName
    planName: 'plan-csp-${environmentName}'
    location: location
    tags: tags
    serviceName: 'app'
    identityResourceId: identity.outputs.resourceId
    deploymentContainerUrl: '${hostStorage.outputs.blobEndpoint}${deploymentContainer}'
    nodeVersion: sizing.nodeVersion
    instanceMemoryMB: sizing.instanceMemoryMB
    maximumInstanceCount: sizing.maximumInstanceCount
    alwaysReadyHttp: sizing.alwaysReadyHttp
    allowedOrigins: settings.corsOrigins
    allowLocalhostOrigins: settings.allowLocalhostOrigins
    // The portal and the callbacks are for browsers; only the state is behind private endpoints.
    publicNetworkAccess: 'Enabled'
    outboundSubnetId: isPrivate ? privateNetwork!.outputs.appSubnetId : ''
    zoneRedundant: sizing.zoneRedundant
    workspaceId: monitoring.outputs.workspaceId
    appSettings: {
      AzureWebJobsStorage__accountName: hostStorageName
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.outputs.clientId
      AzureWebJobsDisableHomepage: 'true'
      APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
      // The SDK tells Microsoft about itself otherwise, by connections of its own.
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true'
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identity.outputs.clientId}'
      MANAGED_IDENTITY_CLIENT_ID: identity.outputs.clientId
      STATE_STORAGE__tableServiceUri: stateStorage.outputs.tableServiceUri
      BACKUP_STORAGE__blobServiceUri: sizing.backupDays > 0 ? stateStorage.outputs.blobServiceUri : ''
      SERVICE_BUS__fullyQualifiedNamespace: serviceBus.outputs.fullyQualifiedNamespace
      SERVICE_BUS__credential: 'managedidentity'
      SERVICE_BUS__clientId: identity.outputs.clientId
      KEY_VAULT_URL: keyVault.outputs.uri
      PUBLIC_URL: appUrl
      RETURN_TO_ORIGINS: empty(settings.returnToOrigins) ? appUrl : join(settings.returnToOrigins, ',')
      ENTRA_AUTHORITY: environment().authentication.loginEndpoint
      API_CLIENT_ID: settings.apiClientId
      MSP_TENANT_ID: settings.mspTenantId
      TENANT_APP_CLIENT_ID: settings.tenantAppClientId
      TENANT_APP_SECRET_NAME: settings.tenantAppSecretName
      PARTNER_CENTER_URL: 'https://api.partnercenter.microsoft.com'
      PARTNER_CENTER_RESOURCE: 'https://api.partnercenter.microsoft.com'
      PRICE_SHEETS_URL: 'https://api.partner.microsoft.com'
      PRICE_SHEETS_RESOURCE: 'https://api.partner.microsoft.com'
      FIRST_ADMIN_OBJECT_ID: settings.firstAdminObjectId
      GRAPH_URL: 'https://graph.microsoft.com'
      GRAPH_RESOURCE: 'https://graph.microsoft.com'
      WRITE_MODE: 'off'
      LOG_LEVEL: settings.logLevel
      RATE_LIMIT_READS_PER_MINUTE: string(settings.rateLimits.reads)
      RATE_LIMIT_WRITES_PER_MINUTE: string(settings.rateLimits.writes)
      RATE_LIMIT_ANONYMOUS_PER_MINUTE: string(settings.rateLimits.anonymous)
    }
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    namePrefix: 'csp-${environmentName}'
    tags: tags
    actionGroupName: actionGroupName
    emailAddresses: alertEmails
    serviceBusId: serviceBus.outputs.resourceId
    appId: app.outputs.resourceId
    keyVaultId: keyVault.outputs.resourceId
    runbookUrl: runbookUrl
  }
}

module logAlerts 'modules/log-alerts.bicep' = {
  dependsOn: [monitoring, alerts]
  params: {
    namePrefix: 'csp-${environmentName}'
    location: location
    tags: tags
    workspaceName: workspaceName
    actionGroupName: actionGroupName
    expectsBackups: sizing.backupDays > 0
    runbookUrl: runbookUrl
  }
}

module workbook 'modules/workbook.bicep' = {
  dependsOn: [monitoring]
  params: {
    displayName: 'CSP marketplace (${environmentName})'
    location: location
    tags: tags
    workspaceName: workspaceName
  }
}

module budget 'modules/budget.bicep' = {
  params: {
    name: 'csp-${environmentName}'
    amount: monthlyBudget
    startDate: budgetStartDate
    emailAddresses: alertEmails
  }
}

@description('Address of the installation.')
output publicUrl string = appUrl

@description('Name of the function app.')
output appName string = app.outputs.name

@description('Name of the vault, for the secret of the tenant app.')
output keyVaultName string = keyVault.outputs.name
