metadata name = 'Monitoring'
metadata description = 'Log Analytics workspace with a daily cap, and Application Insights that takes no keys.'

import { tagsType } from '../types.bicep'

@description('Name of the workspace.')
param workspaceName string

@description('Name of the Application Insights component.')
param componentName string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags tagsType

@description('Days logs are kept. The audit log is kept elsewhere, and longer.')
@minValue(30)
@maxValue(730)
param retentionInDays int

@description('Gigabytes a day after which nothing more is taken in: logs are the largest line of the bill.')
@minValue(1)
param dailyCapGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionInDays
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
    workspaceCapping: { dailyQuotaGb: dailyCapGb }
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: componentName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
    IngestionMode: 'LogAnalytics'
    // Nothing is left out at random: who looks for one purchase has to find it.
    SamplingPercentage: 100
  }
}

@description('Resource id of the workspace.')
output workspaceId string = workspace.id

@description('Name of the Application Insights component.')
output componentName string = component.name

@description('Where telemetry is sent to. Without local authentication its key opens nothing.')
output connectionString string = component.properties.ConnectionString
