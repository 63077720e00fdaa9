import { TenantId } from "../../../../shared/domain/access/ids";
import { resellerUseRow } from "../../../../shared/domain/connections/reseller-use";
import { customerRow } from "../../../../shared/domain/customers/customer";
import { NewerVersionError } from "../../../../shared/domain/decisions/newer-version";
import type { StateStore } from "../../../../shared/domain/decisions/state-store";
import { HEAD_ROW, MSP_PARTITION, tenantPartition } from "../../../../shared/domain/decisions/head";
import { OnboardingPointer } from "../../../../shared/domain/onboarding/enqueue-slice";
import { runOnboarding } from "../../../../shared/domain/onboarding/run-onboarding";
import { resellerRow } from "../../../../shared/domain/resellers/reseller";
import { MINUTE, RESELLER } from "../../../build/ids";
import { cspCustomerId, onboardingWorld } from "../../../fakes/onboarding-world";

const partitionOf = (number: number): string => tenantPartition(TenantId.parse(cspCustomerId(number)));
const numbered = (count: number) => Array.from({ length: count }, (_, index) => cspCustomerId(index + 1));

describe("a batch that nothing disturbs", () => {
  test("forty customers are registered, added, connected and synced, each once, in three slices", async () => {
    const world = onboardingWorld(40);
    const batchId = await world.apply(numbered(40));
    await world.run(MINUTE);
    const { batch, items } = await world.batch(batchId);
    expect(batch).toMatchObject({
      state: "Finished",
      slices: 3,
      counts: { connected: 40, alreadyConnected: 0, failed: 0 },
    });
    expect(items.every(({ outcome }) => outcome === "connected")).toBe(true);
    for (const id of numbered(40)) {
      expect(world.actionsOf(id)).toEqual(["tenant.register", "tenant.add", "connection.create"]);
      expect(world.tenant(id)).toMatchObject({
        ...{ inModule: true, consent: { state: "NeedsConsent" } },
        connection: { resellerId: RESELLER, cspCustomerId: id, connectedBy: "olga@msp.example" },
      });
    }
    expect(world.synced.sort()).toEqual(numbered(40));
    // Two plans and three slices, each one page of the customer list.
    expect(world.partnerCenter.calls).toBe(5);
    expect(await world.auditBreaks(MSP_PARTITION)).toEqual([]);
  });

  test("everything is done under the name of whoever asked, from start to finish", async () => {
    const world = onboardingWorld(2);
    await world.apply(numbered(2));
    await world.run(MINUTE);
    const entries = [...world.audit(MSP_PARTITION), ...world.audit(partitionOf(1))];
    const about = {
      actor: { kind: "user", name: "olga@msp.example" },
      correlationId: "correlation",
      clientIp: "192.0.2.7",
    };
    for (const entry of entries) expect(entry).toMatchObject(about);
    expect(world.audit(MSP_PARTITION).map(({ action }) => action)).toEqual([
      "onboarding.start",
      ...["customer.create", "customer.create", "reseller.use", "reseller.use"],
      "onboarding.finish",
    ]);
    expect(world.audit(MSP_PARTITION).at(-1)?.after).toEqual({
      customers: 2,
      connected: 2,
      alreadyConnected: 0,
      failed: 0,
    });
  });

  test("five hundred customers with the longest names fit into rows and transactions", async () => {
    const world = onboardingWorld();
    for (const [index] of numbered(500).entries()) world.list(index + 1, `${"Ü".repeat(95)}${index}`);
    const batchId = await world.apply(numbered(500));
    await world.run(MINUTE);
    const { batch } = await world.batch(batchId);
    expect(batch.counts).toEqual({ connected: 500, alreadyConnected: 0, failed: 0 });
    const sizes = [...world.store.dump(MSP_PARTITION).values()].map(({ value }) => JSON.stringify(value).length);
    expect(Math.max(...sizes)).toBeLessThan(30_000);
  });

  test("tenants that share a new customer come under one record, whichever slice they are in", async () => {
    const world = onboardingWorld();
    const ids = numbered(20).map((_, index) => world.list(index + 1, "Larkspur"));
    const batchId = await world.apply(ids, "key", { from: "companyName", whenTaken: "reuse" });
    await world.run(MINUTE);
    expect((await world.batch(batchId)).batch.counts.connected).toBe(20);
    expect(new Set(ids.map((id) => world.tenant(id)?.customerId)).size).toBe(1);
    expect(world.audit(MSP_PARTITION).filter(({ action }) => action === "customer.create")).toHaveLength(1);
  });

  test("a reseller with more customers than a page is read no further than needed", async () => {
    const world = onboardingWorld(100);
    world.partnerCenter.pageSize = 10;
    const batchId = await world.apply([cspCustomerId(11), cspCustomerId(12)]);
    await world.run(MINUTE);
    expect(await world.outcomes(batchId)).toEqual(["connected", "connected"]);
    expect(world.partnerCenter.calls).toBe(6);
  });
});

describe("the world moves while a batch runs", () => {
  test("a customer that leaves the reseller is answered so; the others are connected", async () => {
    const world = onboardingWorld(3);
    const batchId = await world.apply(numbered(3));
    world.listed.delete(cspCustomerId(2));
    await world.run(MINUTE);
    expect(await world.outcomes(batchId)).toEqual(["connected", "customerNotFound", "connected"]);
    // Nothing is made for it: no customer record, no use of the reseller, no tenant.
    const rows = [...world.store.dump(MSP_PARTITION).keys()];
    expect(rows.filter((row) => row.startsWith("customer_"))).toHaveLength(2);
    expect(rows).not.toContain(resellerUseRow(RESELLER, TenantId.parse(cspCustomerId(2))));
    expect(world.tenant(cspCustomerId(2))).toBeUndefined();
  });

  test("a customer record that was to be reused is deleted: that item fails, the others do not", async () => {
    const world = onboardingWorld(2);
    const first = await world.apply([cspCustomerId(1)], "first");
    await world.run(MINUTE);
    world.list(3, "Customer 1");
    const second = await world.apply([cspCustomerId(3), cspCustomerId(2)], "second", {
      ...{ from: "companyName", whenTaken: "reuse" },
    });
    const customerId = (await world.batch(first)).items[0]?.customer?.id;
    world.store.destroy(MSP_PARTITION, customerRow(customerId!));
    await world.run(MINUTE);
    expect(await world.outcomes(second)).toEqual(["customerDeleted", "connected"]);
  });

  test("a name that somebody took since the plan is not used twice (duplicate)", async () => {
    const world = onboardingWorld(2);
    const batchId = await world.apply(numbered(2));
    world.list(9, "CUSTOMER 1");
    await world.apply([cspCustomerId(9)], "other");
    const [, other] = world.queue.waiting();
    await world.handle(other!);
    await world.run(MINUTE);
    expect(await world.outcomes(batchId)).toEqual(["duplicate", "connected"]);
  });

  test("somebody connects a tenant by hand meanwhile: it is already connected, and nothing is done to it", async () => {
    const world = onboardingWorld(2);
    const first = await world.apply(numbered(2), "first");
    const second = await world.apply(numbered(2), "second");
    const [, message] = world.queue.waiting();
    await world.handle(message!);
    await world.run(MINUTE);
    expect(await world.outcomes(second)).toEqual(["connected", "connected"]);
    expect(await world.outcomes(first)).toEqual(["alreadyConnected", "alreadyConnected"]);
    expect(world.actionsOf(cspCustomerId(1))).toEqual(["tenant.register", "tenant.add", "connection.create"]);
  });

  test("two batches at the very same moment connect every tenant once", async () => {
    const world = onboardingWorld(20);
    const ids = [await world.apply(numbered(20), "first"), await world.apply(numbered(20), "second")];
    while (world.queue.waiting().length > 0) {
      const due = world.queue.waiting();
      world.queue.lose();
      await Promise.all(due.map((message) => world.handle(message)));
    }
    for (const id of numbered(20)) {
      expect(world.actionsOf(id)).toEqual(["tenant.register", "tenant.add", "connection.create"]);
    }
    for (const id of ids) {
      const { batch } = await world.batch(id);
      expect(batch.state).toBe("Finished");
    }
  });

  test("the reseller is deleted: what is left is answered with that", async () => {
    const world = onboardingWorld(20);
    const batchId = await world.apply(numbered(20));
    world.store.destroy(MSP_PARTITION, resellerRow(RESELLER));
    await world.run(MINUTE);
    const { batch, items } = await world.batch(batchId);
    expect(batch).toMatchObject({ state: "Finished", counts: { failed: 20 } });
    expect(new Set(items.map(({ code }) => code))).toEqual(new Set(["resellerDeleted"]));
  });

  test("a tenant that is being disconnected is left alone (operationInProgress)", async () => {
    const world = onboardingWorld(2);
    const first = await world.apply(numbered(2), "first");
    await world.run(MINUTE);
    const head = world.store.dump(partitionOf(1)).get(HEAD_ROW)?.value as object;
    world.store.forge(partitionOf(1), HEAD_ROW, { ...head, connection: "Disconnecting" });
    const second = await world.apply(numbered(2), "second");
    await world.run(MINUTE);
    expect(await world.outcomes(first)).toEqual(["connected", "connected"]);
    expect(await world.outcomes(second)).toEqual(["operationInProgress", "alreadyConnected"]);
  });

  test("another worker makes the customer between two reads of this one: nothing is refused", async () => {
    const world = onboardingWorld(1);
    const batchId = await world.apply(numbered(1));
    await world.queue.deliverOne(async ({ body }) => {
      const pointer = OnboardingPointer.parse(body);
      let made = (): void => undefined;
      const isMade = new Promise<void>((resolve) => (made = resolve));
      let isOver = (): void => undefined;
      const thisOne = new Promise<void>((resolve) => (isOver = resolve));
      // The other one stands still as soon as it has made the customer, until this one has said what it found.
      const commit: StateStore["commit"] = async (partition, writes) => {
        if (partition !== MSP_PARTITION) await thisOne;
        const committed = await world.store.commit(partition, writes);
        if (partition === MSP_PARTITION) made();
        return committed;
      };
      let other: Promise<void> | undefined;
      const get: StateStore["get"] = async (partition, row) => {
        if (!other && row.startsWith("name_")) {
          other = runOnboarding({ ...world.startProcess(), store: { ...world.store, commit } }, pointer);
          await isMade;
        }
        return world.store.get(partition, row);
      };
      await runOnboarding({ ...world.startProcess(), store: { ...world.store, get } }, pointer);
      isOver();
      expect(other).toBeDefined();
      await other;
    });
    await world.run(MINUTE);
    expect(await world.outcomes(batchId)).toEqual(["connected"]);
  });
});

test("a tenant that only a newer release may read holds its slice up, and does not fail; the slice goes on when it can be read", async () => {
  const world = onboardingWorld(3);
  const batchId = await world.apply(numbered(3));
  world.store.forge(partitionOf(2), "tenant", {});
  world.store.seal(partitionOf(2), "tenant");
  const [message] = world.queue.waiting();
  for (let tries = 0; tries < 8; tries++) await expect(world.handle(message!)).rejects.toThrow(NewerVersionError);
  expect((await world.batch(batchId)).batch).toMatchObject({ state: "Running", tries: 0 });
  world.store.destroy(partitionOf(2), "tenant");
  world.store.unseal(partitionOf(2), "tenant");
  await world.handle(message!);
  await world.run(MINUTE);
  expect(await world.outcomes(batchId)).toEqual(["connected", "connected", "connected"]);
});

test("a tenant that becomes a newer release's while the slice is written counts as no failed try", async () => {
  const world = onboardingWorld(2);
  const batchId = await world.apply(numbered(2));
  world.store.forge(partitionOf(2), "head", { seq: 0, auditHash: "" });
  world.store.seal(partitionOf(2), "head");
  const [message] = world.queue.waiting();
  for (let tries = 0; tries < 8; tries++) await expect(world.handle(message!)).rejects.toThrow(NewerVersionError);
  expect((await world.batch(batchId)).batch).toMatchObject({ state: "Running", tries: 0 });
  world.store.unseal(partitionOf(2), "head");
  await world.handle(message!);
  await world.run(MINUTE);
  expect(await world.outcomes(batchId)).toEqual(["connected", "connected"]);
});
