import { demo } from "../../../local/partner-center-simulator/presets/demo";
import { scale } from "../../../local/partner-center-simulator/presets/scale";
import { startSimulator, type Simulator } from "../../../local/partner-center-simulator/start-simulator";
import type { Subscription } from "../../../local/partner-center-simulator/world";
import { customerTenants, resellerTenants } from "../../../local/presets/tenants";
import { VirtualClock } from "../../../local/virtual-clock";

const clock = (): VirtualClock => new VirtualClock({ start: new Date("2026-11-22T08:00:00Z"), running: false });

describe("the demo", () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ clock: clock(), seed: demo() });
  });
  afterAll(() => simulator.close());

  const world = () => simulator.simulation.world;
  const of = (customer: keyof typeof customerTenants): Subscription[] =>
    [...world().subscriptions.values()].filter(({ customerId }) => customerId === customerTenants[customer].tenantId);

  test("has two resellers and twelve customers, in euro and pounds, two of them with almost one name", () => {
    expect([...world().partners.keys()]).toEqual([
      resellerTenants.nordlicht.tenantId,
      resellerTenants.northgate.tenantId,
    ]);
    const customers = [...world().customers.values()];
    expect(customers).toHaveLength(12);
    expect(new Set(customers.map(({ currency }) => currency))).toEqual(new Set(["EUR", "GBP"]));
    const names = customers.map(({ resource }) => resource.companyProfile.companyName);
    expect(names).toEqual(
      expect.arrayContaining(["Müller & Söhne Metallbau GmbH", "Larkspur Dental", "Larkspur Dental Care"]),
    );
    expect(world().customers.get(customerTenants.tidewater.tenantId)?.relationships).toEqual({
      [resellerTenants.nordlicht.tenantId]: "none",
    });
    expect(world().customers.get(customerTenants.spedition.tenantId)?.agreementConfirmed).toBe(false);
  });

  test("shows every kind of subscription", () => {
    const found = [...world().subscriptions.values()];
    const statuses = new Set(found.map(({ resource }) => resource.status));
    expect(statuses).toEqual(new Set(["active", "suspended", "pending", "expired"]));
    expect(new Set(found.map(({ resource }) => resource.termDuration))).toEqual(new Set(["P1M", "P1Y", "P3Y"]));
    expect(found.filter(({ resource }) => resource.isTrial)).toHaveLength(1);
    expect(found.filter(({ extendedServiceTerm }) => extendedServiceTerm)).toHaveLength(1);
    expect(found.filter(({ resource }) => resource.parentSubscriptionId !== undefined)).toHaveLength(1);
    expect(found.filter(({ resource }) => resource.scheduledNextTermInstructions && !resource.isTrial)).toHaveLength(1);
    const terms = of("mueller").map(({ resource }) => `${resource.offerName} ${resource.termDuration}`);
    expect(terms).toEqual(
      expect.arrayContaining(["Microsoft 365 Business Premium P1Y", "Microsoft 365 Business Premium P1M"]),
    );
    expect(of("klinik").some(({ resource }) => resource.quantity === 300)).toBe(true);
  });

  test("has an over-assigned customer and a device licence nobody has", () => {
    const larkspur = world().customers.get(customerTenants.larkspur.tenantId);
    const [use] = Object.values(larkspur?.licenceUse ?? {});
    expect(use?.consumedUnits).toBeGreaterThan(of("larkspur")[0]?.resource.quantity ?? Infinity);
    const rooms = Object.entries(world().customers.get(customerTenants.mueller.tenantId)?.licenceUse ?? {});
    expect(rooms.some(([, { consumedUnits }]) => consumedUnits === 0)).toBe(true);
  });

  test("has 90 days of orders, and every subscription one order at least", () => {
    const orders = [...world().orders.values()];
    const recent = orders.filter(({ createdAt }) => createdAt > simulator.clock.nowMs() - 90 * 86_400_000);
    expect(recent.length).toBeGreaterThan(25);
    for (const { resource } of world().subscriptions.values()) expect(world().orders.has(resource.orderId)).toBe(true);
  });
});

test("the demo's past can be read in the audit records, in order of time", async () => {
  const simulator = await startSimulator({ clock: clock(), seed: demo() });
  const { auditRecords } = simulator.simulation.world;
  await simulator.close();
  const moments = auditRecords.map(({ at }) => at);
  expect(moments).toEqual([...moments].sort((left, right) => left - right));
  const operations = new Set(auditRecords.map(({ resource }) => resource.operationType));
  expect(operations).toEqual(new Set(["create_order", "update_subscription"]));
  // The edit made in the portal two days ago.
  const outside = auditRecords.find(({ resource }) =>
    String(resource["resourceNewValue"]).includes("d0000000-0000-4000-8000-000000000083"),
  );
  expect(JSON.parse(String(outside?.resource["resourceOldValue"]))).toMatchObject({ Quantity: 10 });
  expect(JSON.parse(String(outside?.resource["resourceNewValue"]))).toMatchObject({ Quantity: 12 });
  expect(outside?.resource["userPrincipalName"]).toBe("partner@nordlichtcsp.onmicrosoft.com");
});

describe("the large preset", () => {
  test("loads 300 tenants with about 4 000 subscriptions, the same ones each time", async () => {
    const simulator = await startSimulator({ clock: clock(), seed: scale() });
    const { customers, subscriptions } = simulator.simulation.world;
    expect(customers.size).toBe(300);
    expect(subscriptions.size).toBeGreaterThan(3800);
    expect(subscriptions.size).toBeLessThan(4200);
    await simulator.close();
    expect(scale()).toEqual(scale());
  });

  test("of fewer tenants is the beginning of the larger one", () => {
    expect(scale(3).customers).toEqual(scale(20).customers.slice(0, 3));
  });
});
