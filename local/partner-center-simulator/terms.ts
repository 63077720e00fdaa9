/** Calendar rules of terms and charge cycles (partner-center-api.md §9.3). All dates are UTC. */

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Months of a term such as `P1M`, `P1Y`, `P3Y`; undefined for anything else. */
export function termMonths(termDuration: string): number | undefined {
  const match = /^P(\d+)([MY])$/i.exec(termDuration);
  if (!match) return undefined;
  return Number(match[1]) * (match[2]?.toUpperCase() === "Y" ? 12 : 1);
}

/** Months of a charge cycle; undefined when there is only one charge (`one_time`, `none`). */
export function cycleMonths(billingCycle: string): number | undefined {
  switch (billingCycle.toLowerCase()) {
    case "monthly":
      return 1;
    case "annual":
      return 12;
    case "biennial":
      return 24;
    case "triennial":
      return 36;
    default:
      return undefined;
  }
}

export function startOfDay(atMs: number): number {
  return Math.floor(atMs / DAY_MS) * DAY_MS;
}

/**
 * First moment after a term of so many months: one bought on the 15th ends with the 14th; where the target month has no
 * such day, with the last day of that month.
 */
export function endOfTerm(startMs: number, months: number): number {
  const start = new Date(startMs);
  const [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth() + months, start.getUTCDate()];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return day > lastDay ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, day);
}

/** First moment after the charge cycle that `atMs` falls into; never beyond the term. */
export function endOfCharge(termStartMs: number, termEndMs: number, billingCycle: string, atMs: number): number {
  const months = cycleMonths(billingCycle);
  if (months === undefined) return termEndMs;
  for (let count = months; ; count += months) {
    const end = endOfTerm(termStartMs, count);
    if (end >= termEndMs) return termEndMs;
    if (end > atMs) return end;
  }
}

/** The inclusive last day as Partner Center shows it: midnight at the begin of that day. */
export function lastDayOf(endMs: number): string {
  return isoTime(startOfDay(endMs - 1));
}

/** The exact last second. */
export function lastSecondOf(endMs: number): string {
  return isoTime(endMs - 1000);
}

/** ISO time without milliseconds, as most dates of subscriptions come. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString().replace(".000Z", "Z");
}
