import path from "node:path";
import { grantAccessRoute } from "../../shared/api/access";
import { listTenantAuditLogsRoute } from "../../shared/api/audit-logs";
import { getChangeRoute } from "../../shared/api/changes";
import { createApiClient, type ApiClient } from "../../shared/api/client";
import { createCustomerRoute } from "../../shared/api/customers";
import { getAppRegistrationRoute } from "../../shared/api/reseller-setup";
import {
  addResellerRoute,
  authorizeResellerRoute,
  checkResellerRoute,
  deleteResellerRoute,
  getResellerRoute,
  listCspCustomersRoute,
  listResellersRoute,
} from "../../shared/api/resellers";
import { applyChangesRoute, listSubscriptionsRoute } from "../../shared/api/subscriptions";
import { connectTenantRoute, disconnectTenantRoute, removeConnectionRoute } from "../../shared/api/connections";
import { startTenantConsentRoute } from "../../shared/api/tenant-consent";
import { addTenantRoute, getTenantRoute, listTenantsRoute, registerTenantRoute } from "../../shared/api/tenants";
import { getWriteModeRoute, setWriteModeRoute } from "../../shared/api/write-mode";
import { accessTokenOf } from "../../local/demo/access-token";
import { signInAt } from "../../local/demo/entra-browser";
import { cookieOf } from "../../local/demo/load-demo-data";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { resellerApps } from "../../local/presets/demo-apps";
import { customerTenants, mspTenant, resellerTenants } from "../../local/presets/tenants";
import { until } from "./running-system";

/**
 * The first story of the product, from an empty installation to the end of a connection, through HTTP alone: each test
 * goes on where the one before it stopped.
 */
jest.setTimeout(120_000);

const { tenantId, domain, name } = customerTenants.mueller;
const partner = resellerTenants.nordlicht;

let platform: Platform;
let admin: ApiClient;
let operator: ApiClient;
let resellerId: string;
let customerId: string;

beforeAll(async () => {
  platform = await startPlatform({
    ...{ ports: ANY_PORTS, appDir: path.resolve(__dirname, "../.."), simulatorSeed: () => demo() },
  });
  admin = signedInAs("admin");
  operator = signedInAs("operator");
});
afterAll(() => platform.close());

function signedInAs(role: string): ApiClient {
  const token = (): Promise<string> => accessTokenOf(platform.entra.url, `${role}@${mspTenant.domain}`);
  return createApiClient({ baseUrl: platform.apiUrl, token });
}

/** Signs in for the reseller in a browser; answers the status the browser comes back with. */
async function authorize(reauthorize: boolean): Promise<string | null> {
  const body = { returnTo: platform.apiUrl, reauthorize };
  const started = await admin.call(authorizeResellerRoute, { params: { resellerId }, body });
  const account = `admin@${partner.domain}`;
  const landing = await signInAt(started.body.authorizeUrl, { account }, cookieOf(started.headers));
  return landing.url.searchParams.get("status");
}

interface Bought {
  changeId: string;
  state: string;
}

async function change(api: ApiClient, subscriptionId: string, delta: number, waitSeconds = 20): Promise<Bought> {
  const { body } = await api.call(applyChangesRoute, {
    ...{ params: { tenantId }, body: { changes: [{ subscriptionId, delta }] }, waitSeconds },
  });
  const [item] = body.results;
  if (item?.outcome !== "accepted") throw new Error(`Not accepted: ${JSON.stringify(item)}`);
  return { changeId: item.changeId ?? "", state: item.state ?? "" };
}

async function stateOf(changeId: string): Promise<string> {
  return (await admin.call(getChangeRoute, { params: { tenantId, changeId } })).body.state;
}

/** The subscription of the demo whose name contains the text. */
async function subscriptionNamed(text: string): Promise<string> {
  const { body } = await admin.call(listSubscriptionsRoute, { params: { tenantId } });
  const found = body.value.find((one) => one.name.includes(text) || one.offerName.includes(text));
  if (!found) throw new Error(`No subscription is named ${text}.`);
  return found.id;
}

const atMicrosoft = (subscriptionId: string) => {
  const found = platform.simulator.simulation.world.subscriptions.get(subscriptionId);
  if (!found) throw new Error(`Microsoft has no subscription ${subscriptionId}.`);
  return found.resource;
};

const scheduledAtMicrosoft = (subscriptionId: string) =>
  atMicrosoft(subscriptionId).scheduledNextTermInstructions as { product: Record<string, unknown> } | undefined;

const writesSoFar = (): number =>
  platform.simulator.simulation.world.books.filter((entry) => entry.origin === "api" && entry.effective).length;

test("a reseller is added, authorised by its administrator in a browser, and found in order", async () => {
  const info = await admin.call(getAppRegistrationRoute);
  expect(info.body.redirectUri).toBe(`${platform.apiUrl}/app/MicrosoftCspAuthenticationCallback`);
  const { appId, secret } = resellerApps.nordlicht;
  const added = await admin.call(addResellerRoute, {
    body: { displayName: partner.name, domain: partner.domain, applicationId: appId, applicationSecret: secret },
  });
  expect(added.body.state).toBe("NotAuthorized");
  resellerId = added.body.id;
  expect(await authorize(false)).toBe("authorized");
  const { body } = await admin.call(checkResellerRoute, { params: { resellerId } });
  expect(body.findings.filter(({ result }) => result === "fail")).toEqual([]);
});

test("a customer's tenant is registered, consented to, added and connected; nothing is bought by that", async () => {
  customerId = (await admin.call(createCustomerRoute, { body: { name } })).body.id;
  await admin.call(registerTenantRoute, { params: { customerId }, body: { domain, displayName: name } });
  const started = await admin.call(startTenantConsentRoute, {
    ...{ params: { tenantId }, body: { returnTo: platform.apiUrl } },
  });
  const account = `admin@${domain}`;
  const landing = await signInAt(started.body.consentUrl, { account }, cookieOf(started.headers));
  expect(landing.url.searchParams.get("status")).toBe("consented");
  await admin.call(addTenantRoute, { body: { tenantId } });
  const query = { search: name.slice(0, 6), tenantId };
  const offered = await admin.call(listCspCustomersRoute, { params: { resellerId }, query });
  const suggested = offered.body.value.find((one) => one.suggested);
  expect(suggested?.id).toBe(tenantId);
  const body = { resellerId, cspCustomerId: tenantId };
  expect((await admin.call(connectTenantRoute, { params: { tenantId }, body })).status).toBe(201);
  expect(writesSoFar()).toBe(0);
});

test("an operator sees the customers they are granted, and nothing before", async () => {
  expect((await operator.call(listTenantsRoute)).body.value).toEqual([]);
  const { oid, tid } = claimsOf(await accessTokenOf(platform.entra.url, `operator@${mspTenant.domain}`));
  const scope = { kind: "some" as const, customerIds: [customerId], tenantIds: [] };
  await admin.call(grantAccessRoute, { params: { principal: `${tid}_${oid}` }, body: { scope } });
  const seen = await operator.call(listTenantsRoute);
  expect(seen.body.value.map((one) => one.tenantId)).toEqual([tenantId]);
});

test("the operator buys five seats and gives two of them back, each exactly once", async () => {
  const id = await subscriptionNamed("Stammbelegschaft");
  const { quantity } = atMicrosoft(id);
  expect((await change(operator, id, 5)).state).toBe("Completed");
  expect((await change(operator, id, -2)).state).toBe("Completed");
  expect(atMicrosoft(id).quantity).toBe(quantity + 3);
  expect(writesSoFar()).toBe(2);
});

test("what is scheduled for the renewal survives a change of seats, though Microsoft deletes it", async () => {
  const id = await subscriptionNamed("Exchange Online (Plan 1)");
  const before = scheduledAtMicrosoft(id);
  expect(before).toBeDefined();
  const { changeId } = await change(operator, id, 1);
  await settled(changeId);
  expect(await stateOf(changeId)).toBe("Completed");
  // The availability of back then may be gone; it is the same product for the same term.
  const product = { ...before?.product, availabilityId: expect.any(String) as string };
  expect(scheduledAtMicrosoft(id)).toMatchObject({ product });
});

test("with writes switched off a change waits, and goes on when they are on again", async () => {
  const id = await subscriptionNamed("Stammbelegschaft");
  const { quantity } = atMicrosoft(id);
  await switchWrites("off");
  const waiting = await change(operator, id, 1, 3);
  expect(waiting.state).toBe("PendingPurchase");
  expect(atMicrosoft(id).quantity).toBe(quantity);
  await switchWrites("on");
  await settled(waiting.changeId);
  expect(atMicrosoft(id).quantity).toBe(quantity + 1);
});

test("an answer that is lost is proven from Microsoft's records, and nothing is bought again", async () => {
  const id = await subscriptionNamed("Stammbelegschaft");
  const { quantity } = atMicrosoft(id);
  platform.simulator.simulation.faults.add({ kind: "dropAfter", route: "writes", count: 1 });
  const { changeId } = await change(operator, id, 1, 2);
  await settled(changeId);
  const { body } = await admin.call(getChangeRoute, { params: { tenantId, changeId } });
  expect(body.state).toBe("Completed");
  expect(body.attempts.map(({ answer, proof }) => [answer?.kind, proof?.by])).toEqual([["unknown", "auditRecord"]]);
  expect(atMicrosoft(id).quantity).toBe(quantity + 1);
});

test("a reseller whose sign-in is revoked loses no change: it goes on after somebody signed in again", async () => {
  const id = await subscriptionNamed("Stammbelegschaft");
  const { quantity } = atMicrosoft(id);
  await fetch(`${platform.entra.url}/_control/accounts/admin@${partner.domain}/revoke-sessions`, { method: "POST" });
  // A new process has no access token left from before.
  await platform.host?.kill();
  await platform.host?.restart();
  await until(async () => (await fetch(`${platform.apiUrl}/api/health/live`)).ok, "the host answers again");
  await expect(admin.call(listSubscriptionsRoute, { params: { tenantId } })).rejects.toMatchObject({ status: 409 });
  expect((await admin.call(getResellerRoute, { params: { resellerId } })).body.state).toBe("Revoked");
  expect(await authorize(true)).toBe("authorized");
  const { changeId } = await change(operator, id, 1);
  await settled(changeId);
  expect(atMicrosoft(id).quantity).toBe(quantity + 1);
});

test("the audit log tells all of it, with who did it, and can be downloaded", async () => {
  const log = await admin.call(listTenantAuditLogsRoute, { params: { tenantId }, query: { $top: 200 } });
  const actions = log.body.value.map(({ action }) => action);
  for (const action of ["tenant.add", "connection.create", "subscription.quantity.update", "change.completed"])
    expect(actions).toContain(action);
  const asked = log.body.value.find(({ action }) => action === "subscription.quantity.update");
  expect(asked?.actor.name).toContain("operator");
  const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
  const csv = await fetch(`${platform.apiUrl}/api/v1/csp/tenants/${tenantId}/audit-logs`, {
    headers: { authorization: `Bearer ${token}`, accept: "text/csv" },
  });
  expect(csv.headers.get("content-type")).toContain("text/csv");
  expect((await csv.text()).split("\r\n").length).toBeGreaterThan(actions.length);
});

test("the connection, the tenant and the reseller are given up again; seats and history stay", async () => {
  const id = await subscriptionNamed("Stammbelegschaft");
  const { quantity } = atMicrosoft(id);
  const writes = writesSoFar();
  const connected = await admin.call(getTenantRoute, { params: { tenantId } });
  await admin.call(removeConnectionRoute, { params: { tenantId }, ifMatch: connected.etag ?? "" });
  await admin.call(disconnectTenantRoute, { params: { tenantId }, body: { confirmation: "Yes" } });
  const reseller = await admin.call(getResellerRoute, { params: { resellerId } });
  await admin.call(deleteResellerRoute, { params: { resellerId }, ifMatch: reseller.etag ?? "" });
  expect((await admin.call(listResellersRoute)).body.value).toEqual([]);
  expect(atMicrosoft(id).quantity).toBe(quantity);
  expect(writesSoFar()).toBe(writes);
});

async function switchWrites(mode: "on" | "off"): Promise<void> {
  const { etag } = await admin.call(getWriteModeRoute);
  await admin.call(setWriteModeRoute, { body: { mode }, ifMatch: etag ?? "" });
}

/** Moves the clock until the change has ended. */
async function settled(changeId: string): Promise<void> {
  for (let minute = 0; minute < 60; minute++) {
    const { body } = await admin.call(getChangeRoute, { params: { tenantId, changeId } });
    if (body.isFinal) return;
    await platform.advance(60_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`The change ${changeId} does not end: ${await stateOf(changeId)}.`);
}

function claimsOf(token: string): { oid: string; tid: string } {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { oid: string; tid: string };
}
