targetScope = 'subscription'

metadata name = 'CSP marketplace'
metadata description = 'One installation: its resource group and everything in it. The two parameter files show what differs.'

import { networkType, settingsType, sizingType, tagsType } from 'types.bicep'

@description('Short name of the installation, such as dev or prod: part of every name.')
@minLength(2)
@maxLength(12)
param environmentName string

@description('Azure region. Flex Consumption and, in production, availability zones have to be offered there.')
param location string

@description('Name of the resource group.')
param resourceGroupName string = 'rg-csp-${environmentName}'

@description('Tags of every resource, beside azd-env-name.')
param tags tagsType = {}

@description('Whom the app works for: directories, registrations, addresses.')
param settings settingsType

@description('Public by default. Private endpoints are a decision about money.')
param network networkType = { mode: 'public', addressPrefix: '10.20.0.0/24', serviceBusSku: 'Standard' }

@description('How large, and how safe.')
param sizing sizingType

@description('E-mail addresses that are told of alerts and of the budget.')
@minLength(1)
param alertEmails string[]

@description('Amount a month after which people are told, in the currency of the subscription.')
@minValue(1)
param monthlyBudget int

@description('First day of the month the budget begins in.')
@minLength(10)
@maxLength(10)
param budgetStartDate string

@description('Address of docs/runbook.md as the people who are told of alerts reach it; every alert names its section.')
param runbookUrl string = 'docs/runbook.md'

@description('Whether state and secrets are locked against deletion.')
param protect bool

var allTags = union(tags, { 'azd-env-name': environmentName, product: 'csp-marketplace' })

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: allTags
}

module workload 'workload.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    location: location
    tags: allTags
    settings: settings
    network: network
    sizing: sizing
    alertEmails: alertEmails
    monthlyBudget: monthlyBudget
    budgetStartDate: budgetStartDate
    protect: protect
    runbookUrl: runbookUrl
  }
}

@description('Address of the installation; the registrations need it.')
output APP_URL string = workload.outputs.publicUrl

@description('Name of the function app.')
output APP_NAME string = workload.outputs.appName

@description('Its resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the vault, where the secret of the tenant app is put.')
output KEY_VAULT_NAME string = workload.outputs.keyVaultName
