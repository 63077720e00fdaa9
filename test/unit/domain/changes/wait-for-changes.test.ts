import { waitForChanges } from "../../../../shared/domain/changes/read-changes";
import { changeRow, type Change } from "../../../../shared/domain/changes/change";
import { tenantPartition } from "../../../../shared/domain/decisions/head";
import { aChange } from "../../../build/change";
import { changeId, TENANT } from "../../../build/ids";
import { memoryStateStore } from "../../../fakes/memory-state-store";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** How long somebody waits, in seconds, who asked for ten. */
async function waited(...changes: Change[]): Promise<number> {
  const store = memoryStateStore();
  await store.commit(
    tenantPartition(TENANT),
    changes.map((value) => ({ kind: "create", row: changeRow(value.id), value })),
  );
  const began = Date.now();
  const waiting = waitForChanges(
    store,
    TENANT,
    changes.map(({ id }) => id),
    10,
  );
  await Promise.all([waiting, jest.runAllTimersAsync()]);
  return Math.round((Date.now() - began) / 1000);
}

test("whoever waits gets an answer at once where only a person can let it go on", async () => {
  expect(await waited(aChange({ parkedReason: "writesOff" }))).toBe(0);
  expect(await waited(aChange({ parkedReason: "resellerNotAuthorized" }))).toBe(0);
  expect(await waited(aChange({ state: "NeedsReview" }))).toBe(0);
  expect(await waited(aChange({ state: "Completed" }))).toBe(0);
});

test("whoever waits goes on waiting while it is under way, or throttled", async () => {
  expect(await waited(aChange())).toBe(10);
  expect(await waited(aChange({ state: "Purchasing" }))).toBe(10);
  expect(await waited(aChange({ parkedReason: "throttled" }))).toBe(10);
});

test("one change that is under way makes the others wait for it", async () => {
  expect(await waited(aChange({ state: "Completed" }), aChange({ id: changeId(2) }))).toBe(10);
});
