import { readdirSync } from "node:fs";
import path from "node:path";
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
    list: z.array(z.object({})).default([]),
  });
  const value = { part: { a: 1, b: 2 }, byName: { x: { y: 1 } }, list: [{ z: 1 }], more: [] };
  expect(tolerant(schema).parse(value)).toEqual(value);
  expect(tolerant(schema)).toBe(tolerant(schema));
});

test("no schema of the domain has a part that would drop what it does not name, however it is built", () => {
  const schemas = domainSchemas();
  expect(schemas.length).toBeGreaterThan(50);
  expect(schemas.filter(([, schema]) => dropsFields(tolerant(schema))).map(([name]) => name)).toEqual([]);
  // What it cannot loosen it would find here.
  expect(dropsFields(tolerant(z.intersection(z.object({ a: z.int() }), z.object({ b: z.int() }))))).toBe(true);
});

/** Every schema that a file of the domain exports, by the file's and its own name. */
function domainSchemas(): [string, z.ZodType][] {
  const folder = path.resolve(__dirname, "../../../../shared/domain");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) =>
    Object.entries(jest.requireActual<Record<string, unknown>>(path.join(folder, file))).flatMap(
      ([name, value]): [string, z.ZodType][] => (value instanceof z.ZodType ? [[`${file} ${name}`, value]] : []),
    ),
  );
}

function dropsFields(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodObject && !(schema.def.catchall instanceof z.ZodUnknown)) return true;
  const parts = schema instanceof z.ZodObject ? Object.values(schema.shape) : Object.values(schema.def);
  return parts.flat().some((part: unknown) => part instanceof z.ZodType && dropsFields(part));
}

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
