/** Time limits of the change ledger, in milliseconds. A cloud installation cannot go below the floors (`config.ts`). */
export interface LedgerSettings {
  /** From the stored intent until the latest moment it may be put on the wire. */
  sendWindowMs: number;
  /** How long one call may take. */
  callTimeoutMs: number;
  /** Safety added before anybody else concludes anything about it. */
  fenceMarginMs: number;
  /** How long Microsoft's reads and audit records may lag behind. */
  settleDelayMs: number;
  /** How long a record of somebody else's change may be missing; until then the change could be taken for ours. */
  recordDelayMs: number;
  /** First pause before another try; doubled each time. */
  backoffBaseMs: number;
  /** Pause of a parked change before it looks again. */
  parkPauseMs: number;
  /** Tries that reach the wire before the change gives up. */
  maxSends: number;
  /** After this long without a conclusion a person decides. */
  proofLimitMs: number;
  /** How long after its due time a change is taken for forgotten. */
  overdueMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const DEFAULT_LEDGER_SETTINGS: LedgerSettings = {
  sendWindowMs: 30 * SECOND,
  callTimeoutMs: 60 * SECOND,
  fenceMarginMs: 30 * SECOND,
  settleDelayMs: 15 * MINUTE,
  recordDelayMs: 15 * MINUTE,
  backoffBaseMs: MINUTE,
  parkPauseMs: 10 * MINUTE,
  maxSends: 6,
  proofLimitMs: 24 * 60 * MINUTE,
  overdueMs: 10 * MINUTE,
};

/** The first moment anybody may conclude something about a write with this `sendBy`. */
export function fenceEnd(sendBy: string, settings: LedgerSettings): Date {
  return new Date(Date.parse(sendBy) + settings.callTimeoutMs + settings.fenceMarginMs);
}

/** Pause before the next try after `tries` of them: base, 2×, 4×, … */
export function backoffMs(tries: number, settings: LedgerSettings): number {
  return settings.backoffBaseMs * 2 ** Math.min(Math.max(0, tries - 1), 6);
}
