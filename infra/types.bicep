@export()
@description('Tags of a resource.')
type tagsType = {
  *: string
}

@export()
@description('Settings of the app: names and values, none of them secret.')
type appSettingsType = {
  *: string
}

@export()
@description('A queue, as queues.json defines it for Azure, for the local broker and for the tests.')
type queueType = {
  name: string
  requiresSession: bool
  requiresDuplicateDetection: bool
  duplicateDetectionHistoryTimeWindow: string
  lockDuration: string
  maxDeliveryCount: int
  defaultMessageTimeToLive: string
  deadLetteringOnMessageExpiration: bool
}

@export()
@description('Requests a minute that each instance answers; as many may come at once.')
type rateLimitsType = {
  @description('Reads of one caller.')
  @minValue(60)
  @maxValue(60000)
  reads: int

  @description('Writes of one caller.')
  @minValue(12)
  @maxValue(60000)
  writes: int

  @description('Of one address without a sign-in: callbacks, health and documents; and refused sign-ins, counted apart.')
  @minValue(60)
  @maxValue(60000)
  anonymous: int
}

@export()
@description('Whom the app works for.')
type settingsType = {
  @description('Directory of the managed service provider itself; its people sign in there.')
  @minLength(36)
  @maxLength(36)
  mspTenantId: string

  @description('Application (client) id of the API registration.')
  @minLength(36)
  @maxLength(36)
  apiClientId: string

  @description('Application (client) id of the app that customers consent to.')
  @minLength(36)
  @maxLength(36)
  tenantAppClientId: string

  @description('Name of the secret of that app in the vault.')
  tenantAppSecretName: string

  @description('Object id of the first Admin in that directory, who cannot lock themselves out; empty: nobody.')
  firstAdminObjectId: string

  @description('Where browsers may be sent back to after a sign-in; empty: the app itself.')
  returnToOrigins: string[]

  @description('Address of the installation when it has a domain of its own; empty: {app}.azurewebsites.net.')
  publicUrl: string

  @description('Other origins that browsers may call the API from, such as https://portal.example. None is needed where everything is served from one.')
  corsOrigins: string[]

  @description('Whether http://localhost may be among them, for somebody who develops a portal against this installation. Never in production.')
  allowLocalhostOrigins: bool

  @description('How often one caller may ask.')
  rateLimits: rateLimitsType

  @description('Log level.')
  logLevel: 'debug' | 'info' | 'warn' | 'error'
}

@export()
@description('Private endpoints multiply the bill: Service Bus has them in Premium only.')
type networkType = {
  @description('Private: nothing of the state answers on a public address.')
  mode: 'public' | 'private'

  @description('Address range of the private network.')
  addressPrefix: string

  @description('Tier of Service Bus; private needs Premium.')
  serviceBusSku: 'Standard' | 'Premium'
}

@export()
@description('How large, and how safe.')
type sizingType = {
  nodeVersion: '22' | '24'
  instanceMemoryMB: 512 | 2048 | 4096
  maximumInstanceCount: int
  alwaysReadyHttp: int
  zoneRedundant: bool
  stateRedundancy: 'Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS'
  backupDays: int
  logRetentionInDays: int
  logDailyCapGb: int
}
