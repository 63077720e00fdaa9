import { HOUR, MINUTE, SECOND } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";

const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });

test("the same message at two workers at once makes one purchase", async () => {
  const { submit, queue, handle, run, change, partnerCenter } = ledgerWorld();
  const id = await submit();
  const [message] = queue.waiting();
  await Promise.all([handle(message!), handle(message!), handle(message!)]);
  await run(HOUR);
  expect(change(id)).toMatchObject({ state: "Completed", claims: 1 });
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  expect(partnerCenter.books).toHaveLength(1);
});

test("two workers that carry on the same claim after a crash make one purchase", async () => {
  const { submit, queue, handle, clock, run, change, partnerCenter } = ledgerWorld();
  const id = await submit();
  partnerCenter.readFaults.push(new TypeError("the process died"));
  await queue.deliverOne(handle);
  await clock.advance(MINUTE);
  const [message] = queue.waiting();
  await Promise.all([handle(message!), handle(message!)]);
  await run(HOUR);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.books).toHaveLength(1);
});

test("two changes of one subscription at two workers at once never overlap", async () => {
  const { submit, queue, handle, runToTheEnd, changes, partnerCenter } = ledgerWorld();
  await submit(ADD(5));
  await submit(ADD(3));
  await Promise.all(queue.waiting().map((message) => handle(message)));
  await runToTheEnd();
  expect(changes().map(({ state }) => state)).toEqual(["Completed", "Completed"]);
  expect(partnerCenter.effectiveWrites()).toHaveLength(2);
  expect(partnerCenter.quantityOf()).toBe(18);
});

test("an old message that comes again after the end does nothing", async () => {
  const { submit, queue, handle, run, auditActions, partnerCenter } = ledgerWorld();
  await submit();
  const [message] = queue.waiting();
  await run(0);
  const before = auditActions().length;
  await handle(message!);
  await run(HOUR);
  expect(auditActions().length).toBe(before);
  expect(partnerCenter.books).toHaveLength(1);
});

test("a worker that wakes up after its send window sends nothing", async () => {
  const { submit, queue, handle, clock, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  const id = await submit();
  const pause = partnerCenter.pauseAt("beforeWrite");
  const sleeper = queue.deliverOne(handle);
  await pause.reached;
  await clock.advance(31 * SECOND);
  pause.release();
  await sleeper;
  await run(SECOND);
  expect(partnerCenter.books).toEqual([]);
  expect(change(id)).toMatchObject({
    state: "PendingPurchase",
    steps: [{ attempts: [{ answer: { kind: "notSent" } }] }],
  });
  await runToTheEnd();
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a worker that wakes up after its successor proved its silence and bought sends nothing, and breaks nothing", async () => {
  const { submit, queue, handle, runToTheEnd, run, change, lane, partnerCenter } = ledgerWorld();
  const id = await submit();
  const [message] = queue.waiting();
  const pause = partnerCenter.pauseAt("beforeWrite");
  const sleeper = handle(message!);
  await pause.reached;
  await runToTheEnd();
  expect(change(id)).toMatchObject({
    state: "Completed",
    steps: [{ attempts: [{ state: "notApplied", proof: { by: "absence" } }, { state: "applied" }] }],
  });
  pause.release();
  await sleeper;
  await run(HOUR);
  expect(change(id).state).toBe("Completed");
  expect(lane().changeId).toBeUndefined();
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a worker that wakes up with the answer to an attempt that is over does not settle its successor's", async () => {
  const { submit, queue, handle, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  const busy = { kind: "answer", status: 409, body: { code: "900278" } } as const;
  partnerCenter.writeFaults.push(busy, { kind: "lostAfter" });
  const id = await submit(ADD(5));
  const [message] = queue.waiting();
  const pause = partnerCenter.pauseAt("afterWrite");
  const sleeper = handle(message!);
  await pause.reached;
  while (change(id).steps[0]?.attempts.length !== 2) await run(MINUTE);
  expect(change(id).steps[0]?.attempts.map(({ state }) => state)).toEqual(["notApplied", "open"]);
  pause.release();
  await sleeper;
  expect(change(id).steps[0]?.attempts[1]?.state).toBe("open");
  await runToTheEnd();
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("two workers that look for the same proof count as one look, and come back once", async () => {
  const { submit, queue, handle, clock, run, change, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit();
  await run(SECOND);
  await clock.advance(2 * MINUTE);
  const [message] = queue.waiting();
  queue.lose();
  await Promise.all([handle(message!), handle(message!)]);
  expect(change(id).steps[0]?.attempts[0]?.looks).toBe(1);
  expect(queue.waiting()).toHaveLength(1);
});

test("a worker that slept over its read opens no intent on it", async () => {
  const { submit, queue, handle, clock, change, partnerCenter, runToTheEnd } = ledgerWorld();
  const id = await submit(ADD(5));
  const pause = partnerCenter.pauseAt("afterRead");
  const sleeper = queue.deliverOne(handle);
  await pause.reached;
  partnerCenter.outsideChange(12);
  await clock.advance(MINUTE);
  pause.release();
  await sleeper;
  expect(change(id)).toMatchObject({ state: "PendingPurchase", steps: [] });
  await runToTheEnd();
  expect(partnerCenter.effectiveWrites()).toMatchObject([{ from: 12, to: 17 }]);
});

test("a read of an earlier claim is worth nothing in a later one", async () => {
  const { submit, queue, handle, msp, run, change, clock, partnerCenter } = ledgerWorld();
  const id = await submit(ADD(5));
  const [message] = queue.waiting();
  const pause = partnerCenter.pauseAt("afterRead");
  const sleeper = handle(message!);
  await pause.reached;
  // A second delivery of the message gives the claim back, and the change is claimed anew while the first one sleeps.
  msp.isAuthorized = false;
  await handle(message!);
  expect(change(id)).toMatchObject({ state: "PendingPurchase", claims: 1 });
  msp.isAuthorized = true;
  await clock.advance(10 * MINUTE);
  const second = partnerCenter.pauseAt("afterRead");
  const successor = queue.deliverOne(handle);
  await second.reached;
  expect(change(id)).toMatchObject({ state: "Purchasing", claims: 2 });
  pause.release();
  await sleeper;
  expect(change(id)).toMatchObject({ state: "Purchasing", claims: 2, steps: [] });
  second.release();
  await successor;
  await run(HOUR);
  expect(change(id)).toMatchObject({ state: "Completed", claims: 2 });
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("an intent whose storing took long has the send window that was stored, not a later one", async () => {
  const { submit, queue, handle, clock, store, change, partnerCenter, runToTheEnd } = ledgerWorld();
  const id = await submit();
  const commit = store.commit.bind(store);
  let landLate: (() => Promise<unknown>) | undefined;
  store.commit = async (partition, writes) => {
    const isIntent = JSON.stringify(writes).includes("change.intent");
    if (!isIntent) return commit(partition, writes);
    if (!landLate) {
      // The first try of the intent is on its way for long; the second one meets it.
      landLate = () => commit(partition, writes);
      await clock.advance(25 * SECOND);
      throw new Error("no answer");
    }
    await landLate();
    return commit(partition, writes);
  };
  const pause = partnerCenter.pauseAt("beforeWrite");
  const delivery = queue.deliverOne(handle);
  await pause.reached;
  store.commit = commit;
  const sendBy = Date.parse(change(id).steps[0]?.attempts[0]?.sendBy ?? "");
  expect(sendBy - clock.nowMs()).toBe(5 * SECOND);
  await clock.advance(6 * SECOND);
  pause.release();
  await delivery;
  expect(partnerCenter.books).toEqual([]);
  await runToTheEnd();
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});
