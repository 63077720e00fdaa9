/** One change of one source file; `find` must stand there exactly once. */
export interface Edit {
  file: string;
  find: string;
  replace: string;
}

/** A rule of the change ledger taken out of the real code, to see that the fault runs notice. */
export interface Mutant {
  name: string;
  /** Off where the sweeper of the ledger would repair what the mutant breaks. */
  ledgerSweeper?: "off";
  edits: readonly Edit[];
}

const APPLY = "shared/domain/changes/apply-change.ts";
const DECISIONS = "shared/domain/changes/worker-decisions.ts";
const SETTLE = "shared/domain/changes/settle-attempt.ts";
const WEIGH = "shared/domain/changes/weigh-evidence.ts";
const WRITER = "shared/partner-center/subscription-writer.ts";
const INTENT = "shared/domain/changes/open-intent.ts";
const SAVE = "shared/domain/changes/save-transition.ts";
const PROJECT = "shared/domain/changes/project-changes.ts";
const OUTBOX = "shared/domain/decisions/outbox.ts";

const UNKNOWN_ANSWER = `    case "unknown": {
      const wakeAt`;

export const MUTANTS: readonly Mutant[] = [
  {
    name: "no intent before the send",
    edits: [
      {
        file: APPLY,
        find: `  const saved = await saveTransition(deps, target, (current, lane, decision) =>
    decideIntent(`,
        // Planned on the rows as they are, and kept in memory only: it is stored with the answer.
        replace: `  const saved = await planInMemory(deps, target, (current, lane, decision) =>
    decideIntent(`,
      },
      {
        file: APPLY,
        find: "decideAnswer(current, intent.number,",
        replace: "decideAnswer(plannedInMemory.get(intent.requestId) ?? current, intent.number,",
      },
      {
        file: APPLY,
        find: "/** Only orders of the time of our write",
        replace: `const plannedInMemory = new Map<string, Change>();
async function planInMemory(
  deps: ApplyDeps,
  target: Target,
  make: Parameters<typeof saveTransition>[2],
): Promise<Change | undefined> {
  let planned: Change | undefined;
  const saved = await saveTransition(deps, target, (current, lane, decision) => {
    const transition = make(current, lane, decision);
    const attempt = transition && openAttempt(transition.change);
    if (!attempt) return transition;
    planned = transition.change;
    plannedInMemory.set(attempt.requestId, planned);
    return undefined;
  });
  return planned ?? saved;
}

/** Only orders of the time of our write`,
      },
    ],
  },
  {
    name: "no claim guard",
    edits: [
      {
        file: DECISIONS,
        find: "if (lane.changeId !== undefined && lane.changeId !== change.id) return undefined;",
        replace: "",
      },
      {
        file: DECISIONS,
        find: `if (change.state !== "PendingPurchase" || !change.released || !isDue) return undefined;`,
        replace: "if (!change.released || !isDue) return undefined;",
      },
      {
        file: DECISIONS,
        find: `if (change.state !== "Purchasing" || change.claims !== claim) return false;`,
        replace: "return true;",
      },
    ],
  },
  {
    name: "unknown treated as refused",
    edits: [
      {
        file: SETTLE,
        find: UNKNOWN_ANSWER,
        replace: `    case "unknown": {
      if (attempt.number > 0) {
        const settled = settle(change, { ...attempt, state: "notApplied", answer });
        return failed(settled, "microsoftRefused", outcome.why, now);
      }
      const wakeAt`,
      },
    ],
  },
  {
    name: "unknown treated as done",
    edits: [
      {
        file: SETTLE,
        find: UNKNOWN_ANSWER,
        replace: `    case "unknown": {
      if (attempt.number > 0) {
        const proof = { at: answer.at, by: "answer" as const };
        const applied: Attempt = { ...attempt, state: "applied", answer, proof };
        return stepDone(settle(change, applied), applied, now);
      }
      const wakeAt`,
      },
    ],
  },
  {
    name: "quantity taken as proof",
    edits: [
      {
        file: WEIGH,
        find: "  const ours = findOurs(attempt, evidence);",
        replace: `  if (subscription.quantity === attempt.to) return { kind: "applied", by: "order", reference: "quantity" };
  if (subscription.quantity === attempt.from) return { kind: "notApplied" };
  const ours = findOurs(attempt, evidence);`,
      },
    ],
  },
  {
    name: "sendBy not checked",
    edits: [{ file: WRITER, find: "() => maySend(sendBy, connection.clock()))", replace: "() => true)" }],
  },
  {
    name: "savedSchedule overwritten on retry",
    edits: [
      {
        file: INTENT,
        find: `  const saved = kind === "write" ? withSavedSchedule(withoutWait(change), seenSchedule) : withoutWait(change);`,
        replace: `  const first = kind === "write" ? withSavedSchedule(withoutWait(change), seenSchedule) : withoutWait(change);
  const saved = change.savedSchedule ? { ...first, savedSchedule: seenSchedule } : first;`,
      },
    ],
  },
  {
    name: "message completed before the result is saved",
    ledgerSweeper: "off",
    edits: [
      {
        file: APPLY,
        find: `  const saved = await saveTransition(
    deps,
    { tenantId: change.tenantId, changeId: change.id },
    (current, _lane, decision) =>
      decideAnswer(current, intent.number, outcome, { now: decision.now, settings: deps.settings }),
  );
  alertOperators(deps.log, saved);`,
        replace: `  void saveTransition(
    deps,
    { tenantId: change.tenantId, changeId: change.id },
    (current, _lane, decision) =>
      decideAnswer(current, intent.number, outcome, { now: decision.now, settings: deps.settings }),
  ).catch(() => undefined);`,
      },
    ],
  },
  {
    name: "outbox row deleted before the send",
    ledgerSweeper: "off",
    edits: [
      {
        file: OUTBOX,
        find: `    await deps.send(message);
    const row = await deps.store.get(partition, outboxRow(message));
    if (row) await deps.store.remove(partition, row.row, row.etag);`,
        replace: `    const row = await deps.store.get(partition, outboxRow(message));
    if (row) await deps.store.remove(partition, row.row, row.etag);
    await deps.send(message);`,
      },
      {
        file: OUTBOX,
        find: `    await deps.send({ ...FIRST_VERSION, ...OutgoingMessage.parse(row.value) });
    await deps.store.remove(partition, row.row, row.etag);`,
        replace: `    await deps.store.remove(partition, row.row, row.etag);
    await deps.send({ ...FIRST_VERSION, ...OutgoingMessage.parse(row.value) });`,
      },
    ],
  },
  {
    name: "answered writes not held against the records",
    edits: [{ file: SAVE, find: "  askToCompare(decision, found.value, next);\n", replace: "" }],
  },
  {
    name: "a line of the list marked newer than the change it shows",
    edits: [
      {
        file: PROJECT,
        find: `  const head = await deps.store.get(partition, HEAD_ROW);
  const row = await deps.store.get(partition, changeRow(changeId));`,
        replace: `  const row = await deps.store.get(partition, changeRow(changeId));
  const head = await deps.store.get(partition, HEAD_ROW);`,
      },
    ],
  },
];

/** The text with the edits made. Throws when one does not fit exactly once: the code has moved on, the mutant must too. */
export function mutate(name: string, text: string, edits: readonly Edit[]): string {
  return edits.reduce((changed, { file, find, replace }) => {
    const times = changed.split(find).length - 1;
    if (times !== 1) throw new Error(`Mutant "${name}": its edit of ${file} fits ${times} times, not once:\n${find}`);
    return changed.replace(find, () => replace);
  }, text);
}
