metadata name = 'Key vault'
metadata description = 'Secrets of resellers, their sign-ins, and keys of the installation. Roles only, nothing can be purged.'

import { tagsType } from '../types.bicep'

@description('Name: 3 to 24 letters, digits and hyphens, unique in the world.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags tagsType

@description('Whether the public endpoint answers.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

@description('Whether the vault is protected against deletion.')
param lock bool

@description('Workspace that takes the diagnostics.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { family: 'A', name: 'standard' }
    tenantId: tenant().tenantId
    enableRbacAuthorization: true
    enablePurgeProtection: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-workspace'
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'AuditEvent', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  scope: vault
  name: 'keep'
  properties: { level: 'CanNotDelete', notes: 'Without it every reseller has to be authorised again.' }
}

@description('Name of the vault.')
output name string = vault.name

@description('Resource id of the vault.')
output resourceId string = vault.id

@description('Where the vault answers, without a slash at the end.')
output uri string = 'https://${vault.name}${environment().suffixes.keyvaultDns}'
