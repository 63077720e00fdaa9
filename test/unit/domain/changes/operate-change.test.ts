import type { ChangeId } from "../../../../shared/domain/access/ids";
import { HEAD_ROW, tenantPartition } from "../../../../shared/domain/decisions/head";
import { TENANT_ROW } from "../../../../shared/domain/tenants/tenant";
import { HOUR, MINUTE, SECOND, TENANT } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";
import { aConnectedTenant, aRequest, OLGA, operatorsOf } from "../../../fakes/operators";

const PARTITION = tenantPartition(TENANT);
const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });
const BUSY = { kind: "answer", status: 400, body: { code: "800061", description: "No." } } as const;

function setup() {
  const world = ledgerWorld();
  return { ...world, ...operatorsOf(world) };
}
type Setup = ReturnType<typeof setup>;

/** A change whose write got no answer, and of which Microsoft kept no record anybody could judge by. */
async function inReview(world: Setup, fault: "lostBefore" | "lostAfter"): Promise<ChangeId> {
  const { partnerCenter, submit, run, change } = world;
  partnerCenter.settings.recordsOfLedger = false;
  partnerCenter.settings.showsBatches = false;
  partnerCenter.settings.orderDelayMs = 1000 * HOUR;
  partnerCenter.writeFaults.push({ kind: fault });
  const id = await submit(ADD(5));
  await run(SECOND);
  // Seats of which nobody knows where they come from.
  partnerCenter.outsideChange(40);
  partnerCenter.forgetRecords();
  await run(40 * MINUTE);
  expect(change(id).state).toBe("NeedsReview");
  return id;
}

describe("resolve", () => {
  test("applied: the change is completed by the operator's word, and the next one gets the lane", async () => {
    const world = setup();
    const id = await inReview(world, "lostAfter");
    const next = await world.submit(ADD(1));
    await world.run(HOUR);
    expect(world.change(next).state).toBe("PendingPurchase");
    expect(world.lane().changeId).toBe(id);

    await world.resolve(id, "applied");
    expect(world.change(id)).toMatchObject({
      state: "Completed",
      outcome: { code: "applied", quantityBefore: 10, quantityAfter: 15 },
      steps: [
        {
          state: "done",
          attempts: [{ state: "applied", proof: { by: "operator", reference: "olga@msp.example: I looked" } }],
        },
      ],
    });
    await world.run(0);
    expect(world.change(next).state).toBe("Completed");
    expect(world.partnerCenter.effectiveWrites().map(({ from, to }) => [from, to])).toEqual([
      [10, 15],
      [40, 41],
    ]);
  });

  test("notApplied: the change is tried again on what is read then, once", async () => {
    const world = setup();
    const id = await inReview(world, "lostBefore");
    await world.resolve(id, "notApplied");
    await world.run(0);
    expect(world.change(id)).toMatchObject({
      state: "Completed",
      steps: [
        {
          attempts: [
            { state: "notApplied", proof: { by: "operator" } },
            { state: "applied", from: 40, to: 45 },
          ],
        },
      ],
    });
    expect(world.partnerCenter.effectiveWrites()).toHaveLength(1);
    expect(world.lane().changeId).toBeUndefined();
  });

  test("it is recorded with who said it, why, and what the change was before", async () => {
    const world = setup();
    const id = await inReview(world, "lostAfter");
    await world.resolve(id, "applied");
    const entry = world.auditEntries().find(({ action }) => action === "change.resolve");
    expect(entry).toMatchObject({
      actor: { kind: "user", name: OLGA.name },
      ...{ reason: "I looked", result: "success", changeId: id, correlationId: "request" },
      ...{ before: { state: "NeedsReview" }, after: { state: "Completed" } },
    });
    expect(await world.auditBreaks()).toEqual([]);
  });

  test("two people who decide at once: one decides, the other is told", async () => {
    const world = setup();
    const id = await inReview(world, "lostAfter");
    const both = await Promise.allSettled([world.resolve(id, "applied"), world.resolve(id, "notApplied")]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "notInReview" } });
    expect(world.auditEntries().filter(({ action }) => action === "change.resolve")).toHaveLength(1);
  });

  test("the same request twice at once is one decision, answered twice", async () => {
    const world = setup();
    const id = await inReview(world, "lostAfter");
    const both = await Promise.all([
      world.resolve(id, "applied", aRequest("k")),
      world.resolve(id, "applied", aRequest("k")),
    ]);
    expect(both.map(({ state }) => state)).toEqual(["Completed", "Completed"]);
    expect(world.auditEntries().filter(({ action }) => action === "change.resolve")).toHaveLength(1);
  });

  test("an answer that arrives after the word is not heard any more, and nothing is bought twice", async () => {
    const world = setup();
    const { partnerCenter, queue, handle, clock, submit, change, startProcess } = world;
    const id = await submit(ADD(5));
    const [message] = queue.waiting();
    const pause = partnerCenter.pauseAt("afterWrite");
    const sleeper = handle(message!);
    await pause.reached;
    for (let i = 0; i < 3; i++) await world.deadLetter(startProcess(), message!.body);
    expect(change(id).state).toBe("NeedsReview");
    await clock.advance(5 * MINUTE);
    await world.resolve(id, "applied");
    const settled = change(id);
    pause.release();
    await sleeper;
    expect(change(id)).toEqual(settled);
    await world.run(HOUR);
    expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  });

  test("while the write may still be on the wire nobody can decide (writeInFlight), and is told when", async () => {
    const world = setup();
    const { partnerCenter, queue, handle, clock, submit, startProcess } = world;
    const id = await submit(ADD(5));
    const [message] = queue.waiting();
    const pause = partnerCenter.pauseAt("beforeWrite");
    const sleeper = handle(message!);
    await pause.reached;
    for (let i = 0; i < 3; i++) await world.deadLetter(startProcess(), message!.body);
    await expect(world.resolve(id, "notApplied")).rejects.toMatchObject({
      code: "writeInFlight",
      retryAfterSeconds: 120,
    });
    await clock.advance(119 * SECOND);
    await expect(world.resolve(id, "notApplied")).rejects.toMatchObject({
      code: "writeInFlight",
      retryAfterSeconds: 1,
    });
    await clock.advance(SECOND);
    await world.resolve(id, "notApplied");
    pause.release();
    await sleeper;
    await world.run(HOUR);
    expect(world.change(id).state).toBe("Completed");
    expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  });

  test("a change that nothing is outstanding of is ended by the word, or taken up again", async () => {
    for (const [finding, state, writes] of [
      ["applied", "Completed", 0],
      ["notApplied", "Completed", 1],
    ] as const) {
      const world = setup();
      const id = await world.submit(ADD(5));
      const { body } = world.queue.waiting()[0]!;
      world.queue.lose();
      for (let i = 0; i < 3; i++) await world.deadLetter(world.startProcess(), body);
      expect(world.change(id).state).toBe("NeedsReview");
      await world.resolve(id, finding);
      await world.run(HOUR);
      expect(world.change(id)).toMatchObject({ state, deadLetters: 0 });
      expect(world.partnerCenter.effectiveWrites()).toHaveLength(writes);
    }
  });

  test("without a reason it is refused (reasonRequired), and so is a change that is not in review", async () => {
    const world = setup();
    const id = await world.submit();
    await expect(world.resolve(id, "applied", aRequest(), "")).rejects.toMatchObject({ code: "reasonRequired" });
    await expect(world.resolve(id, "applied")).rejects.toMatchObject({ code: "notInReview" });
    expect(world.change(id).interventions).toBeUndefined();
  });
});

describe("look again", () => {
  test("a record that has arrived meanwhile settles the change", async () => {
    const world = setup();
    const id = await inReview(world, "lostAfter");
    world.partnerCenter.settings.orderDelayMs = 0;
    world.partnerCenter.showOrders();
    const looking = await world.lookAgain(id);
    expect(looking).toMatchObject({ state: "Purchasing" });
    expect(looking.outcome).toBeUndefined();
    await world.run(0);
    expect(world.change(id)).toMatchObject({ state: "Completed", steps: [{ attempts: [{ proof: { by: "order" } }] }] });
    expect(world.partnerCenter.effectiveWrites()).toHaveLength(1);
  });

  test("without anything new a person is asked again, and nothing was sent", async () => {
    const world = setup();
    const id = await inReview(world, "lostAfter");
    await world.lookAgain(id);
    await world.run(HOUR);
    expect(world.change(id)).toMatchObject({ state: "NeedsReview", outcome: { code: "needsReview" } });
    expect(world.partnerCenter.books.filter(({ by }) => by === "ledger")).toHaveLength(1);
    await expect(world.lookAgain(await world.submit())).rejects.toMatchObject({ code: "notInReview" });
  });
});

describe("cancel", () => {
  test("a change that waits is given up, and its message finds nothing to do", async () => {
    const world = setup();
    const id = await world.submit();
    await world.cancel(id, aRequest(), "Ordered by mistake");
    expect(world.change(id)).toMatchObject({
      state: "Cancelled",
      outcome: { code: "cancelled", message: "Cancelled by olga@msp.example: Ordered by mistake" },
    });
    expect(world.queue.waiting()).toHaveLength(1);
    await world.run(2 * HOUR);
    expect(world.change(id).state).toBe("Cancelled");
    expect(world.partnerCenter.books).toEqual([]);
    expect(world.openChanges()).toEqual([]);
    expect(world.auditEntries().at(-1)).toMatchObject({ action: "change.cancel", reason: "Ordered by mistake" });
  });

  test("a cancel that crosses the claim: either nothing is bought, or the caller is told that it is too late", async () => {
    const outcomes = new Set<string>();
    for (let head = -12; head <= 12; head++) {
      const world = setup();
      const id = await world.submit();
      const [message] = world.queue.waiting();
      const later = async (steps: number): Promise<void> => {
        for (let step = 0; step < steps; step++) await Promise.resolve();
      };
      const work = later(-head).then(() => world.handle(message!));
      const [cancel] = await Promise.allSettled([later(head).then(() => world.cancel(id)), work]);
      await world.run(2 * HOUR);
      const bought = world.partnerCenter.effectiveWrites().length;
      const { state } = world.change(id);
      if (cancel.status === "fulfilled") expect([state, bought]).toEqual(["Cancelled", 0]);
      else {
        expect(cancel.reason).toMatchObject({ code: "notPending" });
        expect([state, bought]).toEqual(["Completed", 1]);
      }
      outcomes.add(cancel.status);
      expect(world.lane().changeId).toBeUndefined();
    }
    expect([...outcomes].sort()).toEqual(["fulfilled", "rejected"]);
  });

  test("the change that was just woken for the lane is cancelled: the next one gets it at once", async () => {
    const world = setup();
    const pause = world.partnerCenter.pauseAt("afterWrite");
    await world.submit(ADD(1));
    const first = world.queue.deliverOne(world.handle);
    await pause.reached;
    const second = await world.submit(ADD(2));
    const third = await world.submit(ADD(3));
    await world.deliverDue();
    pause.release();
    await first;
    await world.cancel(second);
    await world.deliverDue();
    expect(world.change(third).state).toBe("Completed");
    expect(world.partnerCenter.quantityOf()).toBe(14);
  });

  test("a change that is being carried out, in review or at its end cannot be cancelled (notPending)", async () => {
    const world = setup();
    const reviewed = await inReview(world, "lostAfter");
    await expect(world.cancel(reviewed)).rejects.toMatchObject({ code: "notPending" });
    await world.resolve(reviewed, "applied");
    await expect(world.cancel(reviewed)).rejects.toMatchObject({ code: "notPending" });
  });
});

describe("retry", () => {
  async function failedChange(world: Setup): Promise<ChangeId> {
    world.partnerCenter.writeFaults.push(BUSY);
    const id = await world.submit(ADD(5));
    await world.run(0);
    expect(world.change(id).state).toBe("PurchaseFailed");
    expect(world.openChanges()).toEqual([]);
    return id;
  }

  test("a failed change is taken up again with a new message, and can succeed", async () => {
    const world = setup();
    const id = await failedChange(world);
    const retried = await world.retry(id);
    expect(retried).toMatchObject({ state: "PendingPurchase", released: true });
    expect(retried.outcome).toBeUndefined();
    expect(world.openChanges()).toEqual([id]);
    await world.run(0);
    expect(world.change(id)).toMatchObject({ state: "Completed", outcome: { quantityAfter: 15 } });
    expect(world.partnerCenter.effectiveWrites()).toHaveLength(1);
    expect(world.change(id).interventions).toMatchObject([
      { action: "retry", by: OLGA.name, before: { state: "PurchaseFailed", outcome: { microsoftCode: "800061" } } },
    ]);
  });

  test("two retries at once: one message, one purchase, and the second one is told (wrongState)", async () => {
    const world = setup();
    const id = await failedChange(world);
    const both = await Promise.allSettled([world.retry(id), world.retry(id)]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "wrongState" } });
    expect(world.queue.waiting()).toHaveLength(1);
    await world.run(HOUR);
    expect(world.partnerCenter.effectiveWrites()).toHaveLength(1);
  });

  test("tries that were used up are given anew", async () => {
    const world = setup();
    const busy = { kind: "answer", status: 409, body: { code: "900278" } } as const;
    world.partnerCenter.writeFaults.push(...Array.from({ length: 6 }, () => busy));
    const id = await world.submit(ADD(5));
    await world.runToTheEnd();
    expect(world.change(id)).toMatchObject({ state: "PurchaseFailed", outcome: { code: "attemptsUsedUp" } });
    await world.retry(id);
    await world.run(0);
    expect(world.change(id).state).toBe("Completed");
  });

  test("a change that failed and was cancelled stays cancelled", async () => {
    const world = setup();
    const id = await failedChange(world);
    await world.cancel(id);
    await expect(world.retry(id)).rejects.toMatchObject({ code: "wrongState" });
    expect(world.change(id).state).toBe("Cancelled");
  });

  test("it goes through the connection the tenant has now, and needs one", async () => {
    const world = setup();
    const id = await failedChange(world);
    const { connection: _gone, ...apart } = aConnectedTenant();
    world.store.forge(PARTITION, TENANT_ROW, apart);
    await expect(world.retry(id)).rejects.toMatchObject({ code: "tenantNotConnected" });
    const other = "s".repeat(26);
    world.store.forge(
      PARTITION,
      TENANT_ROW,
      aConnectedTenant({ connection: { ...aConnectedTenant().connection!, resellerId: other as never } }),
    );
    const head = world.store.dump(PARTITION).get(HEAD_ROW)!.value as object;
    world.store.forge(PARTITION, HEAD_ROW, { ...head, connection: "Disconnecting" });
    await expect(world.retry(id)).rejects.toMatchObject({ code: "operationInProgress" });
    world.store.forge(PARTITION, HEAD_ROW, { ...head, connection: "Connected" });
    expect((await world.retry(id)).resellerId).toBe(other);
  });
});

test("somebody who may not see the tenant finds no change there", async () => {
  const world = setup();
  const id = await world.submit();
  const stranger = { ...OLGA, scope: { kind: "some" as const, customerIds: [], tenantIds: [] } };
  for (const act of [world.cancel, world.retry, world.lookAgain]) {
    await expect(act(id, aRequest("k", stranger))).rejects.toMatchObject({ code: "notFound" });
  }
  expect(world.change(id).state).toBe("PendingPurchase");
});
