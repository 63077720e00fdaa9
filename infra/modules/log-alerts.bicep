metadata name = 'Log alerts'
metadata description = 'What the metrics and log lines of the app tell that somebody has to know. Each name is a section of the runbook.'

import { tagsType } from '../types.bicep'

@description('Prefix of the names.')
param namePrefix string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags tagsType

@description('Name of the workspace.')
param workspaceName string

@description('Name of the group of people who are told.')
param actionGroupName string

@description('Whether backups are taken.')
param expectsBackups bool

@description('Address of the runbook.')
param runbookUrl string

// A gauge is told every five minutes by whichever instance runs its timer: its newest value is what is true now.
func newest(metric string) string => 'AppMetrics | where Name == "${metric}" | summarize arg_max(TimeGenerated, Sum)'

func newestBy(metric string, attribute string) string =>
  'AppMetrics | where Name == "${metric}" | extend Of = tostring(Properties.${attribute}) | summarize arg_max(TimeGenerated, Sum) by Of'

// Of no rows at all `summarize` still makes one, so that what is missing is found.
var timersDone = 'AppMetrics | where Name == "csp.timer.runs" and tostring(Properties.result) == "done" | extend Timer = tostring(Properties.timer)'

type logAlertType = {
  name: string
  description: string
  severity: 1 | 2 | 3
  query: string
  @description('What is compared with the threshold; absent: the number of rows.')
  column: string?
  @description('Maximum when absent.')
  aggregation: ('Maximum' | 'Minimum' | 'Total')?
  @description('GreaterThan when absent.')
  operator: ('GreaterThan' | 'LessThan')?
  threshold: int
  @description('Five minutes when absent.')
  frequency: string?
  @description('Fifteen minutes when absent.')
  window: string?
}

var alerts logAlertType[] = [
  {
    name: 'unknown-writes'
    description: 'A paid write has had no proven outcome for more than ten minutes.'
    severity: 1
    query: newest('csp.changes.unknown_age')
    column: 'Sum'
    threshold: 600
  }
  {
    name: 'needs-review'
    description: 'A change cannot be proven by the system and waits for a person; its subscription is closed to other changes.'
    severity: 1
    query: '${newestBy('csp.changes.open', 'state')} | where Of == "NeedsReview"'
    column: 'Sum'
    threshold: 0
  }
  {
    name: 'overdue-changes'
    description: 'A released change should have been carried out half an hour ago.'
    severity: 2
    frequency: 'PT15M'
    query: newest('csp.changes.overdue_age')
    column: 'Sum'
    threshold: 1800
  }
  {
    name: 'change-findings'
    description: 'A change went over what somebody else had done, or a renewal schedule was lost.'
    severity: 2
    frequency: 'PT15M'
    query: 'AppMetrics | where Name == "csp.changes.findings"'
    column: 'Sum'
    aggregation: 'Total'
    threshold: 0
  }
  {
    name: 'outbox-old'
    description: 'A stored message has not been sent for more than ten minutes.'
    severity: 2
    query: newest('csp.outbox.oldest_age')
    column: 'Sum'
    threshold: 600
  }
  {
    name: 'queue-age'
    description: 'A message waited in its queue for more than fifteen minutes.'
    severity: 2
    frequency: 'PT15M'
    query: 'AppMetrics | where Name == "csp.queue.age"'
    column: 'Max'
    threshold: 900
  }
  {
    name: 'reseller-sign-in'
    description: 'Microsoft no longer accepts the sign-in of a reseller (401, 900421) or its application secret; its changes wait.'
    severity: 1
    query: '${newestBy('csp.resellers.count', 'state')} | where Of in ("Revoked", "SecretInvalid")'
    column: 'Sum'
    threshold: 0
  }
  {
    name: 'token-age'
    description: 'The sign-in of a reseller has not been redeemed for 60 days; it ends at 90.'
    severity: 2
    frequency: 'PT1H'
    window: 'PT1H'
    query: newestBy('csp.resellers.token_age', 'reseller')
    column: 'Sum'
    threshold: 5184000
  }
  {
    name: 'secret-ends'
    description: 'The application secret of a reseller ends within thirty days.'
    severity: 2
    frequency: 'PT1H'
    window: 'PT1H'
    query: newestBy('csp.resellers.secret_days', 'reseller')
    column: 'Sum'
    aggregation: 'Minimum'
    operator: 'LessThan'
    threshold: 30
  }
  {
    name: 'timers-missing'
    description: 'The sweeper or the measuring has not run for half an hour; without them other alerts are blind.'
    severity: 2
    frequency: 'PT15M'
    window: 'PT30M'
    query: '${timersDone} | summarize Sweeps = countif(Timer == "sweepWork"), Measurings = countif(Timer == "measureInstallation") | where Sweeps == 0 or Measurings == 0'
    threshold: 0
  }
  {
    name: 'daily-missing'
    description: 'A daily round has not run for 26 hours: sign-ins, what tenants hold, or the list of changes.'
    severity: 2
    frequency: 'PT1H'
    window: 'P2D'
    query: '${timersDone} | where TimeGenerated > ago(26h) | summarize SignIns = countif(Timer == "tendResellers"), Tenants = countif(Timer == "syncTenants"), Lists = countif(Timer == "forgetOldLines") | where SignIns == 0 or Tenants == 0 or Lists == 0'
    threshold: 0
  }
  {
    name: 'backup-missing'
    description: 'No complete backup for three hours; one is taken every hour.'
    severity: 1
    frequency: 'PT15M'
    window: 'PT3H'
    query: 'AppMetrics | where Name == "csp.backup.completed" | summarize Backups = count() | where Backups == 0'
    threshold: 0
  }
  {
    name: 'http-failing'
    description: 'More than one request in twenty ended with a failure of ours.'
    severity: 2
    window: 'PT15M'
    query: 'AppMetrics | where Name == "csp.http.duration" | summarize Failed = sumif(ItemCount, tostring(Properties.status) == "5xx"), All = sum(ItemCount) | where Failed >= 5 | extend Percent = 100.0 * Failed / All'
    column: 'Percent'
    threshold: 5
  }
  {
    name: 'http-slow'
    description: 'One request in twenty took longer than five seconds.'
    severity: 3
    frequency: 'PT15M'
    window: 'PT30M'
    query: 'AppTraces | where Message == "request" | summarize P95 = percentile(todouble(Properties.durationMs), 95), Requests = count() | where Requests >= 50'
    column: 'P95'
    threshold: 5000
  }
  {
    name: 'error-lines'
    description: 'The log has lines of the level error: each says that somebody has to do something.'
    severity: 3
    frequency: 'PT15M'
    query: 'AppTraces | where AppRoleName == "csp-marketplace" and SeverityLevel >= 3'
    threshold: 0
  }
  {
    name: 'partner-center-throttled'
    description: 'Partner Center answered 429 more than fifty times in fifteen minutes.'
    severity: 3
    frequency: 'PT15M'
    window: 'PT15M'
    query: 'AppMetrics | where Name == "csp.upstream.throttled" and tostring(Properties.api) == "partnerCenter"'
    column: 'Sum'
    aggregation: 'Total'
    threshold: 50
  }
  {
    name: 'partner-center-failing'
    description: 'One call of Partner Center in five failed or had no answer.'
    severity: 2
    window: 'PT15M'
    query: 'AppMetrics | where Name == "csp.upstream.duration" and tostring(Properties.api) == "partnerCenter" | summarize Failed = sumif(ItemCount, tostring(Properties.status) in ("5xx", "none")), All = sum(ItemCount) | where Failed >= 10 | extend Percent = 100.0 * Failed / All'
    column: 'Percent'
    threshold: 20
  }
]

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: workspaceName
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' existing = {
  name: actionGroupName
}

resource logAlert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in alerts: {
    name: '${namePrefix}-${alert.name}'
    location: location
    tags: tags
    properties: {
      displayName: '${namePrefix}-${alert.name}'
      description: '${alert.description} What to do: ${runbookUrl}#${alert.name}'
      severity: alert.severity
      enabled: alert.name != 'backup-missing' || expectsBackups
      scopes: [workspace.id]
      evaluationFrequency: alert.?frequency ?? 'PT5M'
      windowSize: alert.?window ?? 'PT15M'
      autoMitigate: true
      // The table may not be there yet when the first deployment creates the rule.
      skipQueryValidation: true
      criteria: {
        allOf: [
          union(
            {
              query: alert.query
              timeAggregation: alert.?column != null ? (alert.?aggregation ?? 'Maximum') : 'Count'
              operator: alert.?operator ?? 'GreaterThan'
              threshold: alert.threshold
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
            },
            alert.?column != null ? { metricMeasureColumn: alert.?column } : {}
          )
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]

@description('Names of all alerts.')
output alertNames string[] = [for alert in alerts: alert.name]
