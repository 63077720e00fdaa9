import { z } from "zod";
import { refuse } from "../errors";
import { bodyObject, camelCased, collection, customerOf, type AddRoute, type Answer, type Call } from "../route";
import { applyWrite, type AppliedWrite } from "../write";
import type { JsonObject, Subscription } from "../world";
import { refusePlan } from "./billing-update";
import { updateAudit } from "./plan-update";
import { familyOf } from "./product-rules";
import { subscriptionOf } from "./read-routes";
import { transferAll, transferSome, type Transfer } from "./transition";
import { transitionErrors, transitionTargets } from "./transition-targets";

/** Upgrades of new commerce subscriptions, and trial to paid (partner-center-api.md §4.7). */
export function registerTransitions(add: AddRoute): void {
  const at = "/v1/customers/:customerId/subscriptions/:subscriptionId";
  add(
    { method: "GET", path: `${at}/transitionEligibilities`, name: "listTransitionEligibilities", token: "any" },
    listEligibilities,
  );
  add({ method: "POST", path: `${at}/transitions`, name: "createTransition", token: "any" }, createTransition);
  add({ method: "GET", path: `${at}/transitions`, name: "listTransitions", token: "any" }, (call) => {
    const operationId = call.query.get("operationId");
    const items = newCommerce(call).transitions.filter(
      (transition) => operationId === null || transition["operationId"] === operationId,
    );
    return { status: 200, body: collection(items, call.path.replace(/^\/v1/i, "")) };
  });
}

function newCommerce(call: Call): Subscription {
  const subscription = subscriptionOf(call);
  if (familyOf(subscription) !== "legacy") return subscription;
  return refuse(403, "900263", "This method does not support legacy subscriptions.");
}

const types = ["transition_only", "transition_with_license_transfer"];

function listEligibilities(call: Call): Answer {
  const subscription = newCommerce(call);
  const type = call.query.get("eligibilityType")?.toLowerCase() ?? "immediate";
  if (type !== "immediate" && type !== "scheduled")
    refuse(400, "900126", `The eligibilityType '${type}' cannot be parsed.`);
  const items = transitionTargets(call, subscription, type === "scheduled").map(({ sku, catalogItemId }) => ({
    operationId: call.requestId,
    catalogItemId,
    title: sku.title,
    description: sku.title,
    quantity: subscription.resource.quantity,
    eligibilities: types.map((transitionType) => {
      const errors = transitionErrors(call, subscription, transitionType);
      return { isEligible: errors.length === 0, transitionType, errors };
    }),
    subscriptionEligibilities: [],
  }));
  return { status: 200, body: collection(items, call.path.replace(/^\/v1/i, "")) };
}

const TransitionBody = z.looseObject({
  toCatalogItemId: z.string(),
  toSubscriptionId: z.string().nullish(),
  quantity: z.int().positive(),
  termDuration: z.string().nullish(),
  billingCycle: z.string().nullish(),
  transitionType: z.string().default("transition_only"),
  promotionId: z.string().nullish(),
});

function createTransition(call: Call): Answer {
  const subscription = newCommerce(call);
  return applyWrite(call, {
    operation: "upgrade_subscription",
    resourceType: "subscription",
    customerId: customerOf(call).id,
    subscriptionId: subscription.id,
    plan: () => {
      const { transfer, transitionType } = planTransfer(call, subscription);
      return { apply: () => applyTransfer(call, transfer, transitionType) };
    },
  });
}

function planTransfer(call: Call, subscription: Subscription): { transfer: Transfer; transitionType: string } {
  const parsed = TransitionBody.safeParse(camelCased(bodyObject(call)));
  if (!parsed.success) return refuse(400, "800002", z.prettifyError(parsed.error));
  const body = parsed.data;
  const { resource } = subscription;
  const [problem] = transitionErrors(call, subscription, body.transitionType.toLowerCase());
  if (problem) refuse(400, "900236", `The subscription cannot be transitioned: ${problem.description}`, [problem]);
  const target = transitionTargets(call, subscription, false).find(
    ({ catalogItemId }) => catalogItemId === body.toCatalogItemId,
  );
  if (!target)
    return refuse(400, "900258", "The subscription cannot be transitioned to this product.", ["toCatalogItemId"]);
  if (body.quantity > resource.quantity)
    refuse(400, "900259", "There are not that many seats to transition.", ["quantity"]);
  const wishedTerm = body.termDuration?.toUpperCase();
  // A trial has no term of its own to keep.
  const termDuration = wishedTerm ?? (resource.isTrial ? "P1Y" : resource.termDuration);
  const billingCycle = body.billingCycle?.toLowerCase() ?? (resource.isTrial ? "monthly" : resource.billingCycle);
  refusePlan(target.sku, { termDuration, billingCycle });
  const into = joinedSubscription(call, subscription, body.toSubscriptionId?.toLowerCase(), target.sku);
  return {
    transfer: { subscription, target, quantity: body.quantity, termDuration, billingCycle, into },
    transitionType: body.transitionType.toLowerCase(),
  };
}

function joinedSubscription(
  call: Call,
  source: Subscription,
  id: string | undefined,
  sku: { productId: string; skuId: string },
): Subscription | undefined {
  if (id === undefined) return undefined;
  const found = call.simulation.world.subscriptions.get(id);
  const fits =
    found?.customerId === source.customerId &&
    found.partnerId === source.partnerId &&
    found.resource.status === "active" &&
    found.baseOfferId.startsWith(`${sku.productId}:${sku.skuId}:`);
  return found && fits ? found : refuse(400, "900260", "The target subscription does not fit.", ["toSubscriptionId"]);
}

function applyTransfer(call: Call, transfer: Transfer, transitionType: string): AppliedWrite {
  const { subscription, target, quantity, into } = transfer;
  const before = structuredClone(subscription.resource);
  const isFull = quantity === subscription.resource.quantity && !into;
  const keepsId = isFull && (call.simulation.switches.fullTransitionKeepsId || subscription.resource.isTrial);
  const { effects, toId } = keepsId ? transferAll(call.simulation, transfer) : transferSome(call.simulation, transfer);
  const moment = call.now.toISOString();
  const names = transitionType === "transition_only" ? ["Conversion"] : ["Conversion", "SeatReassignment"];
  const transition: JsonObject = {
    operationId: call.requestId,
    fromCatalogItemId: before.offerId,
    fromSubscriptionId: subscription.id,
    toCatalogItemId: target.catalogItemId,
    toSubscriptionId: toId,
    quantity,
    transitionType,
    events: names.map((name) => ({ name, status: "Completed", timestamp: moment, errors: [] })),
  };
  subscription.transitions.push(transition);
  return { answer: { status: 200, body: transition }, effects, audit: updateAudit(subscription, before) };
}
