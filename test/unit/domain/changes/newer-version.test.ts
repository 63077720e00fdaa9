import { Change, changeRow, laneRow } from "../../../../shared/domain/changes/change";
import { sweepWork } from "../../../../shared/domain/changes/sweep-work";
import { wakeParked } from "../../../../shared/domain/changes/wake-parked";
import { NewerVersionError } from "../../../../shared/domain/decisions/newer-version";
import { MINUTE, OTHER_SUBSCRIPTION, SUBSCRIPTION, TENANT } from "../../../build/ids";
import { aRequest } from "../../../build/tenant";
import { connectedWorld, ENDINGS } from "../../../fakes/connected-world";
import { ledgerWorld } from "../../../fakes/ledger-world";

/*
 * Rows that a newer release wrote for itself alone, after a roll-back: this release decides nothing about them, and
 * everything else goes on.
 */
const PARTITION = `tenant_${TENANT}`;
const ONE_MORE = { ask: { kind: "add", delta: 1 } } as const;

type World = ReturnType<typeof ledgerWorld>;

/** Every row of the tenant, as it is stored. */
const rowsOf = ({ store }: Pick<World, "store">): unknown => structuredClone([...store.dump(PARTITION).entries()]);

test("nothing is claimed, sent or recorded for a change of a newer release, nor under its lane", async () => {
  for (const row of ["change", "lane", "head"] as const) {
    const world = ledgerWorld();
    const { submit, store, queue, handle, partnerCenter } = world;
    const id = await submit();
    store.forge(PARTITION, laneRow(SUBSCRIPTION), {});
    store.seal(PARTITION, { change: changeRow(id), lane: laneRow(SUBSCRIPTION), head: "head" }[row]);
    const before = rowsOf(world);
    const [message] = queue.waiting();
    await expect(handle(message!)).rejects.toThrow(NewerVersionError);
    expect(rowsOf(world)).toEqual(before);
    expect(partnerCenter.books).toEqual([]);
  }
});

test("a change ends, and frees its lane, though the next in line is a newer release's; that one goes on when it is back", async () => {
  const { submit, store, queue, handle, change, lane, run, partnerCenter, auditBreaks } = ledgerWorld();
  const [first, second, third] = [await submit(ONE_MORE), await submit(ONE_MORE), await submit(ONE_MORE)];
  store.seal(PARTITION, changeRow(second));
  const [message] = queue.waiting();
  queue.lose();
  await handle(message!);
  expect(change(first).state).toBe("Completed");
  expect(lane().changeId).toBeUndefined();
  // The one behind it need not wait for it.
  expect(queue.waiting().map(({ body }) => body)).toMatchObject([{ changeId: third }]);
  await run(MINUTE);
  expect([change(second).state, change(third).state]).toEqual(["PendingPurchase", "Completed"]);

  store.unseal(PARTITION, changeRow(second));
  await run(12 * MINUTE);
  expect(change(second).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(3);
  expect(await auditBreaks()).toEqual([]);
});

test("the sweeper wakes what was forgotten beside a change of a newer release, and leaves that one as it is", async () => {
  const { submit, store, queue, run, change, log, partnerCenter } = ledgerWorld();
  partnerCenter.add(OTHER_SUBSCRIPTION);
  const kept = await submit(ONE_MORE);
  const forgotten = await submit({ ...ONE_MORE, subscriptionId: OTHER_SUBSCRIPTION });
  store.seal(PARTITION, changeRow(kept));
  const before = structuredClone(store.dump(PARTITION).get(changeRow(kept)));
  queue.lose();
  await run(12 * MINUTE);
  expect(change(forgotten).state).toBe("Completed");
  expect(store.dump(PARTITION).get(changeRow(kept))).toEqual(before);
  expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("a partition whose head is a newer release's is left, however long, and the others are swept", async () => {
  const { submit, store, work, sweep, queue, log, clock, startProcess } = ledgerWorld();
  await submit();
  const message = { queue: "changes", messageId: "other:1", sessionId: "s", body: { n: 1 } };
  store.forge("tenant_other", "outbox_changes_other:1", message);
  store.seal(PARTITION, "head");
  queue.lose();
  await clock.advance(3 * 60 * MINUTE);
  await startProcess().touchWork("tenant_other");
  await sweep();
  expect(queue.waiting()).toMatchObject([message]);
  expect(log.lines).toContainEqual({ level: "warn", message: "a partition is left to a newer version" });
  const entries: string[] = [];
  for await (const { partition } of work.entries()) entries.push(partition);
  expect(entries).toContain(PARTITION);
});

test("a message that a newer release left in the outbox for itself stays there; those beside it leave", async () => {
  const { store, sweep, queue, unsent, startProcess, clock, work } = ledgerWorld();
  for (const n of [1, 2, 3]) {
    const message = { queue: "changes", messageId: `m:${n}`, sessionId: "s", body: { n } };
    store.forge(PARTITION, `outbox_changes_m:${n}`, message);
  }
  store.seal(PARTITION, "outbox_changes_m:2");
  await startProcess().touchWork(PARTITION);
  await sweep();
  expect(queue.waiting().map(({ messageId }) => messageId)).toEqual(["m:1", "m:3"]);
  expect(unsent()).toEqual(["outbox_changes_m:2"]);
  // However long it lies there, the partition stays among those that are swept.
  await clock.advance(5 * 60 * MINUTE);
  await sweep();
  const swept: string[] = [];
  for await (const { partition } of work.entries()) swept.push(partition);
  expect(swept).toEqual([PARTITION]);
});

test("of the changes that wait for writes to be switched on, those that can be read are woken", async () => {
  const { submit, store, msp, run, change, startProcess } = ledgerWorld();
  msp.writeMode = "off";
  const [kept, woken] = [await submit(ONE_MORE), await submit(ONE_MORE)];
  await run(MINUTE);
  store.seal(PARTITION, changeRow(kept));
  await expect(wakeParked(startProcess(), TENANT, () => true)).resolves.toBe(1);
  expect([change(kept).parkedReason, change(woken).parkedReason]).toEqual(["writesOff", undefined]);
});

test("a dead letter about a change of a newer release decides nothing about it", async () => {
  const world = ledgerWorld();
  const id = await world.submit();
  world.store.seal(PARTITION, changeRow(id));
  const before = rowsOf(world);
  const pointer = { tenantId: TENANT, changeId: id, n: 1 };
  await expect(world.deadLetter(world.startProcess(), pointer)).rejects.toThrow(NewerVersionError);
  expect(rowsOf(world)).toEqual(before);
});

describe.each(ENDINGS)("a connection is %s", (ending) => {
  test("not while an open change is a newer release's: nobody can say that nothing is under way", async () => {
    const world = await connectedWorld();
    const [id] = await world.waiting(2);
    world.store.seal(PARTITION, changeRow(id!));
    const before = rowsOf(world);
    await expect(world.end(ending, aRequest("end"))).rejects.toThrow(NewerVersionError);
    expect(rowsOf(world)).toEqual(before);
    world.store.unseal(PARTITION, changeRow(id!));
    await world.end(ending, aRequest("end"));
    expect(world.states()).toEqual(["Cancelled", "Cancelled"]);
  });
});

test("an ending that a newer release began, with a change it kept to itself, is left to it; the sweeper does the rest", async () => {
  const world = await connectedWorld();
  const { store, startProcess, queue, clock, log } = world;
  const [id] = await world.waiting(1);
  await world.end("removed", aRequest("end"), world.etagNow(), withoutCancelling(world)).catch(() => undefined);
  expect(world.head().connection).toBe("Disconnecting");
  store.seal(PARTITION, changeRow(id!));
  store.forge(PARTITION, "outbox_changes_m:1", { queue: "changes", messageId: "m:1", sessionId: "s", body: { n: 1 } });
  await clock.advance(20 * MINUTE);
  await sweepWork(startProcess());
  expect(queue.waiting().map(({ messageId }) => messageId)).toContain("m:1");
  expect(world.head().connection).toBe("Disconnecting");
  expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  store.unseal(PARTITION, changeRow(id!));
  await sweepWork(startProcess());
  expect(Change.parse(store.dump(PARTITION).get(changeRow(id!))?.value).state).toBe("Cancelled");
  expect(world.head().connection).toBeUndefined();
});

/** A process that dies after its first transaction. */
function withoutCancelling(world: Awaited<ReturnType<typeof connectedWorld>>) {
  const process = world.startHttp();
  let commits = 0;
  const commit: typeof process.store.commit = (...ask) =>
    ++commits > 1 ? Promise.reject(new Error("the process died")) : process.store.commit(...ask);
  return { ...process, store: { ...process.store, commit } };
}
