metadata name = 'Function app'
metadata description = 'The app on Flex Consumption: it runs as its own identity, and no setting holds a secret.'

import { appSettingsType, tagsType } from '../types.bicep'

@description('Name of the app, and of its host: https://{name}.azurewebsites.net.')
@minLength(2)
@maxLength(60)
param name string

@description('Name of the plan.')
param planName string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags tagsType

@description('Name of the service in azure.yaml, by which azd finds the app: a tag that no other resource may have.')
param serviceName string

@description('Resource id of the identity the app runs as.')
param identityResourceId string

@description('Where the deployment package lies: a container of the host storage account.')
param deploymentContainerUrl string

@description('All settings of the app. They replace what is there.')
param appSettings appSettingsType

@description('Version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string

@description('Memory of an instance, in megabytes.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('Most instances of each scale group (HTTP is one, every queue another).')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances kept warm for HTTP.')
@minValue(0)
param alwaysReadyHttp int

@description('Origins of browsers that may call the API from elsewhere; the portal is on the same origin.')
param allowedOrigins string[]

@description('Whether http://localhost may be among them.')
param allowLocalhostOrigins bool

@description('Whether the app answers on its public address.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

@description('Subnet the app reaches out from; empty: none.')
param outboundSubnetId string

@description('Whether the plan spreads over zones.')
param zoneRedundant bool

@description('Workspace that takes the diagnostics.')
param workspaceId string

func isExact(origin string) bool => length(split(origin, '/')) == 3 && !contains(origin, '*')
func isLocalhost(origin string) bool => startsWith('${origin}:', 'http://localhost:')

// A deployment with an origin that is a pattern, has a path, or is not https fails here.
var exactOrigins = filter(
  allowedOrigins,
  origin => isExact(origin) && (startsWith(origin, 'https://') || allowLocalhostOrigins && isLocalhost(origin))
)
var checkedOrigins = length(exactOrigins) == length(allowedOrigins)
  ? exactOrigins
  : fail('corsOrigins must be exact: https://host, without a path and without *. http://localhost needs allowLocalhostOrigins.')

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': serviceName })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityResourceId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    // Nobody reaches /admin from outside, not even with the master key; Azure Resource Manager does, by role.
    #disable-next-line BCP037 // documented by Microsoft, and missing in the published type
    functionsRuntimeAdminIsolationEnabled: true
    keyVaultReferenceIdentity: identityResourceId
    publicNetworkAccess: publicNetworkAccess
    virtualNetworkSubnetId: empty(outboundSubnetId) ? null : outboundSubnetId
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      ftpsState: 'Disabled'
      remoteDebuggingEnabled: false
      cors: { allowedOrigins: checkedOrigins, supportCredentials: false }
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityResourceId }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttp == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyHttp }]
      }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: appSettings
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    // What the functions log goes to Application Insights already; twice would be paid twice.
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Name of the app.')
output name string = app.name

@description('Resource id of the app.')
output resourceId string = app.id
