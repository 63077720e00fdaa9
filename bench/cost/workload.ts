/** What happens once, as the bench measures it on the running system. */
export const ACTIVITIES = ["visit", "change", "sync", "sweep", "daily"] as const;
export type Activity = (typeof ACTIVITIES)[number];

export const ACTIVITY_TEXT: Record<Activity, string> = {
  visit: "somebody looks at a tenant: the tenant, its subscriptions, its changes, its log",
  change:
    "a change of seats: asked for, carried out, watched to its end, listed, compared with Microsoft's record, read anew",
  sync: "the daily sync of a tenant",
  sweep: "one round of the sweeper with nothing to do",
  daily: "the other timers of a day",
};

/**
 * How often things happen in an installation with so many tenants. An assumption, not a measurement: an MSP with other
 * habits changes these numbers.
 */
export function timesPerDay(tenants: number): Record<Activity, number> {
  return { visit: 1 * tenants, change: 0.2 * tenants, sync: 1 * tenants, sweep: 1440, daily: 1 };
}

export const DAYS_PER_MONTH = 30.4;
