metadata name = 'Storage account'
metadata description = 'A storage account without keys: state of the app, or what the host and its deployments need.'

import { tagsType } from '../types.bicep'

@description('Name: 3 to 24 lower-case letters and digits, unique in the world.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags tagsType

@description('Redundancy.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param skuName string

@description('Tables to create.')
param tables string[] = []

@description('Blob containers to create.')
param containers string[] = []

@description('A container whose blobs cannot be changed or deleted for this many days; absent when 0.')
@minValue(0)
param immutableDays int = 0

@description('Name of that container.')
param immutableContainer string = ''

@description('Whether the public endpoint answers.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

@description('Whether the account is protected against deletion.')
param lock bool

@description('Workspace that takes the diagnostics.')
param workspaceId string

@description('Categories of table logs. Reads are off by default: they cost more than the app.')
param tableLogCategories string[] = ['StorageWrite', 'StorageDelete']

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: skuName }
  kind: 'StorageV2'
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [
  for tableName in tables: {
    parent: tableService
    name: tableName
  }
]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: { enabled: true, days: 30 }
    containerDeleteRetentionPolicy: { enabled: true, days: 30 }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [
  for containerName in containers: {
    parent: blobService
    name: containerName
    properties: { publicAccess: 'None' }
  }
]

resource backups 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = if (immutableDays > 0) {
  parent: blobService
  name: empty(immutableContainer) ? 'backups' : immutableContainer
  properties: { publicAccess: 'None' }
}

resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = if (immutableDays > 0) {
  parent: backups
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: immutableDays
    allowProtectedAppendWrites: false
  }
}

// A backup refers to blobs of the day before it at most: they go a day later than its manifest.
resource forgetting 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = if (immutableDays > 0) {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        for kept in [
          { name: 'old-manifests', prefix: '${immutableContainer}/manifests/', days: immutableDays + 1 }
          { name: 'old-backups', prefix: '${immutableContainer}/partitions/', days: immutableDays + 3 }
        ]: {
          name: kept.name
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: [kept.prefix] }
            actions: {
              baseBlob: { delete: { daysAfterCreationGreaterThan: kept.days } }
              version: { delete: { daysAfterCreationGreaterThan: kept.days } }
            }
          }
        }
      ]
    }
  }
}

resource tableDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(tables)) {
  scope: tableService
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [for category in tableLogCategories: { category: category, enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: account
  name: 'keep'
  properties: { level: 'CanNotDelete', notes: 'Holds who bought what, and the audit log.' }
}

@description('Name of the account.')
output name string = account.name

@description('Resource id of the account.')
output resourceId string = account.id

@description('Where its tables answer, without a slash at the end.')
output tableServiceUri string = 'https://${account.name}.table.${environment().suffixes.storage}'

@description('Where its blobs answer, without a slash at the end.')
output blobServiceUri string = 'https://${account.name}.blob.${environment().suffixes.storage}'

@description('Where its blobs answer, with a slash at the end.')
output blobEndpoint string = account.properties.primaryEndpoints.blob
