metadata name = 'Private network'
metadata description = 'A network for the app, and private endpoints for what it stores. Only where no public endpoint may answer.'

import { tagsType } from '../types.bicep'

@description('Name of the network.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags tagsType

@description('Address range of the network: at least a /24.')
param addressPrefix string

@description('Resources that get a private endpoint.')
param endpoints { name: string, resourceId: string, groupId: string, zone: string }[]

var zones = union(map(endpoints, endpoint => endpoint.zone), [])

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: { addressSpace: { addressPrefixes: [addressPrefix] } }

  resource appSubnet 'subnets' = {
    name: 'app'
    properties: {
      addressPrefix: cidrSubnet(addressPrefix, 26, 0)
      delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
    }
  }

  resource endpointSubnet 'subnets' = {
    name: 'endpoints'
    properties: { addressPrefix: cidrSubnet(addressPrefix, 26, 1), privateEndpointNetworkPolicies: 'Enabled' }
    dependsOn: [appSubnet]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zoneName in zones: {
    name: zoneName
    location: 'global'
    tags: tags
  }
]

resource zoneLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zoneName, i) in zones: {
    parent: zone[i]
    name: name
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

module privateEndpoint 'private-endpoint.bicep' = [
  for (endpoint, i) in endpoints: {
    name: endpoint.name
    params: {
      name: endpoint.name
      location: location
      tags: tags
      subnetId: network::endpointSubnet.id
      targetId: endpoint.resourceId
      groupId: endpoint.groupId
      zoneId: zone[indexOf(zones, endpoint.zone)].id
    }
  }
]

@description('Subnet the app reaches out from.')
output appSubnetId string = network::appSubnet.id
