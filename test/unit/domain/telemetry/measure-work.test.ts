import { tenantPartition } from "../../../../shared/domain/decisions/head";
import { measureWork } from "../../../../shared/domain/telemetry/measure-work";
import type { MetricName } from "../../../../shared/domain/telemetry/metrics";
import { aChange, anAttempt } from "../../../build/change";
import { after, changeId, HOUR, MINUTE, START, TENANT } from "../../../build/ids";
import { memoryStateStore } from "../../../fakes/memory-state-store";
import { memoryWorkIndex } from "../../../fakes/memory-work-index";
import { recordedLog } from "../../../fakes/recorded-log";
import { recordedMeasure } from "../../../fakes/recorded-telemetry";
import type { Change } from "../../../../shared/domain/changes/change";

const PARTITION = tenantPartition(TENANT);
const NOW = after(HOUR);

async function world(...changes: Change[]) {
  const store = memoryStateStore();
  const work = memoryWorkIndex(() => START);
  await work.touch(PARTITION);
  store.forge(PARTITION, "head", { seq: 1, auditHash: "", openChanges: changes.map(({ id }) => id) });
  for (const change of changes) store.forge(PARTITION, `change_${change.id}`, change);
  const counted = recordedMeasure();
  const log = recordedLog();
  const run = (): Promise<void> =>
    measureWork({ store, work, clock: () => NOW, telemetry: { measure: counted.measure }, log });
  const valueOf = (name: MetricName): number | undefined => counted.of(name)[0]?.value;
  return { ...counted, store, work, log, run, valueOf };
}

test("nothing left is told as zeroes, so that alerts end", async () => {
  const { run, valueOf, of } = await world();
  await run();
  for (const name of ["csp.changes.unknown_age", "csp.changes.review_age", "csp.outbox.oldest_age"] as const)
    expect(valueOf(name)).toBe(0);
  expect(of("csp.changes.open").map(({ value }) => value)).toEqual(Array(9).fill(0));
  expect(valueOf("csp.work.partitions")).toBe(1);
});

test("the oldest unknown write, the oldest review and the oldest overdue change are told by their age", async () => {
  const at = START.toISOString();
  const open = anAttempt({ openedAt: after(20 * MINUTE).toISOString() });
  const { run, valueOf, of } = await world(
    aChange({ id: changeId(1), state: "Purchasing", steps: [{ kind: "write", state: "open", attempts: [open] }] }),
    aChange({
      id: changeId(2),
      state: "NeedsReview",
      outcome: { at, code: "needsReview", message: "somebody else was there" },
    }),
    aChange({ id: changeId(3), dueAt: after(45 * MINUTE).toISOString() }),
    aChange({ id: changeId(4), dueAt: after(2 * HOUR).toISOString(), parkedReason: "throttled" }),
  );
  await run();
  expect(valueOf("csp.changes.unknown_age")).toBe(40 * 60);
  expect(valueOf("csp.changes.review_age")).toBe(60 * 60);
  expect(valueOf("csp.changes.overdue_age")).toBe(15 * 60);
  expect(of("csp.changes.open")).toContainEqual({ value: 2, attributes: { state: "PendingPurchase" } });
  expect(of("csp.changes.waiting")).toContainEqual({ value: 1, attributes: { reason: "throttled" } });
});

test("messages that were not sent are counted, and aged by their decision or by the touch before it", async () => {
  const { run, store, all, valueOf } = await world();
  const message = { queue: "changes", messageId: "a:1", body: {} };
  store.forge(PARTITION, "outbox_changes_a:1", { ...message, decidedAt: after(50 * MINUTE).toISOString() });
  await run();
  expect([valueOf("csp.outbox.rows"), valueOf("csp.outbox.oldest_age")]).toEqual([1, 600]);
  store.forge(PARTITION, "outbox_changes_a:2", { ...message, messageId: "a:2" });
  all.length = 0;
  await run();
  expect([valueOf("csp.outbox.rows"), valueOf("csp.outbox.oldest_age")]).toEqual([2, 3600]);
});

test("when a partition cannot be read nothing is told: half the truth would end alerts", async () => {
  const { run, store, all, log } = await world();
  store.forge(PARTITION, "head", { seq: "not a number" });
  await run();
  expect(all).toEqual([]);
  expect(log.lines).toEqual([{ level: "error", message: "a partition could not be measured" }]);
});
