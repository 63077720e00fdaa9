metadata name = 'Alerts'
metadata description = 'What somebody has to know, and the people who are told. The names say what each is about.'

import { tagsType } from '../types.bicep'

@description('Prefix of the names.')
param namePrefix string

@description('Tags of the resources.')
param tags tagsType

@description('E-mail addresses that are told.')
@minLength(1)
param emailAddresses string[]

@description('Resource id of the Service Bus namespace.')
param serviceBusId string

@description('Resource id of the function app.')
param appId string

@description('Resource id of the vault.')
param keyVaultId string

var metricAlerts = [
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
  name: '${namePrefix}-people'
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
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [alert.scope]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
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

@description('Resource id of the group of people.')
output actionGroupId string = people.id
