import { appendAuditRecord } from "../audit-trail";
import { lineText } from "../orders/order-line";
import { auditOf } from "../orders/purchase";
import type { Simulation } from "../route";
import { DAY_MS, startOfDay } from "../terms";
import type { Order, Subscription } from "../world";
import type { WriteActor } from "../write";

/** Audit records are kept for so many days; what happened earlier is told by orders only. */
export const AUDIT_DAYS = 90;

/**
 * Gives the past of a seed its audit records: purchases, added seats and suspensions of the last 90 days, made by somebody
 * at the partner, beside what time did. Sorts all records by their moment. Call once, after the subscriptions are there.
 */
export function auditPast(simulation: Simulation): void {
  const { world, clock } = simulation;
  const since = startOfDay(clock.nowMs()) - AUDIT_DAYS * DAY_MS;
  const seats = new Map<string, number>();
  for (const order of [...world.orders.values()].sort((left, right) => left.createdAt - right.createdAt)) {
    const [line] = order.resource.lineItems;
    const subscription = line && world.subscriptions.get(lineText(line, "subscriptionId"));
    if (!line || !subscription) continue;
    const before = seats.get(subscription.id) ?? 0;
    const after = seatsAfter(simulation, lineText(line, "transactionType"), Number(line["quantity"]), before);
    seats.set(subscription.id, after);
    if (order.createdAt >= since) auditOrder(simulation, order, subscription, { before, after });
  }
  for (const subscription of world.subscriptions.values()) {
    if (subscription.resource.status === "suspended" && subscription.statusSince >= since) {
      auditSuspension(simulation, subscription);
    }
  }
  world.auditRecords = world.auditRecords.filter(({ at }) => at >= since).sort((left, right) => left.at - right.at);
}

/** Lines of seat changes tell the seats they are about, or all of them (switch `orderLineQuantity`). */
function seatsAfter(simulation: Simulation, transactionType: string, quantity: number, before: number): number {
  const isDelta = transactionType === "AddQuantity" && simulation.switches.orderLineQuantity === "delta";
  return isDelta ? before + quantity : quantity;
}

function auditOrder(
  simulation: Simulation,
  order: Order,
  subscription: Subscription,
  seats: { before: number; after: number },
): void {
  const { customerId } = order;
  const actor = actorOf(simulation, subscription, order.createdAt);
  const transactionType = lineText(order.resource.lineItems[0] ?? {}, "transactionType");
  if (transactionType === "New") {
    const content = { operation: "create_order", resourceType: "order", customerId, ...auditOf(order) };
    appendAuditRecord(simulation, actor, content);
  } else if (transactionType === "AddQuantity") {
    auditUpdate(simulation, actor, subscription, { quantity: seats.before }, { quantity: seats.after });
  }
  // Renewals are audited where time plays them.
}

function auditSuspension(simulation: Simulation, subscription: Subscription): void {
  const actor = actorOf(simulation, subscription, subscription.statusSince);
  auditUpdate(simulation, actor, subscription, { status: "active" }, { status: "suspended" });
}

function auditUpdate(
  simulation: Simulation,
  actor: WriteActor,
  subscription: Subscription,
  before: { quantity?: number; status?: string },
  after: { quantity?: number; status?: string },
): void {
  const { id, offerName } = subscription.resource;
  appendAuditRecord(simulation, actor, {
    operation: "update_subscription",
    resourceType: "subscription",
    customerId: subscription.customerId,
    oldValue: { id, offerName, ...before },
    newValue: { id, offerName, ...after },
    customizedData: [{ key: "SubscriptionId", value: id }],
  });
}

/** Somebody who works in the Partner Center portal, at that moment. */
function actorOf(simulation: Simulation, subscription: Subscription, atMs: number): WriteActor {
  const { ids, partners } = simulation.world;
  const { partnerId, customerId } = subscription;
  const upn = partners.get(partnerId)?.email;
  return {
    origin: "outside",
    method: "PORTAL",
    path: `/v1/customers/${customerId}/subscriptions/${subscription.id}`,
    partnerId,
    requestId: ids.guid(),
    correlationId: ids.guid(),
    caller: { kind: "user", ...(upn === undefined ? {} : { upn }) },
    atMs,
  };
}
