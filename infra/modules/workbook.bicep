metadata name = 'Workbook'
metadata description = 'One page on which an operator sees how the installation does.'

import { tagsType } from '../types.bicep'

@description('Name the workbook is shown by.')
param displayName string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags tagsType

@description('Name of the workspace.')
param workspaceName string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // The service wants a GUID; the same one at every deployment.
  name: guid(resourceGroup().id, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: workspace.id
    version: 'Notebook/1.0'
    serializedData: replace(loadTextContent('../workbook.json'), '<workspace>', workspace.id)
  }
}

@description('Resource id of the workbook.')
output workbookId string = workbook.id
