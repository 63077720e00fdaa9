metadata name = 'Secret of the tenant app'
metadata description = 'Puts one secret into the vault. Resource Manager writes it, so whoever deploys needs no right to read the vault, and no way through its firewall.'

@description('Name of the vault.')
param keyVaultName string

@description('Name of the secret.')
param secretName string

@description('The secret itself.')
@secure()
param value string

@description('When it ends, in seconds since 1970.')
param expiresAt int

@description('Key ids of the credential it belongs to and of the one before, which may still be in use.')
param keyId string
param previousKeyId string

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: keyVaultName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2026-02-01' = {
  parent: vault
  name: secretName
  tags: { keyId: keyId, previousKeyId: previousKeyId }
  properties: {
    value: value
    contentType: 'Client secret of the tenant app'
    attributes: { enabled: true, exp: expiresAt }
  }
}
