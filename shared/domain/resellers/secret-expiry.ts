const DAY_MS = 86_400_000;

/** Days before the end of an application secret on which the operators are told (product.md §3.3). */
export const EXPIRY_WARNINGS = [30, 7, 1] as const;

/** The whole days until `expiresAt`, rounded down; negative once it is over. */
export function daysUntil(expiresAt: string, now: Date): number {
  return Math.floor((Date.parse(expiresAt) - now.getTime()) / DAY_MS);
}

/**
 * The warning that is due now, as its number of days, or 0 once the secret has ended; undefined while there is time, or
 * when this one or a later one was given already.
 */
export function dueWarning(expiresAt: string, warnedAt: number | undefined, now: Date): number | undefined {
  const left = (Date.parse(expiresAt) - now.getTime()) / DAY_MS;
  const due = left <= 0 ? 0 : EXPIRY_WARNINGS.findLast((days) => left <= days);
  return due !== undefined && (warnedAt === undefined || due < warnedAt) ? due : undefined;
}
