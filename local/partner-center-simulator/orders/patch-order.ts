import { z } from "zod";
import type { CatalogEntry } from "../catalog/catalog-entry";
import { refuse } from "../errors";
import { refuseStaleEtag } from "../if-match";
import { bodyObject, camelCased, type Answer, type Call } from "../route";
import { changeSubscription } from "../subscriptions/change-subscription";
import { cancelWindowMs, productFamily } from "../subscriptions/product-rules";
import { DAY_MS } from "../terms";
import { skuKey, type Effect, type JsonObject, type Order } from "../world";
import { applyWrite, type PlannedWrite } from "../write";
import { lineText } from "./order-line";
import { orderAsSeen } from "./order-resource";
import { auditOf } from "./purchase";

const OrderPatch = z.looseObject({
  id: z.string().optional(),
  status: z.string().nullish(),
  billingCycle: z.string().nullish(),
  lineItems: z.array(z.looseObject({ lineItemNumber: z.int(), offerId: z.string().optional() })).nullish(),
});
type OrderPatch = z.infer<typeof OrderPatch>;

/**
 * Cancels software: the only change of an order that new commerce knows (partner-center-api.md §5). What worked on legacy
 * orders, adding lines and another billing cycle, is refused.
 */
export function patchOrder(call: Call, order: Order): Answer {
  const parsed = OrderPatch.safeParse(camelCased(bodyObject(call)));
  if (!parsed.success) return refuse(400, "800002", "The order is invalid.", [z.prettifyError(parsed.error)]);
  const patch = parsed.data;
  return applyWrite(call, {
    operation: "update_order",
    resourceType: "order",
    customerId: order.customerId,
    plan: () => planPatch(call, order, patch),
  });
}

function planPatch(call: Call, order: Order, patch: OrderPatch): PlannedWrite {
  const attributes = order.resource["attributes"] as { etag?: string };
  refuseStaleEtag(call.simulation, call.headers["if-match"], attributes.etag);
  if (patch.id !== undefined && patch.id !== order.id) refuse(400, 3000, "The id is not the order's.", ["id"]);
  const wantsCancel = ["cancelled", "canceled"].includes(patch.status?.toLowerCase() ?? "");
  if (!wantsCancel) refuseLegacyPatch(order, patch);
  const lines = chosenLines(order, patch);
  for (const line of lines) refuseCancel(call, order, line);
  return { apply: () => cancelLines(call, order, lines) };
}

function refuseLegacyPatch(order: Order, patch: OrderPatch): never {
  const { billingCycle } = patch;
  if (billingCycle && billingCycle.toLowerCase() !== order.resource["billingCycle"]) {
    refuse(400, 800097, "The billing cycle of new commerce subscriptions is changed on the subscription.");
  }
  const known = order.resource.lineItems.length;
  if (patch.lineItems?.some(({ lineItemNumber }) => lineItemNumber >= known)) {
    refuse(400, 800004, "Legacy add-ons are sold no more; buy the add-on with a cart.");
  }
  return refuse(400, 2006, "Updates are not allowed for this order.");
}

function chosenLines(order: Order, patch: OrderPatch): JsonObject[] {
  const wanted = patch.lineItems;
  if (!wanted || wanted.length === 0) return order.resource.lineItems;
  return wanted.map(({ lineItemNumber }) => {
    const found = order.resource.lineItems.find((line) => line["lineItemNumber"] === lineItemNumber);
    return found ?? refuse(400, 800071, `The order has no line ${lineItemNumber}.`);
  });
}

function refuseCancel(call: Call, order: Order, line: JsonObject): void {
  const entry = call.simulation.world.catalog.get(skuKey(lineText(line, "offerId")));
  if (!entry || entry.kind === "azure-plan")
    refuse(403, 800019, "This purchase cannot be cancelled outside the sandbox.");
  if (entry.kind === "seats") refuse(403, 800077, "Seat-based subscriptions are cancelled on the subscription.");
  if (line["quantity"] === 0) refuse(400, 2011, "The line is cancelled already.");
  const subscription = call.simulation.world.subscriptions.get(lineText(line, "subscriptionId"));
  if (call.now.getTime() < (subscription?.cancellableUntil ?? order.createdAt + windowOf(entry))) return;
  const days = windowOf(entry) / DAY_MS;
  refuse(400, 900117, `You are past your ${days}-day cancellation window.`);
}

const windowOf = (entry: CatalogEntry): number =>
  cancelWindowMs(
    productFamily({ productType: entry.productType, termDuration: entry.terms[0]?.duration ?? "" }),
    false,
  );

function cancelLines(call: Call, order: Order, lines: JsonObject[]): ReturnType<PlannedWrite["apply"]> {
  const { simulation } = call;
  const effects: Effect[] = [];
  for (const line of lines) {
    line["quantity"] = 0;
    line["transactionType"] = "Cancel";
    const subscription = simulation.world.subscriptions.get(lineText(line, "subscriptionId"));
    if (!subscription || subscription.resource.status === "deleted") continue;
    const end = () => {
      subscription.resource.status = "deleted";
      subscription.resource.autoRenewEnabled = false;
      return order.id;
    };
    effects.push(changeSubscription(simulation, subscription, call.now.getTime(), end));
  }
  const isEmpty = order.resource.lineItems.every((line) => line["quantity"] === 0);
  order.resource.status = isEmpty ? "cancelled" : "completed";
  return { answer: { status: 200, body: orderAsSeen(simulation, order) }, effects, audit: auditOf(order) };
}
