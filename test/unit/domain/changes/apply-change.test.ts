import { AppError } from "../../../../shared/errors";
import { HOUR, MINUTE, OTHER_SUBSCRIPTION, RESELLER, SECOND, TENANT } from "../../../build/ids";
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

test("while writes are off a change waits, and goes on when they are on again", async () => {
  const { submit, run, change, msp, partnerCenter, lane } = ledgerWorld();
  msp.writeMode = "off";
  const id = await submit();
  await run(3 * HOUR);
  expect(change(id)).toMatchObject({ state: "PendingPurchase", parkedReason: "writesOff" });
  expect(partnerCenter.books).toEqual([]);
  expect(lane().changeId).toBeUndefined();

  msp.writeMode = "on";
  await run(10 * MINUTE);
  expect(change(id).state).toBe("Completed");
});

test("writes that are switched off between the claim and the write stay off", async () => {
  const { submit, run, change, msp, partnerCenter, clock, queue, handle, lane } = ledgerWorld();
  const id = await submit();
  const pause = partnerCenter.pauseAt("afterRead");
  const delivery = queue.deliverOne(handle);
  await pause.reached;
  msp.writeMode = "off";
  await clock.advance(5 * SECOND);
  pause.release();
  await delivery;
  await run(MINUTE);
  expect(change(id)).toMatchObject({ state: "PendingPurchase", parkedReason: "writesOff" });
  expect(partnerCenter.books).toEqual([]);
  expect(lane().changeId).toBeUndefined();
});

test("a change of a reseller that nobody has authorised waits until somebody does", async () => {
  const { submit, run, change, msp, partnerCenter } = ledgerWorld();
  msp.isAuthorized = false;
  const id = await submit();
  await run(HOUR);
  expect(change(id)).toMatchObject({ state: "PendingPurchase", parkedReason: "resellerNotAuthorized" });
  msp.isAuthorized = true;
  await run(10 * MINUTE);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test.each([
  ["Revoked", { kind: "notSent", reason: "resellerRevoked" }],
  ["SecretInvalid", { kind: "notSent", reason: "secretInvalid" }],
] as const)(
  "a sign-in that fails at the write is noted on the reseller (%s), and the change waits",
  async (state, fault) => {
    const { submit, run, change, troubles, partnerCenter, lane } = ledgerWorld();
    partnerCenter.writeFaults.push(fault);
    const id = await submit();
    await run(MINUTE);
    expect(troubles).toEqual([state]);
    expect(change(id)).toMatchObject({ state: "PendingPurchase", parkedReason: "resellerNotAuthorized" });
    expect(lane().changeId).toBeUndefined();
  },
);

test("a sign-in that fails at the read is noted too", async () => {
  const { submit, run, change, troubles, partnerCenter } = ledgerWorld();
  const extensions = { resellerState: "Revoked" };
  partnerCenter.readFaults.push(new AppError("conflict", "resellerNotAuthorized", "Revoked.", { extensions }));
  const id = await submit();
  await run(0);
  expect(troubles).toEqual(["Revoked"]);
  expect(change(id)).toMatchObject({ parkedReason: "resellerNotAuthorized", resellerId: RESELLER });
});

test("a throttled write comes back when Microsoft said, not earlier", async () => {
  const { submit, run, change, clock, partnerCenter } = ledgerWorld();
  const body = { statusCode: 429, message: "Rate limit is exceeded. Try again in 57 seconds." };
  partnerCenter.writeFaults.push({ kind: "answer", status: 429, body, retryAfterSeconds: 57 });
  const id = await submit();
  const begin = clock.nowMs();
  await run(56 * SECOND);
  expect(change(id)).toMatchObject({ state: "PendingPurchase", parkedReason: "throttled" });
  await run(2 * SECOND);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.books.map(({ at }) => at.getTime() - begin)).toEqual([57 * SECOND]);
});

test("a storm of throttling does not fail a change", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  const throttled = { kind: "answer", status: 429, body: undefined, retryAfterSeconds: 60 } as const;
  partnerCenter.writeFaults.push(...Array.from({ length: 12 }, () => throttled));
  const id = await submit();
  await run(12 * HOUR);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a throttled read waits as well, without an attempt", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  partnerCenter.readFaults.push(new AppError("upstream", "upstreamThrottled", "Wait.", { retryAfterSeconds: 40 }));
  const id = await submit();
  await run(39 * SECOND);
  expect(change(id)).toMatchObject({ parkedReason: "throttled", steps: [] });
  await run(2 * SECOND);
  expect(change(id).state).toBe("Completed");
});

test("tries that lead nowhere are used up: the change fails, and holds no lane", async () => {
  const { submit, runToTheEnd, change, lane, partnerCenter, unsent } = ledgerWorld();
  const busy = { kind: "answer", status: 409, body: { code: "900278", description: "Busy." } } as const;
  partnerCenter.writeFaults.push(...Array.from({ length: 10 }, () => busy));
  const id = await submit();
  await runToTheEnd();
  expect(change(id)).toMatchObject({ state: "PurchaseFailed", outcome: { code: "attemptsUsedUp" } });
  expect(change(id).steps[0]?.attempts).toHaveLength(6);
  expect(partnerCenter.effectiveWrites()).toEqual([]);
  expect(lane().changeId).toBeUndefined();
  expect(unsent()).toEqual([]);
});

test("Microsoft being down before the write is waited out, for as long as it takes", async () => {
  const { submit, run, change, partnerCenter } = ledgerWorld();
  const down = new AppError("upstream", "upstreamError", "Microsoft does not answer.");
  partnerCenter.readFaults.push(...Array.from({ length: 30 }, () => down));
  const id = await submit();
  await run(2 * HOUR);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
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
