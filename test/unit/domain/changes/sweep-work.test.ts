import { HOUR, MINUTE, SECOND, SUBSCRIPTION, TENANT } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";

const PARTITION = `tenant_${TENANT}`;

test("a message that never left is sent by the sweeper", async () => {
  const { submit, run, queue, unsent, change, store } = ledgerWorld();
  const id = await submit();
  const [message] = queue.waiting();
  queue.lose();
  store.forge(PARTITION, `outbox_changes_${message!.messageId}`, message);
  // Outside the window of duplicate detection the same message is let in again.
  await run(61 * MINUTE);
  expect(unsent()).toEqual([]);
  expect(change(id).state).toBe("Completed");
});

test("a change whose message was lost is taken up after ten minutes", async () => {
  const { submit, run, queue, change, log, partnerCenter } = ledgerWorld();
  const id = await submit();
  queue.lose();
  await run(9 * MINUTE);
  expect(change(id).state).toBe("PendingPurchase");
  await run(2 * MINUTE);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  expect(log.lines).toContainEqual({ level: "warn", message: "a change was forgotten and is taken up again" });
});

test("a parked change whose message was lost is taken up ten minutes after its time", async () => {
  const { submit, run, queue, msp, change } = ledgerWorld();
  msp.isAuthorized = false;
  const id = await submit();
  await run(0);
  queue.lose();
  msp.isAuthorized = true;
  await run(19 * MINUTE);
  expect(change(id).state).toBe("PendingPurchase");
  await run(2 * MINUTE);
  expect(change(id).state).toBe("Completed");
});

test("a claim that was forgotten is carried on", async () => {
  const { submit, run, queue, handle, change, partnerCenter } = ledgerWorld();
  const id = await submit();
  partnerCenter.readFaults.push(new TypeError("the process died"));
  await queue.deliverOne(handle);
  queue.lose();
  await run(12 * MINUTE);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("an unknown write that was forgotten is proven", async () => {
  const { submit, run, queue, change, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await submit();
  await run(SECOND);
  queue.lose();
  await run(11 * MINUTE);
  expect(change(id).state).toBe("Purchasing");
  await run(3 * MINUTE);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a change that nobody has released is left alone", async () => {
  const { submit, run, queue, change } = ledgerWorld();
  const id = await submit({ released: false });
  queue.lose();
  await run(HOUR);
  expect(change(id)).toMatchObject({ state: "PendingPurchase", enqueued: 1 });
});

test("a tenant with nothing left to do is visited for an hour, then no more", async () => {
  const { submit, run, work } = ledgerWorld();
  await submit();
  await run(59 * MINUTE);
  expect(work.partitions()).toEqual([PARTITION]);
  await run(3 * MINUTE);
  expect(work.partitions()).toEqual([]);
});

test("a tenant with an open change is visited until it has ended", async () => {
  const { submit, run, msp, work } = ledgerWorld();
  msp.writeMode = "off";
  await submit();
  await run(5 * HOUR);
  expect(work.partitions()).toEqual([PARTITION]);
});

test("a tenant that cannot be swept does not keep the others waiting", async () => {
  const { submit, run, queue, work, store, clock, change, log } = ledgerWorld();
  store.forge("tenant_broken", "head", { not: "a head" });
  await work.touch("tenant_broken");
  const id = await submit();
  queue.lose();
  await clock.advance(MINUTE);
  await run(11 * MINUTE);
  expect(change(id).state).toBe("Completed");
  expect(log.lines).toContainEqual({ level: "error", message: "a partition could not be swept" });
});

test("sweeping twice at once wakes a change once", async () => {
  const { submit, queue, clock, sweep, change } = ledgerWorld();
  const id = await submit();
  queue.lose();
  await clock.advance(11 * MINUTE);
  await Promise.all([sweep(), sweep()]);
  expect(change(id).enqueued).toBe(2);
  expect(queue.waiting().map(({ sessionId }) => sessionId)).toEqual([`${TENANT}/${SUBSCRIPTION}`]);
});
