import { SubscriptionId } from "../../../shared/domain/access/ids";
import { tenantPartition } from "../../../shared/domain/decisions/head";
import type { SubscriptionSnapshot } from "../../../shared/domain/subscriptions/snapshot-store";
import { snapshotTable } from "../../../shared/storage/snapshot-table";
import { tableStateStore } from "../../../shared/storage/table-state-store";
import { after, MINUTE, START, SUBSCRIPTION, TENANT } from "../../build/ids";
import { freshTable } from "./tables-fixture";

const snapshot = (quantity: number, asOf = START, subscriptionId: string = SUBSCRIPTION): SubscriptionSnapshot => ({
  subscriptionId,
  asOf: asOf.toISOString(),
  friendlyName: "Premium",
  offerName: "Premium",
  productSku: "CFQ7TTC0LCHC:0002",
  quantity,
  status: "active",
  raw: { id: subscriptionId, quantity },
});

test("a snapshot comes back as it was stored, and what was never seen does not", async () => {
  const snapshots = snapshotTable(await freshTable());
  await snapshots.putAll(TENANT, [snapshot(10)]);
  expect(await snapshots.find(TENANT, SUBSCRIPTION)).toEqual(snapshot(10));
  expect(await snapshots.find(TENANT, SubscriptionId.parse(TENANT))).toBeUndefined();
});

test("a newer snapshot wins, an older or equally old one does not", async () => {
  const snapshots = snapshotTable(await freshTable());
  await snapshots.putAll(TENANT, [snapshot(10, after(MINUTE))]);
  await snapshots.putAll(TENANT, [snapshot(11, START)]);
  await snapshots.putAll(TENANT, [snapshot(12, after(MINUTE))]);
  expect((await snapshots.find(TENANT, SUBSCRIPTION))?.quantity).toBe(10);
  await snapshots.putAll(TENANT, [snapshot(13, after(2 * MINUTE))]);
  expect((await snapshots.find(TENANT, SUBSCRIPTION))?.quantity).toBe(13);
});

test("more subscriptions than fit into one transaction are all stored", async () => {
  const snapshots = snapshotTable(await freshTable());
  const ids = Array.from({ length: 130 }, (_, i) => `20000000-0000-4000-8000-${String(i).padStart(12, "0")}`);
  await snapshots.putAll(
    TENANT,
    ids.map((id, i) => snapshot(i, START, id)),
  );
  const found = await Promise.all(ids.map((id) => snapshots.find(TENANT, SubscriptionId.parse(id))));
  expect(found.map((one) => one?.quantity)).toEqual(ids.map((_, i) => i));
});

test("two readers of the same moment do not disturb each other", async () => {
  const snapshots = snapshotTable(await freshTable());
  await Promise.all([1, 2, 3].map(() => snapshots.putAll(TENANT, [snapshot(10)])));
  expect((await snapshots.find(TENANT, SUBSCRIPTION))?.quantity).toBe(10);
});

test("snapshots lie beside the ledger's rows and touch none of them", async () => {
  const table = await freshTable();
  const store = tableStateStore(table);
  const partition = tenantPartition(TENANT);
  await store.commit(partition, [{ kind: "create", row: "head", value: { seq: 1 } }]);
  const before = await store.get(partition, "head");
  await snapshotTable(table).putAll(TENANT, [snapshot(10)]);
  expect(await store.get(partition, "head")).toEqual(before);
  expect((await store.list(partition, { prefix: "sub_", limit: 10 })).rows.map(({ value }) => value)).toEqual([
    snapshot(10),
  ]);
});
