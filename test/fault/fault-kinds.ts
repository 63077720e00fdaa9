/**
 * Where a run can be disturbed: the calls that leave a process. Commits are told apart by what they decide, because a
 * crash beside the intent is another accident than a crash beside the claim.
 */
export const COMMITS = [
  "subscription.quantity.update",
  "change.claimed",
  "change.intent",
  "change.written",
  "change.completed",
  "change.unknown",
  "change.looked",
  "change.parked",
  "change.postponed",
  "change.failed",
  "change.waits",
  "change.woken",
] as const;
const COMMIT_STEPS = COMMITS.map((action) => `commit ${action}` as const);
const STORAGE_STEPS = ["get row", "list rows", "remove row", "touch work", "list work"] as const;
const READ_STEPS = [
  "read subscription",
  "list subscriptions",
  "read offers",
  "read orders",
  "read audit records",
] as const;

export type Step =
  | (typeof COMMIT_STEPS)[number]
  | (typeof STORAGE_STEPS)[number]
  | (typeof READ_STEPS)[number]
  | "send"
  | "list change"
  | "complete"
  | "commit by a person"
  | "write seats"
  | "write schedule"
  | "commit other"
  | "store snapshots";

/** What can happen at a step. */
export type FaultKind =
  // To the process that makes the call
  | "crashBefore"
  | "crashAfter"
  | "pause"
  | "lockLost"
  // To the world around it
  | "clockJump"
  | "outsideBefore"
  | "outsideAfter"
  // To a call of our storage or queue
  | "conflict"
  | "error"
  | "errorAfter"
  | "conflictAfter"
  | "duplicate"
  | "delay"
  // To a call of Partner Center
  | "lostBefore"
  | "lostAfter"
  | "serverError"
  | "serverErrorAfter"
  | "throttled"
  | "staleRead"
  | "slow"
  | "slowAndLost"
  | "neverApplied"
  | "busy"
  | "refused";

/** After these nobody knows whether the seats were bought. */
const UNKNOWN_WRITES: [Step, FaultKind][] = (
  ["lostBefore", "lostAfter", "serverError", "serverErrorAfter", "slow", "slowAndLost", "neverApplied"] as const
).map((kind) => ["write seats", kind]);

const ANYWHERE: readonly FaultKind[] = ["crashBefore", "crashAfter", "pause", "clockJump"];
/** Where a message is in hand, its lock can be lost. */
const IN_HAND: readonly FaultKind[] = [...ANYWHERE, "lockLost"];
const AROUND_MICROSOFT: readonly FaultKind[] = ["outsideBefore", "outsideAfter"];
const WRITE_FAULTS: readonly FaultKind[] = [
  ...(["lostBefore", "lostAfter", "serverError", "serverErrorAfter", "throttled"] as const),
  ...(["slow", "slowAndLost", "neverApplied", "busy", "refused"] as const),
];

/** Which faults can happen where; every pair is tried, and the report counts each. */
export const FAULTS_BY_STEP: ReadonlyMap<Step, readonly FaultKind[]> = new Map<Step, readonly FaultKind[]>([
  ...COMMIT_STEPS.map((step): [Step, FaultKind[]] => [
    step,
    [...handOf(step), "conflict", "error", "errorAfter", "conflictAfter"],
  ]),
  ...STORAGE_STEPS.map((step): [Step, FaultKind[]] => [step, [...handOf(step), "error"]]),
  ...READ_STEPS.map((step): [Step, FaultKind[]] => [
    step,
    [...handOf(step), ...AROUND_MICROSOFT, "lostBefore", "serverError", "throttled"],
  ]),
  ["read subscription", [...IN_HAND, ...AROUND_MICROSOFT, "lostBefore", "serverError", "throttled", "staleRead"]],
  ["write seats", [...IN_HAND, ...AROUND_MICROSOFT, ...WRITE_FAULTS]],
  ["write schedule", [...IN_HAND, ...AROUND_MICROSOFT, ...WRITE_FAULTS]],
  ["commit by a person", [...ANYWHERE, "conflict", "error", "errorAfter", "conflictAfter"]],
  ["list change", [...IN_HAND, "error", "errorAfter"]],
  ["send", [...IN_HAND, "error", "errorAfter", "duplicate", "delay"]],
  ["complete", [...IN_HAND, "error"]],
]);

/** Requests and sweeps hold no message. */
function handOf(step: Step): readonly FaultKind[] {
  const without: readonly Step[] = ["commit subscription.quantity.update", "commit change.woken"];
  const isWithout = without.includes(step) || ["list subscriptions", "read offers", "list work"].includes(step);
  return isWithout ? ANYWHERE : IN_HAND;
}

/**
 * Steps that only an earlier accident leads to, and the accidents that do. Without one of them in the same run, a fault
 * planned there would nearly never fire.
 */
export const LEADS_TO: ReadonlyMap<Step, readonly [Step, FaultKind][]> = new Map<Step, [Step, FaultKind][]>([
  ["commit change.unknown", UNKNOWN_WRITES],
  ["commit change.looked", UNKNOWN_WRITES],
  ["read audit records", UNKNOWN_WRITES],
  ["commit change.parked", [["write seats", "throttled"]]],
  ["commit change.postponed", [["write seats", "busy"]]],
  ["commit change.failed", [["write seats", "refused"]]],
  [
    "commit change.waits",
    [
      ["write seats", "crashAfter"],
      ["commit change.intent", "crashAfter"],
    ],
  ],
  ["commit change.woken", [["send", "delay"]]],
]);

/** One planned accident: this fault, at the call of this step with this number (from 1). */
export interface PlannedFault {
  kind: FaultKind;
  step: Step;
  occurrence: number;
}
