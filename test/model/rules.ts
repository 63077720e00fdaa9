import type { Scope } from "./scope";

/** The rules of the change ledger that each prevent an accident. */
export const RULES = [
  "lane",
  "fence",
  "settle",
  "proof",
  "version",
  "staleRead",
  "review",
  "explain",
  "savedSchedule",
  "ownWrite",
] as const;
export type Rule = (typeof RULES)[number];

/** A place in the product's own text, and what stands there once the rule is gone. */
export interface Patch {
  /** From the root of the repository. */
  file: string;
  find: string;
  replace: string;
}

export interface Removal {
  says: string;
  patches: readonly Patch[];
  /** Enough for an accident. */
  scope: Scope;
}

const CHANGES = "shared/domain/changes";
const ONE: Scope = { changes: 1, attempts: 2, crashes: 0, redeliveries: 0, outside: 0, unrecorded: 0, schedule: false };
const TWO: Scope = { ...ONE, changes: 2 };

/** How each rule is taken out of the product's text. */
export const REMOVALS: Readonly<Record<Rule, Removal>> = {
  lane: {
    says: "one change at a time writes to a subscription",
    patches: [
      {
        file: `${CHANGES}/worker-decisions.ts`,
        find: "  if (lane.changeId !== undefined && lane.changeId !== change.id) return undefined;\n",
        replace: "",
      },
      {
        file: `${CHANGES}/worker-decisions.ts`,
        find: "return lane.changeId === change.id && openAttempt(change) === undefined;",
        replace: "return openAttempt(change) === undefined;",
      },
    ],
    scope: TWO,
  },
  fence: {
    says: "nothing is put on the wire after sendBy",
    patches: [{ file: `${CHANGES}/subscription-writer.ts`, find: "return now < sendBy;", replace: "return true;" }],
    scope: { ...ONE, redeliveries: 1 },
  },
  settle: {
    says: "that there is no trace of a write counts only after the settle delay",
    patches: [
      {
        file: `${CHANGES}/weigh-evidence.ts`,
        find: "if (askedAt < settledAt) return",
        replace: "if (askedAt < new Date(0)) return",
      },
    ],
    scope: ONE,
  },
  proof: {
    says: "no answer is no refusal",
    patches: [
      {
        file: `${CHANGES}/classify-write.ts`,
        find: 'if (answer.kind === "noAnswer") return { kind: "unknown", why: answer.reason };',
        replace: 'if (answer.kind === "noAnswer") return { kind: "later", why: "busy", status: 409, code: "" };',
      },
    ],
    scope: ONE,
  },
  version: {
    says: "an answer is saved only while its own write is the open one",
    patches: [
      {
        file: `${CHANGES}/worker-decisions.ts`,
        find: "return openAttempt(change)?.number === attemptNumber ? ",
        replace: "return openAttempt(change) ? ",
      },
    ],
    scope: { ...ONE, redeliveries: 1 },
  },
  staleRead: {
    says: "a read that contradicts what was verified a moment ago is not planned on",
    patches: [
      {
        file: `${CHANGES}/plan-write.ts`,
        find: "return quantity !== lane.verifiedQuantity && now.getTime() < Date.parse(lane.verifiedAt) + settings.settleDelayMs;",
        replace: "return false;",
      },
    ],
    scope: TWO,
  },
  review: {
    says: "what nobody can prove is decided by a person",
    patches: [
      {
        file: `${CHANGES}/weigh-evidence.ts`,
        find: 'return { kind: "review", because:',
        replace: 'return { kind: "notApplied" };\n  return { kind: "review", because:',
      },
    ],
    scope: { ...ONE, outside: 1, unrecorded: 1 },
  },
  explain: {
    says: "the seats count only together with the records that explain them",
    patches: [
      {
        file: `${CHANGES}/weigh-evidence.ts`,
        find: "const explained = seatsAfter(attempt.from, sinceRead(attempt, others));",
        replace: "const explained = attempt.from;",
      },
    ],
    scope: { ...ONE, outside: 1, unrecorded: 1 },
  },
  savedSchedule: {
    says: "the renewal schedule is saved with the first intent of the write that deletes it",
    patches: [
      {
        file: `${CHANGES}/open-intent.ts`,
        find: "if (change.savedSchedule || !seen) return { ...change, steps };",
        replace: "if (change.savedSchedule || !seen || steps.length > 0) return { ...change, steps };",
      },
    ],
    scope: { ...ONE, schedule: true },
  },
  ownWrite: {
    says: "a schedule is not set again on a read from before our own write of the seats",
    patches: [
      {
        file: `${CHANGES}/plan-restore.ts`,
        find: "return now.getTime() < provenAt + settings.settleDelayMs;",
        replace: "return now.getTime() < provenAt;",
      },
    ],
    scope: { ...ONE, schedule: true },
  },
};

/** The text without the rule. Throws when the place is not there exactly once: then the rule was moved or reworded. */
export function patched(text: string, { file, find, replace }: Patch): string {
  const places = text.split(find).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} places like this one, not one: ${find}`);
  return text.replace(find, () => replace);
}
