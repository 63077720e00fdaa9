import { z } from "zod";
import { Change } from "../../../../shared/domain/changes/change";
import { Head } from "../../../../shared/domain/decisions/head";
import { tolerant } from "../../../../shared/domain/decisions/tolerant";
import { aPurchasingChange, anAttempt } from "../../../build/change";
import { START, SUBSCRIPTION, TENANT } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";
import { createRandom } from "../../../fault/random";
import { withUnknownFields } from "./unknown-fields";

const RUNS = 200;

/** A change with something in every part of its row that is an object or a list. */
const FULL = aPurchasingChange(
  [
    anAttempt({ number: 1, state: "notApplied", answer: { at: START.toISOString(), kind: "unknown", status: 503 } }),
    anAttempt({ number: 2, seenBatches: [{ quantity: 2, allowedUntil: START.toISOString() }] }),
  ],
  {
    savedSchedule: { schedule: {}, quantity: 10, autoRenew: true, savedAt: START.toISOString() },
    interventions: [{ at: START.toISOString(), action: "lookAgain", by: "olga", before: { state: "NeedsReview" } }],
  },
);

const seeds = Array.from({ length: RUNS }, (_, seed) => seed);
const fieldsIn = (value: unknown): number =>
  typeof value !== "object" || value === null
    ? 0
    : Object.values(value).reduce<number>((sum, inner) => sum + 1 + fieldsIn(inner), 0);

test("whatever a newer release adds to a change, and wherever, is read beside what this one knows", () => {
  let added = 0;
  for (const seed of seeds) {
    const stored = withUnknownFields(FULL, createRandom(seed));
    added += fieldsIn(stored) - fieldsIn(FULL);
    expect(tolerant(Change).parse(stored)).toEqual(stored);
    // Whoever only shows a row shows what this release knows.
    expect(Change.parse(stored)).toEqual(FULL);
  }
  expect(added).toBeGreaterThan(RUNS);
});

test("what the schema names is checked as ever", () => {
  expect(tolerant(Change).safeParse({ ...FULL, state: "PendingCountersign" }).success).toBe(false);
  expect(tolerant(Change).safeParse({ ...FULL, steps: [{ kind: "write", state: "open" }] }).success).toBe(false);
  expect(tolerant(Change).safeParse({ ...FULL, ask: { kind: "split" } }).success).toBe(false);
  expect(tolerant(Head).parse({ seq: 1, auditHash: "" })).toEqual({ seq: 1, auditHash: "", openChanges: [] });
});

test("a part that a strict schema names takes unknown fields too, and a schema is loosened once", () => {
  const schema = z.object({
    part: z.strictObject({ a: z.int() }).nullable(),
    byName: z.record(z.string(), z.object({})),
  });
  const value = { part: { a: 1, b: 2 }, byName: { x: { y: 1 } }, more: [] };
  expect(tolerant(schema).parse(value)).toEqual(value);
  expect(tolerant(schema)).toBe(tolerant(schema));
});

test.each(["lostAfter", "lostBefore"] as const)(
  "a change whose write was %s: to its end, this release keeps what a newer one wrote into its rows",
  async (kind) => {
    const { submit, store, runToTheEnd, change, partnerCenter, auditBreaks, deliverDue } = ledgerWorld();
    partnerCenter.writeFaults.push({ kind });
    const id = await submit();
    await deliverDue();
    const rows = ["head", `change_${id}`, `lane_${SUBSCRIPTION}`];
    const valueOf = (row: string) => store.dump(PARTITION).get(row)?.value as object;
    for (const row of rows) store.forge(PARTITION, row, { ...valueOf(row), ofNextRelease: { row } });
    const [step] = change(id).steps;
    const [attempt] = step?.attempts ?? [];
    const marked = { ...attempt, ofNextRelease: ["in the attempt"] };
    store.forge(PARTITION, `change_${id}`, {
      ...valueOf(`change_${id}`),
      steps: [{ ...step, ofNextRelease: "in the step", attempts: [marked] }],
    });

    await runToTheEnd();

    expect(change(id).state).toBe("Completed");
    expect(partnerCenter.effectiveWrites()).toHaveLength(1);
    for (const row of rows) expect(valueOf(row)).toMatchObject({ ofNextRelease: { row } });
    const settled = { ...marked, state: kind === "lostAfter" ? "applied" : "notApplied" };
    const { requestId, ofNextRelease, state } = settled;
    expect(valueOf(`change_${id}`)).toMatchObject({
      steps: [
        {
          ofNextRelease: "in the step",
          attempts: expect.arrayContaining([anyWith({ requestId, ofNextRelease, state })]) as unknown,
        },
      ],
    });
    expect(await auditBreaks()).toEqual([]);
  },
);

const PARTITION = `tenant_${TENANT}`;

function anyWith(fields: object): unknown {
  return expect.objectContaining(fields);
}
