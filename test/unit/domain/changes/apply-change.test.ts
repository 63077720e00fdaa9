import { AppError } from "../../../../shared/errors";
import { HOUR, MINUTE, OTHER_SUBSCRIPTION, TENANT } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";

const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });

test("a change is carried out once, and everything is left tidy", async () => {
  const { submit, run, change, lane, unsent, auditActions, auditBreaks, partnerCenter, store } = ledgerWorld();
  const id = await submit();
  await run(0);
  expect(change(id)).toMatchObject({
    state: "Completed",
    outcome: { code: "applied", quantityBefore: 10, quantityAfter: 15 },
  });
  expect(partnerCenter.effectiveWrites()).toMatchObject([{ from: 10, to: 15 }]);
  expect(change(id).steps[0]?.attempts[0]?.requestId).toBe(partnerCenter.books[0]?.requestId);
  expect(lane()).toMatchObject({ verifiedQuantity: 15 });
  expect(lane().changeId).toBeUndefined();
  expect(unsent()).toEqual([]);
  expect(store.dump(`tenant_${TENANT}`).get("head")?.value).toMatchObject({ openChanges: [] });
  expect(auditActions()).toEqual([
    "subscription.quantity.update",
    "change.claimed",
    "change.intent",
    "change.completed",
  ]);
  expect(await auditBreaks()).toEqual([]);
});

test("the whole subscription goes back with one thing changed: nothing else is reset", async () => {
  const { submit, run, partnerCenter } = ledgerWorld();
  await submit();
  await run(0);
  expect(partnerCenter.bodies).toMatchObject([{ quantity: 15, autoRenewEnabled: true, friendlyName: "Premium" }]);
  expect(partnerCenter.autoRenewOf()).toBe(true);
});

test("two requests for one subscription are both carried out, one after the other, and add up", async () => {
  const { submit, runToTheEnd, change, lane, partnerCenter } = ledgerWorld();
  const ids = [await submit(ADD(5)), await submit(ADD(3))];
  await runToTheEnd();
  expect(ids.map((id) => change(id).state)).toEqual(["Completed", "Completed"]);
  expect(partnerCenter.effectiveWrites().map(({ from, to }) => [from, to])).toEqual([
    [10, 15],
    [15, 18],
  ]);
  expect(lane().changeId).toBeUndefined();
});

test("changes of different subscriptions do not wait for each other", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  partnerCenter.add(OTHER_SUBSCRIPTION, 10);
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const stuck = await submit();
  const free = await submit({ subscriptionId: OTHER_SUBSCRIPTION });
  await run(0);
  expect([change(stuck).state, change(free).state]).toEqual(["Purchasing", "Completed"]);
});

test("two operators who both set 15 buy once", async () => {
  const { submit, runToTheEnd, change, partnerCenter } = ledgerWorld();
  const ids = [await submit(), await submit()];
  await runToTheEnd();
  expect(ids.map((id) => change(id).outcome?.code)).toEqual(["applied", "unchanged"]);
  expect(partnerCenter.quantityOf()).toBe(15);
});

test("an edit made on a number that is no longer true fails without a write", async () => {
  const { submit, runToTheEnd, change, partnerCenter, lane } = ledgerWorld();
  partnerCenter.outsideChange(12);
  const id = await submit();
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "PurchaseFailed", outcome: { code: "quantityDrift" } });
  expect(partnerCenter.effectiveWrites()).toEqual([]);
  expect(lane().changeId).toBeUndefined();
});

test("Microsoft's refusal fails the change and lets the next one through", async () => {
  const { submit, runToTheEnd, change, partnerCenter } = ledgerWorld();
  const body = { code: 800023, description: "Not enough credit." };
  partnerCenter.writeFaults.push({ kind: "answer", status: 403, body });
  const refused = await submit(ADD(5));
  const next = await submit(ADD(3));
  await runToTheEnd();
  expect(change(refused)).toMatchObject({ state: "PurchaseFailed", outcome: { code: "creditLimit" } });
  expect(change(next).state).toBe("Completed");
  expect(partnerCenter.quantityOf()).toBe(13);
});

test.each([
  ["relationshipRemoved", new AppError("conflict", "relationshipRemoved", "No longer connected.")],
  ["subscriptionNotFound", undefined],
])("what can never work ends as %s, without a write", async (code, error) => {
  const { submit, run, change, partnerCenter, lane } = ledgerWorld();
  if (error) partnerCenter.readFaults.push(error);
  const id = await submit(error ? {} : { subscriptionId: OTHER_SUBSCRIPTION });
  await run(0);
  expect(change(id)).toMatchObject({ state: "PurchaseFailed", outcome: { code } });
  expect(lane().changeId).toBeUndefined();
});

test("a read that lags behind the last purchase is not believed", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  const first = await submit(ADD(5));
  await run(0);
  partnerCenter.readFaults.push("stale", "stale");
  const second = await submit(ADD(3));
  await run(0);
  expect(change(second)).toMatchObject({ state: "PendingPurchase", steps: [] });
  await run(5 * MINUTE);
  expect([first, second].map((id) => change(id).state)).toEqual(["Completed", "Completed"]);
  expect(partnerCenter.quantityOf()).toBe(18);
});

test("a purchase that somebody got in front of is made again on what there is now", async () => {
  const { submit, runToTheEnd, change, partnerCenter, queue, handle } = ledgerWorld();
  partnerCenter.settings.etags = true;
  const id = await submit(ADD(5));
  const pause = partnerCenter.pauseAt("beforeWrite");
  const delivery = queue.deliverOne(handle);
  await pause.reached;
  partnerCenter.outsideChange(12);
  pause.release();
  await delivery;
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { quantityBefore: 12, quantityAfter: 17 } });
  expect(partnerCenter.quantityOf()).toBe(17);
});

test("a message about a change that does not exist is forgotten", async () => {
  const { handle, partnerCenter, store } = ledgerWorld();
  await handle({ body: { tenantId: TENANT, changeId: "0".repeat(26), n: 1 } });
  expect(store.dump(`tenant_${TENANT}`).size).toBe(0);
  expect(partnerCenter.books).toEqual([]);
});

test("a tenant that is being disconnected buys nothing", async () => {
  const { submit, run, change, store, partnerCenter } = ledgerWorld();
  const id = await submit();
  const head = store.dump(`tenant_${TENANT}`).get("head")?.value as object;
  store.forge(`tenant_${TENANT}`, "head", { ...head, connection: "Disconnecting" });
  await run(HOUR);
  expect(change(id).state).toBe("PendingPurchase");
  expect(partnerCenter.books).toEqual([]);
});
