import { sizingType } from 'types.bicep'

@export()
@description('What differs between a trial and an installation that buys: CSP_PROFILE chooses.')
var profiles = {
  dev: {
    sizing: sizingOfDev
    logLevel: 'debug'
    rateLimits: { reads: 600, writes: 120, anonymous: 300 }
    monthlyBudget: '50'
    protect: false
  }
  prod: {
    sizing: sizingOfProd
    logLevel: 'info'
    rateLimits: { reads: 600, writes: 120, anonymous: 300 }
    monthlyBudget: '300'
    protect: true
  }
}

@export()
@description('Scales to nothing; one copy of the state in one data centre.')
var sizingOfDev sizingType = {
  nodeVersion: '22'
  instanceMemoryMB: 2048
  maximumInstanceCount: 4
  alwaysReadyHttp: 0
  zoneRedundant: false
  stateRedundancy: 'Standard_LRS'
  backupDays: 7
  logRetentionInDays: 30
  logDailyCapGb: 1
}

@export()
@description('Two warm instances in different zones; the state in three zones and in another region.')
var sizingOfProd sizingType = {
  nodeVersion: '22'
  instanceMemoryMB: 2048
  maximumInstanceCount: 40
  alwaysReadyHttp: 2
  zoneRedundant: true
  stateRedundancy: 'Standard_GZRS'
  backupDays: 90
  logRetentionInDays: 90
  logDailyCapGb: 5
}
