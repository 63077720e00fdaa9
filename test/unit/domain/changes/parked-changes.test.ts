import { AppError } from "../../../../shared/errors";
import { HOUR, MINUTE, RESELLER, SECOND } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";

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
