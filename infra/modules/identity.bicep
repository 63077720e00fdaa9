metadata name = 'Identity'
metadata description = 'The identity the app runs as. A user-assigned one is there before the app, so its rights are too.'

import { tagsType } from '../types.bicep'

@description('Name of the identity.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags tagsType

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output resourceId string = identity.id

@description('Object id, which roles are assigned to.')
output principalId string = identity.properties.principalId

@description('Client id, which the app and its bindings sign in with.')
output clientId string = identity.properties.clientId
