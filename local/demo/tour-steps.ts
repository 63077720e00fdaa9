import { listTenantAuditLogsRoute } from "../../shared/api/audit-logs";
import type { ApiClient } from "../../shared/api/client";
import { listCustomersRoute } from "../../shared/api/customers";
import { authorizeResellerRoute, getResellerRoute, listResellersRoute } from "../../shared/api/resellers";
import { listSubscriptionsRoute } from "../../shared/api/subscriptions";
import { connectTenantRoute } from "../../shared/api/connections";
import { startTenantConsentRoute } from "../../shared/api/tenant-consent";
import { addTenantRoute, registerTenantRoute } from "../../shared/api/tenants";
import type { Platform } from "../platform/start-platform";
import { customerTenants, resellerTenants } from "../presets/tenants";
import { signInAt } from "./entra-browser";
import { cookieOf } from "./load-demo-data";
import type { Narrator } from "./narration";
import { simulatorControl } from "./simulator-control";
import { buyFiveSeats, readChange, type Stage } from "./tour-stage";

const { northgate } = resellerTenants;
const { pennine } = customerTenants;

/** Authorises the second reseller as somebody at a browser would; returns its id. */
export async function authorizeNorthgate(platform: Platform, api: ApiClient, narrator: Narrator): Promise<string> {
  narrator.chapter(`Authorise the reseller ${northgate.name}`);
  const { body: list } = await api.call(listResellersRoute, {});
  for (const { displayName, state } of list.value) narrator.show(`${displayName}: ${state}`);
  const resellerId = only(list.value.filter(({ displayName }) => displayName === northgate.name)).id;
  narrator.say(`Somebody of the reseller signs in at Microsoft and accepts; Microsoft sends the browser back.`);
  const started = await api.call(authorizeResellerRoute, {
    params: { resellerId },
    body: { returnTo: platform.apiUrl },
  });
  const choice = { account: `admin@${northgate.domain}` };
  const landing = await signInAt(started.body.authorizeUrl, choice, cookieOf(started.headers));
  narrator.show(`the browser ends at ${landing.url.href}`);
  const { body: reseller } = await api.call(getResellerRoute, { params: { resellerId } });
  narrator.promise(reseller.state === "Authorized", `${northgate.name} is authorised`);
  return resellerId;
}

/** Registers the tenant, has its administrator consent, adds and connects it; returns the stage for what follows. */
export async function connectPennine(
  platform: Platform,
  api: ApiClient,
  narrator: Narrator,
  resellerId: string,
): Promise<Stage> {
  narrator.chapter(`Connect the tenant of ${pennine.name}`);
  const { tenantId, domain, name } = pennine;
  const customers = await api.call(listCustomersRoute, { query: { search: name } });
  const customerId = only(customers.body.value).id;
  await api.call(registerTenantRoute, { params: { customerId }, body: { domain, displayName: name } });
  narrator.say("An administrator of the customer consents to our app.");
  const started = await api.call(startTenantConsentRoute, {
    params: { tenantId },
    body: { returnTo: platform.apiUrl },
  });
  const landing = await signInAt(started.body.consentUrl, { account: `admin@${domain}` }, cookieOf(started.headers));
  narrator.show(`the browser ends at ${landing.url.href}`);
  await api.call(addTenantRoute, { body: { tenantId } });
  await api.call(connectTenantRoute, { params: { tenantId }, body: { resellerId, cspCustomerId: tenantId } });
  narrator.say("Connected. Its subscriptions, read live from Partner Center:");
  const { body } = await api.call(listSubscriptionsRoute, { params: { tenantId } });
  for (const { quantity, name: product, status } of body.value) narrator.show(`${quantity} × ${product}, ${status}`);
  const subscriptionId = only(body.value.filter(({ name: product }) => product === "Microsoft Intune Plan 1")).id;
  narrator.promise(body.value.length > 0, `the subscriptions of ${name} can be read`);
  return { platform, api, narrator, tenantId, subscriptionId };
}

/** Five seats, bought through the queue, with nothing in the way. */
export async function buyInPeace(stage: Stage): Promise<void> {
  const { narrator, platform, subscriptionId, api, tenantId } = stage;
  narrator.chapter("Buy five seats");
  const control = simulatorControl(platform.simulator.url);
  const changeId = await buyFiveSeats(stage, "Five new drivers", 20);
  const change = await readChange(stage, changeId);
  narrator.show(`${change.state}: ${change.outcome?.message ?? ""}`);
  const lines = await control.books(subscriptionId, 0);
  const effects = lines.filter(({ effective }) => effective).flatMap((line) => line.effects);
  narrator.promise(change.state === "Completed", "the change is completed");
  narrator.promise(
    effects.length === 1 && effects[0]?.delta === 5,
    "the simulator's books show one write: five more seats",
  );
  const { body: log } = await api.call(listTenantAuditLogsRoute, { params: { tenantId } });
  for (const { at, action, actor } of log.value.slice(0, 4))
    narrator.show(`${at.slice(11, 19)}  ${action}  ${actor.name}`);
  const entries = log.value.filter((entry) => entry.changeId === changeId).map(({ action }) => action);
  narrator.promise(
    entries.includes("subscription.quantity.update") && entries.includes("change.completed"),
    "the audit log says who asked for it, and that it was completed",
  );
}

function only<Item>(items: Item[]): Item {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`Expected one, found ${items.length}.`);
  return item;
}
