import {
  getTenantWriteMode,
  getWriteMode,
  setTenantWriteMode,
  setWriteMode,
  type SwitchDeps,
} from "../../../../shared/domain/changes/switch-writes";
import { readWriteMode, type TenantWriteMode, type WriteMode } from "../../../../shared/domain/changes/write-mode";
import { HEAD_ROW, tenantPartition } from "../../../../shared/domain/decisions/head";
import { HOUR, MINUTE, OTHER_SUBSCRIPTION, SECOND, TENANT } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";
import { aRequest, OLGA, operatorsOf } from "../../../fakes/operators";

const PARTITION = tenantPartition(TENANT);
const ADD = (delta: number) => ({ ask: { kind: "add" as const, delta } });

/** A world whose worker and sweeper read the mode where the operations store it. */
function setup(unlessSet: WriteMode = "on") {
  const world = ledgerWorld();
  operatorsOf(world);
  world.writeModeFrom(() => readWriteMode(world.store, unlessSet));
  const deps: SwitchDeps = world.startProcess();
  const setMode = async (mode: WriteMode, request = aRequest()): Promise<void> =>
    setWriteMode(deps, request, { mode, etag: (await getWriteMode(deps)).etag });
  const setOwn = async (mode: TenantWriteMode): Promise<void> =>
    setTenantWriteMode(deps, aRequest(), TENANT, { mode, etag: (await getTenantWriteMode(deps, OLGA, TENANT)).etag });
  return { ...world, deps, setMode, setOwn };
}

test("until somebody sets it the mode is the installation's", async () => {
  const { deps } = setup("listed");
  expect(await getWriteMode(deps)).toMatchObject({ mode: "listed" });
  expect(await getTenantWriteMode(deps, OLGA, TENANT)).toMatchObject({ mode: "default", effective: false });
});

test("switched off, nothing is written from that moment; switched on, what waited goes on at once", async () => {
  const { setMode, submit, run, change, partnerCenter, clock } = setup();
  await setMode("off");
  const ids = [await submit(ADD(1)), await submit({ ...ADD(2), subscriptionId: OTHER_SUBSCRIPTION })];
  partnerCenter.add(OTHER_SUBSCRIPTION);
  await run(MINUTE);
  for (const id of ids) expect(change(id)).toMatchObject({ state: "PendingPurchase", parkedReason: "writesOff" });
  expect(partnerCenter.books).toEqual([]);

  await setMode("on");
  const before = clock.nowMs();
  await run(0);
  expect(ids.map((id) => change(id).state)).toEqual(["Completed", "Completed"]);
  expect(clock.nowMs()).toBe(before);
  expect(partnerCenter.effectiveWrites()).toHaveLength(2);
});

test("the message that was to come after the pause finds nothing to do any more", async () => {
  const { setMode, submit, run, partnerCenter } = setup();
  await setMode("off");
  await submit(ADD(1));
  await run(SECOND);
  await setMode("on");
  await run(HOUR);
  expect(partnerCenter.books).toHaveLength(1);
});

test("a switch that does not reach this tenant wakes nothing; naming the tenant does", async () => {
  const { setMode, setOwn, submit, run, change, partnerCenter, deps } = setup("off");
  const id = await submit(ADD(1));
  await run(0);
  const { enqueued } = change(id);
  await setMode("listed");
  await run(SECOND);
  expect(change(id)).toMatchObject({ parkedReason: "writesOff", enqueued });
  await setOwn("on");
  await run(0);
  expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
  expect(await getTenantWriteMode(deps, OLGA, TENANT)).toMatchObject({ mode: "on", effective: true });
});

test("a tenant that is switched off stays off while everybody is on, and follows again by default", async () => {
  const { setOwn, submit, run, change, deps, store } = setup("on");
  await setOwn("off");
  expect(await getTenantWriteMode(deps, OLGA, TENANT)).toMatchObject({ mode: "off", effective: false });
  const id = await submit(ADD(1));
  await run(SECOND);
  expect(change(id)).toMatchObject({ state: "PendingPurchase", parkedReason: "writesOff" });
  await setOwn("default");
  await run(0);
  expect(change(id).state).toBe("Completed");
  expect(store.dump(PARTITION).get(HEAD_ROW)?.value).not.toHaveProperty("writeMode");
});

test("what the switch did not come to, because its process died, the sweeper wakes within its minute", async () => {
  const { setMode, submit, run, change, deps } = setup();
  await setMode("off");
  const id = await submit(ADD(1));
  await run(SECOND);
  const { entries } = deps.work;
  deps.work.entries = () => {
    throw new Error("The process died.");
  };
  await setMode("on");
  deps.work.entries = entries;
  expect(change(id).parkedReason).toBe("writesOff");
  await run(61 * SECOND);
  expect(change(id).state).toBe("Completed");
});

test("hundreds of parked changes are all woken, in decisions small enough for the table", async () => {
  const { setMode, submit, run, changes, queue, auditBreaks } = setup();
  await setMode("off");
  for (let i = 0; i < 45; i++) await submit(ADD(1));
  await run(0);
  queue.lose();
  await setMode("on");
  expect(changes().filter(({ parkedReason }) => parkedReason !== undefined)).toEqual([]);
  expect(new Set(queue.waiting().map(({ messageId }) => messageId)).size).toBe(45);
  expect(await auditBreaks()).toEqual([]);
});

test("who decided on another version is refused, and so is a key used for it before", async () => {
  const { deps, setMode } = setup();
  const { etag } = await getWriteMode(deps);
  await setMode("off", aRequest("first"));
  await expect(setWriteMode(deps, aRequest(), { mode: "on", etag })).rejects.toMatchObject({ code: "etagMismatch" });
  await setWriteMode(deps, aRequest("first"), { mode: "off", etag });
  const other = { ...aRequest(), idempotency: { hash: "first", bodyHash: "another" } };
  await expect(setWriteMode(deps, other, { mode: "on", etag })).rejects.toMatchObject({ code: "idempotencyKeyReused" });
  expect(await getWriteMode(deps)).toMatchObject({ mode: "off", changedBy: OLGA.name });
});

test("each switch is recorded, with what it was before", async () => {
  const { setOwn, auditEntries } = setup();
  await setOwn("off");
  expect(auditEntries().at(-1)).toMatchObject({
    ...{ action: "settings.writeMode", actor: { name: OLGA.name }, tenantId: TENANT },
    ...{ before: { mode: "default" }, after: { mode: "off" } },
  });
});
