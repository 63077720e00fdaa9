import { cookieOf } from "../../local/demo/load-demo-data";
import { signInAt, type Landing } from "../../local/demo/entra-browser";
import { resellerApps } from "../../local/presets/demo-apps";
import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { someColleague, type Ids } from "./operations";
import type { World } from "./platform-fixture";
import { textIn, type Answer } from "./wire";

export type ResellerKey = keyof typeof resellerTenants;
export type CustomerKey = keyof typeof customerTenants;

/** The body that adds a reseller of the demo world. */
export function resellerBody(key: ResellerKey): Record<string, unknown> {
  const { name: displayName, domain } = resellerTenants[key];
  return { displayName, domain, applicationId: resellerApps[key].appId, applicationSecret: resellerApps[key].secret };
}

/** Adds a reseller, not authorised yet; returns its id. */
export async function addReseller(world: World, key: ResellerKey): Promise<string> {
  return textIn(made(await world.send("POST", "/api/v1/csp/resellers", { body: resellerBody(key) })), "id");
}

/** A sign-in that was started: where the browser goes, and the cookie it holds. */
export interface StartedSignIn {
  address: string;
  cookie: string;
}

export async function startAuthorization(
  world: World,
  resellerId: string,
  more: Record<string, unknown> = {},
): Promise<StartedSignIn> {
  const answer = await world.send("POST", `/api/v1/csp/resellers/${resellerId}/authorization`, {
    body: { returnTo: `${world.platform.apiUrl}/done`, ...more },
  });
  return { address: textIn(answer, "authorizeUrl"), cookie: cookieOf(answer.headers) };
}

/** The whole sign-in of a reseller's account, from the start to where the browser ends. */
export async function authorizeReseller(
  world: World,
  resellerId: string,
  choice: { account?: string; consent?: "accept" | "decline"; reauthorize?: boolean } = {},
): Promise<Landing> {
  const { account = `admin@${resellerTenants.nordlicht.domain}`, consent = "accept", reauthorize } = choice;
  const started = await startAuthorization(world, resellerId, reauthorize === undefined ? {} : { reauthorize });
  return signInAt(started.address, { account, consent }, started.cookie, world.fetch);
}

/** A reseller that may be used; returns its id. */
export async function authorizedReseller(world: World, key: ResellerKey = "nordlicht"): Promise<string> {
  const id = await addReseller(world, key);
  const landing = await authorizeReseller(world, id, { account: `admin@${resellerTenants[key].domain}` });
  if (landing.url.searchParams.get("status") !== "authorized") throw new Error(`Not authorised: ${landing.url.href}`);
  return id;
}

/** The refresh tokens of a reseller that were ever in the vault, oldest first; those in use are enabled. */
export function refreshTokens({ platform }: World, resellerId: string): { name: string; enabled: boolean }[] {
  const name = new RegExp(`^reseller-${resellerId}-[0-9a-f]{16}$`);
  return platform.keyVault
    .everStored()
    .filter((secret) => name.test(secret.name))
    .map(({ name, enabled }) => ({ name, enabled }));
}

/** A customer record of the MSP; returns its id. */
export async function createCustomer(world: World, name: string): Promise<string> {
  return textIn(made(await world.send("POST", "/api/v1/csp/customers", { body: { name } })), "id");
}

/** A directory that is known and no more; returns its tenant id. */
export async function registeredTenant(world: World, key: CustomerKey): Promise<string> {
  const { name, domain } = customerTenants[key];
  const customerId = await createCustomer(world, name);
  const body = { domain, displayName: name };
  return textIn(made(await world.send("POST", `/api/v1/csp/customers/${customerId}/tenants`, { body })), "tenantId");
}

export async function startConsent(world: World, tenantId: string): Promise<StartedSignIn> {
  const body = { returnTo: `${world.platform.apiUrl}/done` };
  const answer = await world.send("POST", `/api/v1/csp/tenants/${tenantId}/consent`, { body });
  return { address: textIn(answer, "consentUrl"), cookie: cookieOf(answer.headers) };
}

/** The whole admin consent of a customer, from the start to where the browser ends. */
export async function consent(
  world: World,
  key: CustomerKey,
  choice: { account?: string; consent?: "accept" | "decline" } = {},
): Promise<Landing> {
  const { tenantId, domain } = customerTenants[key];
  const started = await startConsent(world, tenantId);
  return signInAt(started.address, { account: `admin@${domain}`, ...choice }, started.cookie, world.fetch);
}

/** A tenant that consented and is in the module, not connected; returns its tenant id. */
export async function addedTenant(world: World, key: CustomerKey): Promise<string> {
  const tenantId = await registeredTenant(world, key);
  const landing = await consent(world, key);
  if (landing.url.searchParams.get("status") !== "consented") throw new Error(`No consent: ${landing.url.href}`);
  made(await world.send("POST", "/api/v1/csp/tenants", { body: { tenantId } }));
  return tenantId;
}

export function connect(
  world: World,
  tenantId: string,
  resellerId: string,
  more: Record<string, unknown> = {},
): Promise<Answer> {
  return world.send("PUT", `/api/v1/csp/tenants/${tenantId}/connection`, {
    body: { resellerId, cspCustomerId: tenantId, ...more },
    headers: { "if-none-match": "*" },
  });
}

/** A tenant whose subscriptions can be read and changed; returns its tenant id. */
export async function connectedTenant(world: World, resellerId: string, key: CustomerKey): Promise<string> {
  const tenantId = await addedTenant(world, key);
  made(await connect(world, tenantId, resellerId));
  return tenantId;
}

function made(answer: Answer): Answer {
  if (answer.status !== 201) throw new Error(`Not made: ${answer.status} ${answer.text}`);
  return answer;
}

/** A subscription of the demo world by its number (see the simulator's preset). */
export function subscription(number: number): string {
  return `d0000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

/** Asks for changes of seats, and waits so many seconds for their end; throws unless they were taken in. */
export async function buySeats(
  world: World,
  tenantId: string,
  changes: readonly Record<string, unknown>[],
  waitSeconds = 0,
  headers: Record<string, string> = {},
): Promise<{ batchId: string; changeIds: string[] }> {
  const answer = await world.send("POST", `/api/v1/csp/tenants/${tenantId}/subscriptions/apply-changes`, {
    body: { changes },
    headers: { prefer: `wait=${waitSeconds}`, ...headers },
  });
  if (answer.status !== 202) throw new Error(`Not accepted: ${answer.status} ${answer.text}`);
  const { results } = answer.body as { results: { changeId?: string }[] };
  return { batchId: textIn(answer, "batchId"), changeIds: results.flatMap(({ changeId = [] }) => changeId) };
}

/** What onboarding customers of a reseller would do. */
export async function planned(
  world: World,
  resellerId: string,
  body: { cspCustomerIds: readonly string[]; customerNaming?: Record<string, string> },
): Promise<Answer> {
  const answer = await world.send("POST", `/api/v1/csp/resellers/${resellerId}/onboarding/plan`, { body });
  if (answer.status !== 200) throw new Error(`Not planned: ${answer.status} ${answer.text}`);
  return answer;
}

/** Plans and applies the onboarding of customers; answers what the request was answered with. */
export async function onboard(
  world: World,
  resellerId: string,
  body: { cspCustomerIds: readonly string[]; customerNaming?: Record<string, string> },
  key?: string,
): Promise<Answer> {
  const planHash = textIn(await planned(world, resellerId, body), "planHash");
  return world.send("POST", `/api/v1/csp/resellers/${resellerId}/onboarding/apply`, {
    body: { ...body, planHash },
    ...(key === undefined ? {} : { key }),
  });
}

/** What somebody is granted from now on, in place of what they had. Returns the answer to the grant. */
export async function grantScope(
  world: World,
  principal: string,
  scope: Record<string, unknown>,
  optIns: readonly string[] = [],
): Promise<Answer> {
  const address = `/api/v1/csp/access/${principal}`;
  const etag = (await world.send("GET", address)).headers.get("etag");
  const headers = etag === null ? { "if-none-match": "*" } : { "if-match": etag };
  const answer = await world.send("PUT", address, { body: { scope, optIns }, headers });
  if (answer.status >= 300) throw new Error(`Not granted: ${answer.status} ${answer.text}`);
  return answer;
}

/** A world in which every operation can be tried: a reseller, and the customer "mueller" with a change that is done. */
export async function furnishedWorld(world: World): Promise<Ids> {
  const resellerId = await authorizedReseller(world);
  const tenantId = await connectedTenant(world, resellerId, "mueller");
  const customerId = textIn(await world.send("GET", `/api/v1/csp/tenants/${tenantId}`), "customerId");
  const { changeIds } = await buySeats(world, tenantId, [{ subscriptionId: subscription(4), delta: 1 }], 15);
  const onboarding = await onboard(world, resellerId, { cspCustomerIds: [tenantId] });
  await grantScope(world, someColleague, { kind: "some", customerIds: [customerId], tenantIds: [] });
  return {
    resellerId,
    customerId,
    tenantId,
    changeId: changeIds[0] ?? "",
    subscriptionId: subscription(4),
    batchId: textIn(onboarding, "id"),
    principal: someColleague,
  };
}
