metadata name = 'Private endpoint'
metadata description = 'A private address of one resource, and its name in the private zone.'

import { tagsType } from '../types.bicep'

@description('Name of the endpoint.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags tagsType

@description('Subnet the address is in.')
param subnetId string

@description('Resource the endpoint leads to.')
param targetId string

@description('Part of that resource, such as table or vault.')
param groupId string

@description('Private zone that names it.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: name, properties: { privateLinkServiceId: targetId, groupIds: [groupId] } }
    ]
  }

  resource zoneGroup 'privateDnsZoneGroups' = {
    name: 'default'
    properties: { privateDnsZoneConfigs: [{ name: groupId, properties: { privateDnsZoneId: zoneId } }] }
  }
}
