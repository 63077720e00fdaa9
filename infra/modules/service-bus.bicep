metadata name = 'Service Bus'
metadata description = 'Namespace without keys, and the queues of the one definition file that the local broker reads too.'

import { queueType, tagsType } from '../types.bicep'

@description('Name of the namespace, unique in the world.')
@minLength(6)
@maxLength(50)
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags tagsType

@description('Standard has sessions and duplicate detection; Premium is for private endpoints, at many times the price.')
@allowed(['Standard', 'Premium'])
param skuName string

@description('Whether the public endpoint answers. Only Premium can do without.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

@description('Workspace that takes the diagnostics.')
param workspaceId string

@description('Queues, as in queues.json. Sessions and duplicate detection cannot be changed after creation.')
param queues queueType[]

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: skuName == 'Premium' ? { name: 'Premium', tier: 'Premium', capacity: 1 } : { name: 'Standard', tier: 'Standard' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [
  for one in queues: {
    parent: namespace
    name: one.name
    properties: {
      requiresSession: one.requiresSession
      requiresDuplicateDetection: one.requiresDuplicateDetection
      duplicateDetectionHistoryTimeWindow: one.duplicateDetectionHistoryTimeWindow
      lockDuration: one.lockDuration
      maxDeliveryCount: one.maxDeliveryCount
      defaultMessageTimeToLive: one.defaultMessageTimeToLive
      deadLetteringOnMessageExpiration: one.deadLetteringOnMessageExpiration
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: namespace
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'OperationalLogs', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Name of the namespace.')
output name string = namespace.name

@description('Resource id of the namespace.')
output resourceId string = namespace.id

@description('Host name of the namespace.')
output fullyQualifiedNamespace string = '${namespace.name}.servicebus.windows.net'
