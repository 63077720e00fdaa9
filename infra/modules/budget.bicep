metadata name = 'Budget'
metadata description = 'Tells the people at half, four fifths and all of the monthly amount.'

@description('Name of the budget.')
param name string

@description('Amount a month, in the currency of the subscription.')
@minValue(1)
param amount int

@description('First day of the first month, such as 2026-11-01. A budget that exists keeps the day it began.')
param startDate string

@description('E-mail addresses that are told.')
@minLength(1)
param emailAddresses string[]

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = {
  name: name
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: toObject(
      [50, 80, 100],
      percent => 'actual${percent}',
      percent => {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: percent
        thresholdType: 'Actual'
        contactEmails: emailAddresses
      }
    )
  }
}
