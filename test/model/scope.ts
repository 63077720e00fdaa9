import { z } from "zod";
import type { LedgerSettings } from "../../shared/domain/changes/ledger-settings";
import { MINUTE, START } from "../build/ids";

/** How much may happen in an exploration. */
export const Scope = z.object({
  /** Of one subscription. */
  changes: z.union([z.literal(1), z.literal(2)]),
  /** Writes of one change that Microsoft may have dealt with. */
  attempts: z.int().positive(),
  crashes: z.int(),
  /** Messages handed out again while a worker is still at them, and sweepers that overtake one. */
  redeliveries: z.int(),
  /** Edits of the seats by somebody else. */
  outside: z.int(),
  /** Writes of ours that Microsoft's audit records never show. */
  unrecorded: z.int(),
  /** Whether something is scheduled for the renewal, which every change of seats deletes. */
  schedule: z.boolean(),
});
export type Scope = z.infer<typeof Scope>;

/** What may still happen of that. */
export type Budget = Pick<Scope, "crashes" | "redeliveries" | "outside" | "unrecorded">;

const NOTHING = {
  changes: 1,
  attempts: 2,
  crashes: 0,
  redeliveries: 0,
  outside: 0,
  unrecorded: 0,
  schedule: false,
} as const;

/** The scopes that hold in full; `npm run test:model` visits every state of them. */
export const FULL_SCOPES: Readonly<Record<string, Scope>> = {
  "one change": { changes: 1, attempts: 3, crashes: 2, redeliveries: 2, outside: 1, unrecorded: 1, schedule: false },
  "two changes": { changes: 2, attempts: 2, crashes: 1, redeliveries: 0, outside: 1, unrecorded: 0, schedule: false },
  "a renewal schedule": { ...NOTHING, crashes: 1, redeliveries: 1, outside: 1, schedule: true },
  "a renewal schedule, somebody else and a lost record": { ...NOTHING, outside: 1, unrecorded: 1, schedule: true },
};

/** Small enough for every run of the tests. */
export const SMALL_SCOPES: Readonly<Record<string, Scope>> = {
  "one change, somebody else and a lost record": { ...NOTHING, outside: 1, unrecorded: 1 },
  "one change, a crash and a message handed out twice": { ...NOTHING, crashes: 1, redeliveries: 1 },
  "one change, a renewal schedule": { ...NOTHING, schedule: true },
  "two changes of one subscription": { ...NOTHING, changes: 2, attempts: 1 },
};

/** Two are enough: what a third one does, one of the first two can do after it is done. */
export const WORKERS = 2;
/** The seats at first, what each change adds to them, and what somebody else may add. */
export const SEATS = 10;
export const SCHEDULED_SEATS = 8;
export const DELTAS = [5, 3] as const;
export const OUTSIDE_DELTAS = [-5, 5] as const;

/** One step of time. Longer than the slack the ledger allows between clocks, so that steps are told apart. */
export const TICK = MINUTE;
/** It is always this time: what has passed, passed before it. */
export const NOW = START;

/** Time limits in steps. Their order is that of the product's: send window, fence, settle delay. */
export interface Limits {
  window: number;
  call: number;
  settle: number;
  /** Records lag behind by less: those of this step are waited for, older ones are complete. */
  record: number;
  pause: number;
}
export const LIMITS: Limits = { window: 1, call: 1, settle: 3, record: 0.5, pause: 0 };

/**
 * The settings the ledger's functions are given. Pauses are zero, because any amount of time may pass anywhere: a change
 * that has to wait longer does nothing that one which need not wait does not do as well.
 */
export function settingsOf(scope: Scope, limits: Limits = LIMITS): LedgerSettings {
  return {
    sendWindowMs: limits.window * TICK,
    callTimeoutMs: limits.call * TICK,
    fenceMarginMs: 0,
    settleDelayMs: limits.settle * TICK,
    recordDelayMs: limits.record * TICK,
    backoffBaseMs: limits.pause * TICK,
    parkPauseMs: limits.pause * TICK,
    maxSends: scope.attempts,
    proofLimitMs: 1_000 * TICK,
    overdueMs: 0,
  };
}
