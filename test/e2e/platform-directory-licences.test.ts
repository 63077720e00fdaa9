import path from "node:path";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { tenantApp } from "../../local/presets/demo-apps";
import { customerTenants } from "../../local/presets/tenants";

jest.setTimeout(60_000);

let platform: Platform;

beforeAll(async () => {
  const appDir = path.resolve(__dirname, "../..");
  platform = await startPlatform({ ports: ANY_PORTS, appDir, simulatorSeed: () => demo(), withHost: false });
});
afterAll(() => platform.close());
beforeEach(() => control("simulator", "POST", "/reset"));

interface Sku {
  skuId: string;
  skuPartNumber: string;
  appliesTo: string;
  capabilityStatus: string;
  consumedUnits: number;
  prepaidUnits: { enabled: number; warning: number; suspended: number; lockedOut: number };
}

type Customer = keyof typeof customerTenants;

async function control(part: "simulator" | "graph", method: string, route: string, body?: object): Promise<unknown> {
  const response = await fetch(`${platform[part].url}/_control${route}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(method === "POST" ? { body: JSON.stringify(body ?? {}) } : {}),
  });
  if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** A token of the tenant app for Graph in a customer's directory, as the app itself gets it; or Entra's refusal. */
async function graphToken(customer: Customer): Promise<{ access_token?: string; error_codes?: number[] }> {
  const { tenantId } = customerTenants[customer];
  const response = await fetch(`${platform.entra.url}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: tenantApp.appId,
      client_secret: tenantApp.secret,
      scope: "https://graph.microsoft.com/.default",
    }),
  });
  return response.json() as Promise<{ access_token?: string; error_codes?: number[] }>;
}

/** The licences of a customer as Graph shows them, by part number. */
async function licences(customer: Customer): Promise<Map<string, Sku>> {
  const { access_token: token = "" } = await graphToken(customer);
  const response = await fetch(`${platform.graph.url}/v1.0/subscribedSkus`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  const { value } = (await response.json()) as { value: Sku[] };
  return new Map(value.map((sku) => [sku.skuPartNumber, sku]));
}

/** A subscription of a customer in the simulator, by a part of its name. */
async function subscriptionOf(customer: Customer, name: string): Promise<string> {
  const { tenantId } = customerTenants[customer];
  const { subscriptions } = (await control("simulator", "GET", `/subscriptions?customerId=${tenantId}`)) as {
    subscriptions: { id: string; resource: { friendlyName: string } }[];
  };
  const found = subscriptions.find(({ resource }) => resource.friendlyName.includes(name));
  if (!found) throw new Error(`${customer} has no ${name}.`);
  return found.id;
}

test("a customer with more users than seats shows it", async () => {
  expect((await licences("larkspur")).get("SPB")).toMatchObject({
    appliesTo: "User",
    capabilityStatus: "Enabled",
    consumedUnits: 35,
    prepaidUnits: { enabled: 30, warning: 0, suspended: 0, lockedOut: 0 },
  });
});

test("licences for devices that nobody was given show nothing assigned", async () => {
  expect((await licences("mueller")).get("Microsoft_Teams_Rooms_Pro")).toMatchObject({
    skuId: "4cde982a-ede4-4409-9ae6-b003453c8ea6",
    consumedUnits: 0,
    prepaidUnits: { enabled: 2 },
  });
});

test("a licence of the whole tenant applies to the company", async () => {
  const { tenantId } = customerTenants.harbour;
  platform.entra.grantConsent(tenantId, tenantApp.appId, [".default"]);
  const skus = await licences("harbour");
  expect(skus.get("DYN365_BUSCENTRAL_ADD_ENV_ADDON")).toMatchObject({ appliesTo: "Company", consumedUnits: 0 });
  // Six seats were bought direct from Microsoft, the other twelve here.
  expect(skus.get("POWER_BI_PRO")).toMatchObject({ consumedUnits: 14, prepaidUnits: { enabled: 18 } });
});

test("subscriptions that share a licence add up, and a suspended one gives no usable units", async () => {
  // 33 of the annual and 6 of the monthly subscription.
  expect((await licences("mueller")).get("SPB")).toMatchObject({ prepaidUnits: { enabled: 39 } });
  expect((await licences("spedition")).get("PROJECTPROFESSIONAL")).toMatchObject({
    capabilityStatus: "Suspended",
    prepaidUnits: { enabled: 0, suspended: 3 },
  });
});

test("seats bought at Partner Center arrive, and a reset takes them back", async () => {
  const subscriptionId = await subscriptionOf("mueller", "Stammbelegschaft");
  await control("simulator", "POST", "/outside-change", { subscriptionId, delta: 4 });
  expect((await licences("mueller")).get("SPB")?.prepaidUnits.enabled).toBe(43);
  await control("simulator", "POST", "/reset");
  expect((await licences("mueller")).get("SPB")?.prepaidUnits.enabled).toBe(39);
  // Also after a reset the changes are followed.
  await control("simulator", "POST", "/outside-change", { subscriptionId, delta: 1 });
  expect((await licences("mueller")).get("SPB")?.prepaidUnits.enabled).toBe(40);
});

test("a reset of Graph alone keeps what the simulator has sold", async () => {
  const subscriptionId = await subscriptionOf("mueller", "Stammbelegschaft");
  await control("simulator", "POST", "/outside-change", { subscriptionId, delta: 4 });
  await control("graph", "POST", "/reset");
  expect((await licences("mueller")).get("SPB")?.prepaidUnits.enabled).toBe(43);
});

test("another seed replaces the licences of every customer", async () => {
  const { customers, ...rest } = demo();
  const seed = {
    ...rest,
    customers,
    subscriptions: rest.subscriptions.filter(({ id }) => id?.endsWith("061") === true),
  };
  await control("simulator", "POST", "/seed", seed);
  expect((await licences("mueller")).get("SPB")).toMatchObject({ capabilityStatus: "Deleted", consumedUnits: 33 });
  expect((await licences("larkspur")).get("SPB")?.prepaidUnits.enabled).toBe(30);
  await control("simulator", "POST", "/seed", demo());
});

test("a customer that has not consented is closed to the tenant app", async () => {
  expect(await graphToken("pennine")).toMatchObject({ error_codes: [7000229] });
});

test("what time does is followed too: a subscription that ends takes its units with it", async () => {
  expect((await licences("kanzlei")).get("VISIOCLIENT")?.prepaidUnits.enabled).toBe(4);
  await fetch(`${platform.controlUrl}/clock/advance`, { method: "POST", body: '{"days": 26}' });
  expect((await licences("kanzlei")).get("VISIOCLIENT")).toMatchObject({
    consumedUnits: 1,
    prepaidUnits: { enabled: 0 },
  });
});
