import { AppError } from "../../../../shared/errors";
import { TenantId } from "../../../../shared/domain/access/ids";
import { MSP_PARTITION, tenantPartition } from "../../../../shared/domain/decisions/head";
import { sliceRow } from "../../../../shared/domain/onboarding/onboarding-batch";
import { TENANT_ROW } from "../../../../shared/domain/tenants/tenant";
import { HOUR, MINUTE, SECOND } from "../../../build/ids";
import { cspCustomerId, onboardingWorld } from "../../../fakes/onboarding-world";

const partitionOf = (number: number): string => tenantPartition(TenantId.parse(cspCustomerId(number)));
const throttled = (seconds: number): AppError =>
  new AppError("upstream", "upstreamThrottled", "Wait.", { retryAfterSeconds: seconds });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => cspCustomerId(index + 1));

describe("a batch that cannot go on now", () => {
  test("a throttle parks it until the time Microsoft named; nothing is called before", async () => {
    const world = onboardingWorld(20);
    const batchId = await world.apply(numbered(20));
    const before = world.partnerCenter.calls;
    world.partnerCenter.faults.push(throttled(90));
    await world.run(80 * SECOND);
    expect((await world.batch(batchId)).batch).toMatchObject({ state: "Running", parkedReason: "throttled" });
    expect(world.partnerCenter.calls).toBe(before + 1);
    await world.run(30 * SECOND);
    const { batch } = await world.batch(batchId);
    expect(batch).toMatchObject({ state: "Finished", counts: { connected: 20 } });
    expect(batch).not.toHaveProperty("parkedReason");
  });

  test("a sign-in that was withdrawn parks it; after the reseller is authorised again it goes on by itself", async () => {
    const world = onboardingWorld(20);
    const batchId = await world.apply(numbered(20));
    world.setReseller("Revoked");
    await world.run(2 * HOUR);
    expect((await world.batch(batchId)).batch).toMatchObject({ parkedReason: "resellerNotAuthorized" });
    world.setReseller("Authorized");
    await world.run(11 * MINUTE);
    expect((await world.batch(batchId)).batch).toMatchObject({ state: "Finished", counts: { connected: 20 } });
  });

  test("nobody authorises it for a day: what is left is answered with that, and the batch ends", async () => {
    const world = onboardingWorld(20);
    const batchId = await world.apply(numbered(20));
    world.setReseller("Revoked");
    await world.run(25 * HOUR);
    const { batch, items } = await world.batch(batchId);
    expect(batch).toMatchObject({ state: "Finished", counts: { failed: 20 } });
    expect(new Set(items.map(({ code }) => code))).toEqual(new Set(["resellerNotAuthorized"]));
  });

  test("an outage of Partner Center is looked at less and less often, and the batch goes on after it", async () => {
    const world = onboardingWorld(2);
    const batchId = await world.apply(numbered(2));
    const before = world.partnerCenter.calls;
    for (let i = 0; i < 6; i++) {
      world.partnerCenter.faults.push(new AppError("upstream", "upstreamError", "Partner Center did not answer."));
    }
    await world.run(HOUR);
    expect((await world.batch(batchId)).batch.counts.connected).toBe(2);
    expect(world.partnerCenter.calls).toBe(before + 7);
  });

  test("one row nobody can read stops its own item only, which fails after five tries (internalError)", async () => {
    const world = onboardingWorld(20);
    const batchId = await world.apply(numbered(20));
    world.store.forge(partitionOf(3), "onboarded_" + batchId, { steps: "broken" });
    await world.run(SECOND);
    const waiting = await world.batch(batchId);
    expect(waiting.batch).toMatchObject({ state: "Running", parkedReason: "outage" });
    expect(waiting.items.filter(({ outcome }) => outcome === "connected")).toHaveLength(17);
    await world.run(HOUR);
    const { batch, items } = await world.batch(batchId);
    expect(batch).toMatchObject({ state: "Finished", counts: { connected: 19, failed: 1 } });
    expect(items[2]).toMatchObject({ outcome: "failed", status: 500, code: "internalError" });
    expect(world.actionsOf(cspCustomerId(2))).toEqual(["tenant.register", "tenant.add", "connection.create"]);
  });

  test("a row of the slice itself that nobody can read ends in the dead letters, and is answered", async () => {
    const world = onboardingWorld(2);
    const batchId = await world.apply(numbered(2));
    const good = world.store.dump(MSP_PARTITION).get(sliceRow(batchId, 0))?.value;
    world.store.forge(MSP_PARTITION, sliceRow(batchId, 0), { items: "broken" });
    await world.run(15 * MINUTE);
    expect((await world.batch(batchId).catch(() => undefined))?.batch).toBeUndefined();
    expect(world.audit(MSP_PARTITION).map(({ action }) => action)).toContain("onboarding.deadLetter");
    world.store.forge(MSP_PARTITION, sliceRow(batchId, 0), good);
    await world.run(2 * HOUR);
    expect((await world.batch(batchId)).batch.state).toBe("Finished");
  });

  test("a tenant whose row nobody can read is answered with that (internalError), and stops nobody", async () => {
    const world = onboardingWorld(3);
    const batchId = await world.apply(numbered(3));
    world.store.forge(partitionOf(1), TENANT_ROW, { inModule: "perhaps" });
    await world.run(SECOND);
    expect(await world.outcomes(batchId)).toEqual(["internalError", "connected", "connected"]);
    expect((await world.plan(numbered(3))).items.map(({ outcome }) => outcome)).toEqual([
      ...["refused", "alreadyConnected", "alreadyConnected"],
    ]);
  });

  test("a mistake of ours that never goes away ends the batch, and nobody waits for ever (internalError)", async () => {
    const world = onboardingWorld(20);
    const batchId = await world.apply(numbered(20));
    for (let i = 0; i < 200; i++) world.partnerCenter.faults.push(new TypeError("a mistake of ours"));
    await world.run(HOUR);
    const { batch, items } = await world.batch(batchId);
    expect(batch).toMatchObject({ state: "Finished", counts: { failed: 20 } });
    expect(new Set(items.map(({ code }) => code))).toEqual(new Set(["internalError"]));
  });
});
