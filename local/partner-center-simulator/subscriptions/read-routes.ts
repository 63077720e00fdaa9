import { refuse } from "../errors";
import { collection, customerOf, type AddRoute, type Answer, type Call } from "../route";
import { readingMoment } from "../stale-reads";
import type { JsonObject, Subscription } from "../world";
import { subscriptionView } from "./subscription-view";

const base = "/v1/customers/:customerId/subscriptions";

/** Reads of subscriptions (partner-center-api.md §4.1). None is paged: the whole collection comes in one answer. */
export function registerSubscriptionReads(add: AddRoute): void {
  add({ method: "GET", path: base, name: "listSubscriptions", token: "any" }, listSubscriptions);
  add({ method: "GET", path: `${base}/:subscriptionId`, name: "getSubscription", token: "any" }, getSubscription);
  add({ method: "GET", path: `${base}/:subscriptionId/addons`, name: "listAddons", token: "any" }, listAddons);
  add(
    { method: "GET", path: `${base}/:subscriptionId/provisioningstatus`, name: "getProvisioningStatus", token: "any" },
    provisioningStatus,
  );
}

/** The subscription of the path, whatever its status, or 404/20003. */
export function subscriptionOf(call: Call): Subscription {
  const found = call.simulation.world.subscriptions.get(call.params["subscriptionId"] ?? "");
  const isMine = found?.customerId === customerOf(call).id && found.partnerId === call.caller.partner.tenantId;
  return found && isMine ? found : refuse(404, "20003", "The subscription was not found.");
}

/** Subscriptions of this customer that were bought through the calling partner. */
export function subscriptionsOf(call: Call): Subscription[] {
  const customerId = customerOf(call).id;
  const partnerId = call.caller.partner.tenantId;
  return [...call.simulation.world.subscriptions.values()].filter(
    (subscription) => subscription.customerId === customerId && subscription.partnerId === partnerId,
  );
}

function listSubscriptions(call: Call): Answer {
  const { switches } = call.simulation;
  const orderId = call.query.get("order_id");
  const mpnId = call.query.get("mpn_id");
  const listed = subscriptionsOf(call).filter(
    ({ resource }) =>
      (orderId === null || resource.orderId === orderId) &&
      (mpnId === null || resource["partnerId"] === mpnId) &&
      (switches.listsPendingSubscriptions || resource.status !== "pending"),
  );
  const offset = mpnId === null ? 0 : count(call, "offset", 0);
  const size = mpnId === null ? listed.length : count(call, "size", 40);
  return listAnswer(call, listed.slice(offset, offset + size));
}

function count(call: Call, name: string, fallback: number): number {
  const value = Number(call.query.get(name) ?? fallback);
  return Number.isInteger(value) && value >= 0
    ? value
    : refuse(400, "800002", `${name} must be a whole number.`, [name]);
}

function listAnswer(call: Call, subscriptions: Subscription[]): Answer {
  const shownAt = readingMoment(call);
  const items: JsonObject[] = [];
  for (const subscription of subscriptions) {
    const shown = shownAt(subscription);
    if (shown) items.push(subscriptionView(subscription, shown, viewOptions(call, false)));
  }
  const prefix = call.simulation.switches.linksWithVersion ? "/v1" : "";
  return { status: 200, body: collection(items, prefix + call.path.replace(/^\/v1/i, "")) };
}

function getSubscription(call: Call): Answer {
  const subscription = subscriptionOf(call);
  const shown = readingMoment(call)(subscription);
  if (!shown) refuse(404, "20003", "The subscription was not found.");
  return { status: 200, body: subscriptionView(subscription, shown, viewOptions(call, true)) };
}

function listAddons(call: Call): Answer {
  const parent = subscriptionOf(call);
  return listAnswer(
    call,
    subscriptionsOf(call).filter(({ resource }) => resource.parentSubscriptionId === parent.id),
  );
}

/** Licences follow a change of seats after a while (switch `licenceSettleSeconds`). */
function provisioningStatus(call: Call): Answer {
  const { resource, licencesChangedAt } = subscriptionOf(call);
  const { switches, clock } = call.simulation;
  const isSettled = clock.nowMs() >= licencesChangedAt + switches.licenceSettleSeconds * 1000;
  const settled = resource.status === "pending" || !isSettled ? "pending" : "success";
  return {
    status: 200,
    body: {
      skuId: resource.offerId.split(":")[1] ?? resource.offerId,
      status: resource.status === "deleted" ? "failed" : settled,
      quantity: resource.quantity,
      endDate: resource.commitmentEndDate,
      attributes: { objectType: "SubscriptionProvisioningStatus" },
    },
  };
}

function viewOptions(call: Call, byId: boolean): Parameters<typeof subscriptionView>[2] {
  const { switches, clock } = call.simulation;
  return { switches, nowMs: clock.nowMs(), byId };
}
