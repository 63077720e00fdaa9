metadata name = 'Role assignments'
metadata description = 'Everything the app may do, in one place, each right at the narrowest scope that works.'

@description('Name of the identity of the app: part of the names of the assignments.')
param identityName string

@description('Object id of that identity.')
param principalId string

@description('Account with the tables of the app.')
param stateStorageName string

@description('Tables the app reads and writes.')
param tables string[]

@description('Account of the host and its deployments.')
param hostStorageName string

@description('Vault of the app.')
param keyVaultName string

@description('Namespace of the queues.')
param serviceBusName string

@description('Queues the app sends to and receives from.')
param queueNames string[]

@description('Application Insights component that takes the telemetry.')
param componentName string

@description('Container of the backups; empty: none.')
param backupContainer string

var roles = {
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageBlobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  keyVaultSecretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
  serviceBusDataSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  serviceBusDataReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

resource stateStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: stateStorageName

  resource tableService 'tableServices' existing = {
    name: 'default'

    resource table 'tables' existing = [for tableName in tables: { name: tableName }]
  }

  resource blobService 'blobServices' existing = {
    name: 'default'

    resource backups 'containers' existing = {
      name: empty(backupContainer) ? 'none' : backupContainer
    }
  }
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: hostStorageName
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: keyVaultName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName

  resource queue 'queues' existing = [for queueName in queueNames: { name: queueName }]
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource onTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (tableName, i) in tables: {
    scope: stateStorage::tableService::table[i]
    name: guid(stateStorage.id, tableName, identityName, roles.storageTableDataContributor)
    properties: {
      description: 'State, read models and the index of open work.'
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageTableDataContributor)
    }
  }
]

resource onBackups 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(backupContainer)) {
  scope: stateStorage::blobService::backups
  name: guid(stateStorage.id, 'backups', identityName, roles.storageBlobDataContributor)
  properties: {
    description: 'Writes backups; the container does not let them be changed.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
  }
}

resource onHostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [
    { id: roles.storageBlobDataOwner, why: 'Leases of timers, the deployment package.' }
    { id: roles.storageQueueDataContributor, why: 'What the Functions host keeps in queues.' }
    { id: roles.storageTableDataContributor, why: 'Diagnostic events of the Functions host.' }
  ]: {
    scope: hostStorage
    name: guid(hostStorage.id, identityName, role.id)
    properties: {
      description: role.why
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
    }
  }
]

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, identityName, roles.keyVaultSecretsOfficer)
  properties: {
    description: 'Stores what resellers authorise, replaces it daily, disables and deletes it.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsOfficer)
  }
}

resource sendsTo 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queueName, i) in queueNames: {
    scope: namespace::queue[i]
    name: guid(namespace.id, queueName, identityName, roles.serviceBusDataSender)
    properties: {
      description: 'Sends the outbox.'
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataSender)
    }
  }
]

resource receivesFrom 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queueName, i) in queueNames: {
    scope: namespace::queue[i]
    name: guid(namespace.id, queueName, identityName, roles.serviceBusDataReceiver)
    properties: {
      description: 'Triggers.'
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataReceiver)
    }
  }
]

resource onComponent 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, identityName, roles.monitoringMetricsPublisher)
  properties: {
    description: 'Sends telemetry.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}
