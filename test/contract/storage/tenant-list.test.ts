import { CustomerId, TenantId } from "../../../shared/domain/access/ids";
import type { TenantEntry } from "../../../shared/domain/tenants/tenant-list";
import type { Tenant } from "../../../shared/domain/tenants/tenant";
import { createRowCodec } from "../../../shared/storage/row-codec";
import { tenantListTable } from "../../../shared/storage/tenant-list-table";
import { after, CUSTOMER, MINUTE, START } from "../../build/ids";
import { freshTable } from "./tables-fixture";

const idOf = (n: number): TenantId => TenantId.parse(`10000000-0000-4000-8000-${String(n).padStart(12, "0")}`);
const tenant = (n: number, displayName = `Tenant ${n}`): Tenant => ({
  tenantId: idOf(n),
  customerId: CUSTOMER,
  displayName,
  domain: "",
  consent: { state: "Consented", permissions: [] },
  inModule: true,
  registeredAt: START.toISOString(),
});
const everything = { limit: 100, keep: () => true };

async function setup() {
  const list = tenantListTable(await freshTable());
  const names = async (): Promise<string[]> =>
    (await list.list(everything)).value.map((entry) => entry.tenant.displayName);
  return { list, names };
}

test("a tenant that was put is listed", async () => {
  const { list } = await setup();
  await list.put({ seq: 1, tenant: tenant(1) });
  expect(await list.list(everything)).toEqual({ value: [{ seq: 1, tenant: tenant(1) }] });
});

test("a newer state of a tenant takes the place of the older one", async () => {
  const { list, names } = await setup();
  await list.put({ seq: 1, tenant: tenant(1, "Old") });
  await list.put({ seq: 2, tenant: tenant(1, "New") });
  expect(await names()).toEqual(["New"]);
});

test("messages out of order do not bring an older state back", async () => {
  const { list, names } = await setup();
  await list.put({ seq: 9, tenant: tenant(1, "Newest") });
  await list.put({ seq: 3, tenant: tenant(1, "Older") });
  await list.put({ seq: 9, tenant: tenant(1, "Same number") });
  expect(await names()).toEqual(["Newest"]);
});

test("a sync, which is no decision, shows beside the same state, and an older one does not take it away", async () => {
  const { list } = await setup();
  const entry = { seq: 2, tenant: tenant(1) };
  const synced = { ...entry, lastSyncedAt: after(MINUTE).toISOString() };
  await list.put(entry);
  await list.put(synced);
  await list.put(entry);
  await list.put({ ...entry, lastSyncedAt: START.toISOString() });
  expect(await list.list(everything)).toEqual({ value: [synced] });
});

test("one customer's tenants are chosen by the service, and a tenant that moved goes with its new customer", async () => {
  const { list } = await setup();
  const other = CustomerId.parse("d".repeat(26));
  await list.put({ seq: 1, tenant: tenant(1) });
  await list.put({ seq: 1, tenant: { ...tenant(2), customerId: other } });
  const idsOf = async (customerId: CustomerId): Promise<string[]> =>
    (await list.list({ ...everything, customerId })).value.map((entry) => entry.tenant.tenantId);
  expect([await idsOf(CUSTOMER), await idsOf(other)]).toEqual([[idOf(1)], [idOf(2)]]);
  await list.put({ seq: 2, tenant: { ...tenant(1), customerId: other } });
  expect([await idsOf(CUSTOMER), await idsOf(other)]).toEqual([[], [idOf(1), idOf(2)]]);
});

test("many handlers at once leave the newest state, whoever comes last", async () => {
  const { list, names } = await setup();
  const order = [4, 8, 1, 7, 2, 6, 3, 5];
  await Promise.all(order.map((seq) => list.put({ seq, tenant: tenant(1, `State ${seq}`) })));
  expect(await names()).toEqual(["State 8"]);
});

test("the list comes in pages, in order, without holes or doubles", async () => {
  const { list } = await setup();
  await Promise.all([5, 3, 1, 4, 2].map((n) => list.put({ seq: 1, tenant: tenant(n) })));
  const pages: string[][] = [];
  let after: string | undefined;
  do {
    const page = await list.list({ limit: 2, after, keep: () => true });
    pages.push(page.value.map((entry) => entry.tenant.displayName));
    after = page.next;
  } while (after);
  expect(pages).toEqual([["Tenant 1", "Tenant 2"], ["Tenant 3", "Tenant 4"], ["Tenant 5"]]);
});

test("what the caller may not see takes no place on a page", async () => {
  const { list } = await setup();
  await Promise.all([1, 2, 3, 4, 5].map((n) => list.put({ seq: 1, tenant: tenant(n) })));
  const even = (entry: TenantEntry): boolean => Number(entry.tenant.displayName.slice(-1)) % 2 === 0;
  const value = [2, 4].map((n) => ({ seq: 1, tenant: tenant(n) }));
  expect(await list.list({ limit: 2, keep: even })).toEqual({ value });
});

test("entries for a newer release alone, and those that are called so, are counted on the page they stand on", async () => {
  const table = await freshTable();
  const [list, ofNext] = [tenantListTable(table), createRowCodec([{ rowReadableFrom: () => 2 }])];
  for (const n of [1, 2, 4, 5]) await list.put({ seq: 1, tenant: tenant(n) });
  for (const n of [3, 6]) {
    const entity = ofNext.toEntity("tenants", idOf(n), { seq: 1, tenant: tenant(n) });
    await table.createEntity({ ...entity, customerId: CUSTOMER });
  }
  const ask = {
    limit: 2,
    keep: (entry: TenantEntry) => (entry.tenant.tenantId === idOf(2) ? ("newer" as const) : true),
    countNewer: (entry: { tenantId: TenantId; customerId: CustomerId }) =>
      entry.tenantId !== idOf(6) && entry.customerId === CUSTOMER,
  };
  const first = await list.list(ask);
  expect([first.value.map((entry) => entry.tenant.tenantId), first.notShown]).toEqual([[idOf(1), idOf(4)], 2]);
  const second = await list.list({ ...ask, after: first.next });
  expect([second.value.map((entry) => entry.tenant.tenantId), second.notShown]).toEqual([[idOf(5)], undefined]);
});
