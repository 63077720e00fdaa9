import { accessTokenOf } from "../../local/demo/access-token";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { startSystem, withUsualLimits, type RunningSystem } from "./running-system";

jest.setTimeout(90_000);

const DAY_MS = 86_400_000;

let system: RunningSystem;
let adminToken: string;

beforeAll(async () => {
  // What a client of an installation does has to fit into the limits of one.
  system = await startSystem({ settings: withUsualLimits });
  adminToken = await tokenOf(`admin@${mspTenant.domain}`);
});
afterAll(() => system.close());

const tokenOf = (account: string): Promise<string> => accessTokenOf(system.platform.entra.url, account);

async function api<T>(route: string, token = adminToken): Promise<T> {
  const response = await fetch(`${system.platform.apiUrl}/api/v1/csp${route}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return response.json() as Promise<T>;
}

async function simulator<T>(route: string): Promise<T> {
  return (await fetch(`${system.platform.simulator.url}/_control${route}`)).json() as Promise<T>;
}

interface Listed<T> {
  value: T[];
}
interface Subscription {
  id: string;
  name: string;
  quantity: number;
  status: string;
  term: string;
}

function subscriptionsOf(customer: keyof typeof customerTenants): Promise<Subscription[]> {
  const { tenantId } = customerTenants[customer];
  return api<Listed<Subscription>>(`/tenants/${tenantId}/subscriptions`).then(({ value }) => value);
}

test("there are five roles to sign in as: four of the MSP's, and a user of a customer", async () => {
  const seen: Record<string, number> = {};
  for (const name of ["admin", "operator", "approver", "reader"]) {
    const { value } = await api<Listed<unknown>>("/tenants", await tokenOf(`${name}@${mspTenant.domain}`));
    seen[name] = value.length;
  }
  const user = await tokenOf(`user@${customerTenants.mueller.domain}`);
  const own = await api<Listed<{ displayName: string }>>("/tenants", user);
  expect(seen).toEqual({ admin: 5, operator: 3, approver: 2, reader: 5 });
  expect(own.value.map(({ displayName }) => displayName)).toEqual([customerTenants.mueller.name]);
});

test("one reseller is authorised, the other is not and its secret expires in twelve days", async () => {
  const { value } = await api<Listed<{ displayName: string; state: string; secretExpiresAt?: string }>>("/resellers");
  expect(value.map(({ displayName, state }) => [displayName, state])).toEqual([
    ["Northgate Cloud UK", "NotAuthorized"],
    ["Nordlicht CSP Deutschland", "Authorized"],
  ]);
  const days = (Date.parse(value[0]?.secretExpiresAt ?? "") - system.platform.clock.nowMs()) / DAY_MS;
  expect(days).toBeGreaterThan(11.9);
  expect(days).toBeLessThanOrEqual(12);
});

test("there are twelve customers, with umlauts and two names that are nearly the same", async () => {
  const { value } = await api<Listed<{ name: string }>>("/customers?$top=200");
  const names = value.map(({ name }) => name);
  expect(names).toHaveLength(12);
  expect(names).toEqual(
    expect.arrayContaining(["Müller & Söhne Metallbau GmbH", "Larkspur Dental", "Larkspur Dental Care"]),
  );
  const currencies = new Set(Object.values(customerTenants).map(({ currency }) => currency));
  expect(currencies).toEqual(new Set(["EUR", "GBP"]));
});

test("five tenants are connected, and what was done for them is in the audit log", async () => {
  const { value } =
    await api<Listed<{ displayName: string; tenantId: string; consent: { state: string } }>>("/tenants");
  expect(value).toHaveLength(5);
  expect(new Set(value.map(({ consent }) => consent.state))).toEqual(new Set(["Consented"]));
  for (const { tenantId } of value) {
    const log = await api<Listed<{ action: string; actor: { name: string } }>>(`/tenants/${tenantId}/audit-logs`);
    expect(log.value.map(({ action }) => action)).toEqual([
      "connection.create",
      "tenant.add",
      "tenant.consent.success",
      "tenant.register",
    ]);
    expect(log.value[0]?.actor.name).toContain("admin");
  }
});

test("the connected tenants have one subscription of nearly every kind", async () => {
  const [mueller, baeckerei, kanzlei, klinik, spedition] = await Promise.all(
    (["mueller", "baeckerei", "kanzlei", "klinik", "spedition"] as const).map(subscriptionsOf),
  );
  const named = (list: Subscription[] | undefined, name: string): Subscription | undefined =>
    list?.find((subscription) => subscription.name.includes(name));
  expect(named(mueller, "Stammbelegschaft")).toMatchObject({ term: "P1Y", status: "active" });
  expect(named(mueller, "Saisonkräfte")).toMatchObject({ term: "P1M", status: "active" });
  expect(named(mueller, "Teams Rooms")).toMatchObject({ quantity: 2 });
  expect(named(baeckerei, "(Trial)")).toMatchObject({ quantity: 25 });
  expect(named(baeckerei, "Teams Essentials")).toMatchObject({ status: "pending" });
  expect(named(kanzlei, "drei Jahre")).toMatchObject({ term: "P3Y", quantity: 60 });
  expect(named(klinik, "Grant")).toMatchObject({ quantity: 300, status: "active" });
  // It was to end a while ago and runs on month by month, as an extended service term.
  expect(named(spedition, "Office 365 E1")).toMatchObject({ term: "P1M", status: "active", quantity: 9 });
  expect(named(spedition, "Project Plan 3")).toMatchObject({ status: "suspended" });
});

test("behind the tenants that are not connected yet stand a base with its add-on, and a relationship that was removed", async () => {
  const { subscriptions } = await simulator<{
    subscriptions: { id: string; resource: { parentSubscriptionId?: string; friendlyName: string } }[];
  }>(`/subscriptions?customerId=${customerTenants.harbour.tenantId}`);
  const addOn = subscriptions.find(({ resource }) => resource.parentSubscriptionId !== undefined);
  const base = subscriptions.find(({ id }) => id === addOn?.resource.parentSubscriptionId);
  expect(base?.resource.friendlyName).toContain("Business Central");
  const removed = await simulator<{ relationships: object }>(`/customers/${customerTenants.tidewater.tenantId}`);
  expect(Object.values(removed.relationships)).toEqual(["none"]);
});

test("the orders of the last ninety days are dated relative to today, and some were made outside of this system", async () => {
  const { world } = system.platform.simulator.simulation;
  const now = system.platform.clock.nowMs();
  const recent = [...world.orders.values()].filter(({ createdAt }) => now - createdAt < 90 * DAY_MS);
  expect(recent.length).toBeGreaterThan(20);
  expect(Math.max(...recent.map(({ createdAt }) => createdAt))).toBeGreaterThan(now - 2 * DAY_MS);
  const changes = world.auditRecords.filter(({ at }) => now - at < 90 * DAY_MS);
  expect(changes.length).toBeGreaterThan(20);
  // Nothing was bought through this system yet.
  expect(await system.changes()).toEqual([]);
  expect(world.books).toEqual([]);
});
