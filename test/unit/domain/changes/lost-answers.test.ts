import { AppError } from "../../../../shared/errors";
import { HOUR, MINUTE, SECOND } from "../../../build/ids";
import type { WriteFault } from "../../../fakes/fake-partner-center";
import { ledgerWorld } from "../../../fakes/ledger-world";

const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });
const SETTLED = 120 * SECOND + 15 * MINUTE;

test("bought, and the answer was lost: it is proven, not bought again", async () => {
  const { submit, run, change, partnerCenter, lane, auditBreaks } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await submit();
  await run(119 * SECOND);
  expect(change(id).state).toBe("Purchasing");
  await run(2 * SECOND);
  expect(change(id)).toMatchObject({
    state: "Completed",
    steps: [{ attempts: [{ state: "applied", answer: { kind: "unknown" }, proof: { by: "auditRecord" } }] }],
  });
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  expect(lane()).toMatchObject({ verifiedQuantity: 15 });
  expect(await auditBreaks()).toEqual([]);
});

test("Microsoft's record comes late: it is waited for", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  partnerCenter.settings.recordDelayMs = 10 * MINUTE;
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await submit();
  await run(9 * MINUTE);
  expect(change(id).state).toBe("Purchasing");
  await run(10 * MINUTE);
  expect(change(id)).toMatchObject({ state: "Completed", steps: [{ attempts: [{ proof: { by: "auditRecord" } }] }] });
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("lost on the way: proven not to have happened after the settle delay, then sent again as the same request", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit();
  await run(SETTLED - SECOND);
  expect(change(id).state).toBe("Purchasing");
  expect(partnerCenter.books).toEqual([]);
  await runToTheEnd();
  expect(change(id)).toMatchObject({
    state: "Completed",
    steps: [{ attempts: [{ state: "notApplied", proof: { by: "absence" } }, { state: "applied" }] }],
  });
  const requestIds = change(id).steps[0]?.attempts.map(({ requestId }) => requestId);
  expect(new Set(requestIds).size).toBe(1);
  expect(partnerCenter.effectiveWrites()).toMatchObject([{ from: 10, to: 15, requestId: requestIds?.[0] }]);
});

test.each<[string, WriteFault, number]>([
  ["an error page after it was applied", { kind: "appliedThen", status: 502 }, 1],
  ["200 without the new seats, though applied", { kind: "appliedThen", status: 200 }, 1],
  ["accepted and applied ten minutes later", { kind: "late", ms: 10 * MINUTE }, 1],
  ["accepted and then dropped", { kind: "dropped" }, 2],
  ["500 without any effect", { kind: "answer", status: 500, body: { code: "800094" } }, 2],
  ["a page of a gateway", { kind: "answer", status: 404, body: undefined }, 2],
])("%s: exactly one purchase in the end", async (_name, fault, attempts) => {
  const { submit, runToTheEnd, change, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push(fault);
  const id = await submit(ADD(5));
  await runToTheEnd();
  expect(change(id).state).toBe("Completed");
  expect(change(id).steps[0]?.attempts).toHaveLength(attempts);
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  expect(partnerCenter.quantityOf()).toBe(15);
});

test("the next change waits until the unknown one is settled, and builds on it", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const first = await submit(ADD(5));
  const second = await submit(ADD(3));
  await run(100 * SECOND);
  expect([first, second].map((id) => change(id).state)).toEqual(["Purchasing", "PendingPurchase"]);
  // At the very moment of the proof: who frees the lane wakes who waits for it.
  await run(20 * SECOND);
  expect([first, second].map((id) => change(id).state)).toEqual(["Completed", "Completed"]);
  expect(partnerCenter.effectiveWrites().map(({ from, to }) => [from, to])).toEqual([
    [10, 15],
    [15, 18],
  ]);
});

test("a stale read at the proof does not become the base of the next change", async () => {
  const { submit, run, runToTheEnd, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  await submit(ADD(5));
  await run(0);
  // The proof's read and the next change's read both lag behind.
  partnerCenter.readFaults.push("stale", "stale");
  await submit(ADD(3));
  await runToTheEnd();
  expect(partnerCenter.quantityOf()).toBe(18);
});

test("a change in the same second as the one before it is not confused with it", async () => {
  const { submit, runToTheEnd, clock, partnerCenter, changes } = ledgerWorld();
  await clock.advance(400);
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  partnerCenter.outsideChange(5);
  partnerCenter.outsideChange(10);
  await submit();
  await runToTheEnd();
  expect(changes().map(({ state }) => state)).toEqual(["Completed"]);
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("somebody else bought the same amount meanwhile: ours is still made, on top", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit(ADD(5));
  await run(MINUTE);
  partnerCenter.outsideChange(15);
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { quantityBefore: 15, quantityAfter: 20 } });
  expect(partnerCenter.effectiveWrites()).toMatchObject([{ from: 15, to: 20 }]);
});

test("bought, the answer lost, and somebody gave the seats back: it counts as bought", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await submit(ADD(5));
  await run(MINUTE);
  partnerCenter.outsideChange(10);
  await runToTheEnd();
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  expect(partnerCenter.quantityOf()).toBe(10);
});

test("Microsoft kept no record of our purchase: its order proves it", async () => {
  const { submit, runToTheEnd, change, partnerCenter } = ledgerWorld();
  partnerCenter.settings.recordsOfLedger = false;
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await submit();
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", steps: [{ attempts: [{ proof: { by: "order" } }] }] });
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("somebody changed the seats between our read and our write: that is told", async () => {
  const { submit, runToTheEnd, change, partnerCenter, queue, handle, auditActions } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await submit(ADD(5));
  const pause = partnerCenter.pauseAt("beforeWrite");
  const delivery = queue.deliverOne(handle);
  await pause.reached;
  partnerCenter.outsideChange(12);
  pause.release();
  await delivery;
  await runToTheEnd();
  expect(change(id)).toMatchObject({
    state: "Completed",
    outcome: { finding: "overwroteExternalChange", quantityBefore: 12, quantityAfter: 15 },
  });
  expect(auditActions().at(-1)).toBe("change.overwroteExternalChange");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("seats that nobody can explain are a matter for a person, and nothing else is bought meanwhile", async () => {
  const { submit, run, change, lane, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit(ADD(5));
  const waiting = await submit(ADD(3));
  await run(MINUTE);
  partnerCenter.outsideChange(12);
  partnerCenter.history.auditRecords = () => Promise.resolve([]);
  await run(3 * HOUR);
  expect(change(id)).toMatchObject({ state: "NeedsReview", outcome: { code: "needsReview" } });
  expect(lane().changeId).toBe(id);
  expect(change(waiting).state).toBe("PendingPurchase");
  expect(partnerCenter.effectiveWrites()).toEqual([]);
});

test("a change that waits behind one in review does not fill the audit log", async () => {
  const { submit, run, partnerCenter, auditActions } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  await submit(ADD(5));
  await submit(ADD(3));
  await run(MINUTE);
  partnerCenter.outsideChange(12);
  partnerCenter.history.auditRecords = () => Promise.resolve([]);
  await run(3 * HOUR);
  const before = auditActions().length;
  await run(24 * HOUR);
  expect(auditActions().length).toBe(before);
});

test("records that cannot be read are asked for for a day; then a person decides", async () => {
  const { submit, run, change, lane, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  partnerCenter.history.auditRecords = () => Promise.reject(new AppError("upstream", "upstreamError", "Down."));
  const id = await submit();
  await run(23 * HOUR);
  expect(change(id).state).toBe("Purchasing");
  await run(2 * HOUR);
  expect(change(id).state).toBe("NeedsReview");
  expect(lane().changeId).toBe(id);
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("the proof asks with the reseller of the write, and waits for its sign-in", async () => {
  const { submit, run, change, msp, partnerCenter } = ledgerWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await submit();
  await run(MINUTE);
  msp.isAuthorized = false;
  await run(HOUR);
  expect(change(id).state).toBe("Purchasing");
  msp.isAuthorized = true;
  await run(HOUR);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a query begun before everything had settled proves no absence, however long it took", async () => {
  const { submit, run, runToTheEnd, clock, change, partnerCenter } = ledgerWorld();
  const { history, settings, writeFaults, readFaults } = partnerCenter;
  settings.recordDelayMs = settings.orderDelayMs = 14 * MINUTE;
  writeFaults.push({ kind: "late", ms: 110 * SECOND });
  const id = await submit(ADD(5));
  // The look after nine minutes sees nothing yet, everything lags, and takes so long that the settle delay passes.
  await run(8.5 * MINUTE);
  readFaults.push("stale");
  const { auditRecords } = history;
  history.auditRecords = async (...ask) => {
    history.auditRecords = auditRecords;
    const seen = await auditRecords(...ask);
    await clock.advance(9 * MINUTE);
    return seen;
  };
  await runToTheEnd();
  expect(change(id).state).toBe("Completed");
  expect(change(id).steps[0]?.attempts).toHaveLength(1);
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("somebody else's equal purchase, whose record is late, is never taken for ours", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  partnerCenter.settings.recordDelayMs = 14 * MINUTE;
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit(ADD(5));
  await run(10 * MINUTE);
  partnerCenter.outsideChange(15);
  // By now a lost write of ours would have its record; the order of the outsider has none yet.
  await run(8 * MINUTE);
  expect(change(id).state).toBe("Purchasing");
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { quantityBefore: 15, quantityAfter: 20 } });
  expect(partnerCenter.effectiveWrites()).toMatchObject([{ from: 15, to: 20 }]);
});

test("somebody who changes the seats while we look is waited for, and no person is asked", async () => {
  const { submit, run, runToTheEnd, change, partnerCenter } = ledgerWorld();
  partnerCenter.settings.recordDelayMs = 14 * MINUTE;
  partnerCenter.writeFaults.push({ kind: "lostBefore" });
  const id = await submit(ADD(5));
  for (let round = 0; round < 5; round++) {
    await run(12 * MINUTE);
    partnerCenter.outsideChange(round % 2 === 0 ? 12 : 10);
  }
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { quantityBefore: 12, quantityAfter: 17 } });
  expect(change(id).interventions).toBeUndefined();
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});
