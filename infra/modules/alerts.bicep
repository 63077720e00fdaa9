metadata name = 'Alerts'
metadata description = 'What somebody has to know, and the people who are told. The names say what each is about.'

import { tagsType } from '../types.bicep'

@description('Prefix of the names.')
param namePrefix string

@description('Tags of the resources.')
param tags tagsType

@description('Name of the group of people who are told.')
param actionGroupName string

@description('E-mail addresses that are told.')
@minLength(1)
param emailAddresses string[]

@description('Resource id of the Service Bus namespace.')
param serviceBusId string

@description('Resource id of the function app.')
param appId string

@description('Resource id of the vault.')
param keyVaultId string

@description('Address of the runbook; each name is a section of it.')
param runbookUrl string

type metricAlertType = {
  name: string
  description: string
  severity: 1 | 2 | 3
  scope: string
  metric: string
  namespace: string
  aggregation: string
  operator: string
  threshold: int
  @description('Five minutes when absent.')
  window: string?
  dimensions: { name: string, operator: string, values: string[] }[]
}

var metricAlerts metricAlertType[] = [
  {
    name: 'dead-letters'
    description: 'A message could not be handled ten times.'
    severity: 1
    scope: serviceBusId
    metric: 'DeadletteredMessages'
    namespace: 'Microsoft.ServiceBus/namespaces'
    aggregation: 'Maximum'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
  }
  {
    name: 'messages-pile-up'
    description: 'A queue has not been empty of a hundred messages for fifteen minutes.'
    severity: 2
    scope: serviceBusId
    metric: 'ActiveMessages'
    namespace: 'Microsoft.ServiceBus/namespaces'
    aggregation: 'Minimum'
    operator: 'GreaterThan'
    threshold: 100
    window: 'PT15M'
    dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
  }
  {
    name: 'service-bus-throttled'
    description: 'The namespace refuses calls because there are too many.'
    severity: 3
    scope: serviceBusId
    metric: 'ThrottledRequests'
    namespace: 'Microsoft.ServiceBus/namespaces'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 50
    dimensions: []
  }
  {
    name: 'service-bus-errors'
    description: 'The namespace fails by itself.'
    severity: 3
    scope: serviceBusId
    metric: 'ServerErrors'
    namespace: 'Microsoft.ServiceBus/namespaces'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 10
    dimensions: []
  }
  {
    name: 'service-bus-refusals'
    description: 'The namespace refuses calls of ours: a right is missing, or a queue.'
    severity: 3
    scope: serviceBusId
    metric: 'UserErrors'
    namespace: 'Microsoft.ServiceBus/namespaces'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 50
    dimensions: []
  }
  {
    name: 'http-5xx'
    description: 'Answers that are failures of ours.'
    severity: 2
    scope: appId
    metric: 'Http5xx'
    namespace: 'Microsoft.Web/sites'
    aggregation: 'Total'
    operator: 'GreaterThan'
    threshold: 5
    dimensions: []
  }
  {
    name: 'vault-refusals'
    description: 'The vault refuses or throttles.'
    severity: 2
    scope: keyVaultId
    metric: 'ServiceApiResult'
    namespace: 'Microsoft.KeyVault/vaults'
    aggregation: 'Count'
    operator: 'GreaterThan'
    threshold: 10
    dimensions: [{ name: 'StatusCode', operator: 'Include', values: ['403', '429'] }]
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: take(namePrefix, 12)
    enabled: true
    emailReceivers: [
      for (address, i) in emailAddresses: { name: 'person-${i}', emailAddress: address, useCommonAlertSchema: true }
    ]
  }
}

resource metricAlert 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for alert in metricAlerts: {
    name: '${namePrefix}-${alert.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${alert.description} What to do: ${runbookUrl}#${alert.name}'
      severity: alert.severity
      enabled: true
      scopes: [alert.scope]
      evaluationFrequency: 'PT5M'
      windowSize: alert.?window ?? 'PT5M'
      autoMitigate: true
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            name: alert.name
            criterionType: 'StaticThresholdCriterion'
            metricName: alert.metric
            metricNamespace: alert.namespace
            timeAggregation: alert.aggregation
            operator: alert.operator
            threshold: alert.threshold
            dimensions: alert.dimensions
          }
        ]
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]

@description('Names of all alerts.')
output alertNames string[] = [for alert in metricAlerts: alert.name]
