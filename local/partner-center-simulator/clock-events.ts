import { isJsonObject, type Simulation } from "./route";
import { applyBillingCycle } from "./subscriptions/billing-update";
import { nextEventOf } from "./subscriptions/next-event";
import { updateAudit } from "./subscriptions/plan-update";
import { endTerm } from "./subscriptions/term-end";
import { changeSubscription } from "./subscriptions/change-subscription";
import { dropSchedules } from "./subscriptions/update-context";
import { recordSubscriptionOrder } from "./record-order";
import { endOfCharge } from "./terms";
import type { Subscription } from "./world";
import { applyDirectly, type AppliedWrite } from "./write";

/** What time does to a subscription at one moment. */
export interface TimeEvent {
  atMs: number;
  kind: "provisioned" | "charge" | "termEnd" | "customDate" | "extendedTermNoticed" | "disable" | "delete";
}

/** Plays everything that is due for this subscription up to the moment given, in order, each at its own moment. */
export function playDueEvents(simulation: Simulation, subscription: Subscription, untilMs: number): void {
  for (;;) {
    const event = nextEventOf(subscription, simulation.switches);
    if (!event || event.atMs > untilMs) return;
    // An ordinary charge changes nothing that anybody could see: no entry, no record.
    const isPlainCharge = event.kind === "charge" && !subscription.resource["nextChargeInstructions"];
    if (isPlainCharge) beginCharge(simulation, subscription, event.atMs);
    else playEvent(simulation, subscription, event);
  }
}

/** A write of nobody: booked and audited as the system's. */
function playEvent(simulation: Simulation, subscription: Subscription, event: TimeEvent): void {
  const { ids } = simulation.world;
  const path = `/v1/customers/${subscription.customerId}/subscriptions/${subscription.id}`;
  const actor = {
    origin: "clock" as const,
    method: "CLOCK",
    path,
    partnerId: subscription.partnerId,
    requestId: ids.guid(),
    correlationId: ids.guid(),
    caller: { kind: "system" as const },
    atMs: event.atMs,
  };
  applyDirectly(simulation, actor, {
    operation: "update_subscription",
    resourceType: "subscription",
    customerId: subscription.customerId,
    subscriptionId: subscription.id,
    plan: () => ({ apply: () => act(simulation, subscription, event) }),
  });
}

function act(simulation: Simulation, subscription: Subscription, event: TimeEvent): AppliedWrite {
  const before = structuredClone(subscription.resource);
  const effects =
    event.kind === "termEnd"
      ? endTerm(simulation, subscription, event.atMs)
      : [changeSubscription(simulation, subscription, event.atMs, () => change(simulation, subscription, event))];
  const visible = effects.filter((effect) => effect.changed.length > 0);
  return {
    answer: { status: 200 },
    effects: visible,
    changed: visible.length > 0,
    audit: updateAudit(subscription, before),
  };
}

function change(simulation: Simulation, subscription: Subscription, event: TimeEvent): string | undefined {
  const { resource } = subscription;
  switch (event.kind) {
    case "provisioned":
      resource.status = simulation.switches.provisioningOutcome === "success" ? "active" : "deleted";
      return undefined;
    case "charge":
      return beginCharge(simulation, subscription, event.atMs);
    case "customDate":
      return playCustomDate(simulation, subscription, event.atMs);
    case "extendedTermNoticed":
      resource.scheduledActions = [{ scheduleType: "TermEnd", actionType: "RenewToExtendedServiceTerm" }];
      delete subscription.autoRenewOffAt;
      return undefined;
    case "disable":
      resource.status = "disabled";
      return undefined;
    case "delete":
      resource.status = "deleted";
      return undefined;
    case "termEnd":
      throw new Error("The end of a term is played by endTerm.");
  }
}

/** A new charge cycle begins; a billing change that waited for it takes effect. */
function beginCharge(simulation: Simulation, subscription: Subscription, atMs: number): string | undefined {
  const { resource } = subscription;
  const waiting = resource["nextChargeInstructions"];
  const product = isJsonObject(waiting) && isJsonObject(waiting["product"]) ? waiting["product"] : {};
  const billingCycle = product["billingCycle"];
  if (typeof billingCycle === "string") {
    applyBillingCycle(subscription, billingCycle, atMs);
    return recordSubscriptionOrder(simulation, subscription, "Convert", resource.quantity, atMs).id;
  }
  const start = Date.parse(resource.effectiveStartDate);
  subscription.chargeEndsAt = endOfCharge(start, subscription.termEndsAt, resource.billingCycle, atMs);
  return undefined;
}

/** A scheduled action of a date of its own: an end before the term is over (its seats stay billed to the term end). */
function playCustomDate(simulation: Simulation, subscription: Subscription, atMs: number): string | undefined {
  const { resource } = subscription;
  const isDue = (action: Record<string, unknown>): boolean =>
    String(action["scheduleType"]).toLowerCase() === "customdate" &&
    Date.parse(String(action["effectiveDate"])) <= atMs;
  const due = resource.scheduledActions?.find(isDue);
  resource.scheduledActions = (resource.scheduledActions ?? []).filter((action) => action !== due);
  if (resource.scheduledActions.length === 0) delete resource.scheduledActions;
  if (String(due?.["actionType"]).toLowerCase() !== "cancel") return undefined;
  resource.status = "deleted";
  resource.autoRenewEnabled = false;
  dropSchedules(subscription);
  return recordSubscriptionOrder(simulation, subscription, "Cancel", resource.quantity, atMs).id;
}

export interface Clockwork {
  wakeAt(atMs: number): void;
  /** Looks at all subscriptions again, after switches moved their dates. */
  refresh(): void;
  stop(): void;
}

/**
 * Wakes at the earliest moment at which time acts on any subscription. One entry in the clock serves all of them, so that
 * thousands of subscriptions cost no more than one.
 */
export function createClockwork(simulation: () => Simulation): Clockwork {
  let armedFor = Infinity;
  let cancel: () => void = () => undefined;

  const run = (): void => {
    const { clock, world } = simulation();
    armedFor = Infinity;
    const now = clock.nowMs();
    for (const subscription of [...world.subscriptions.values()]) {
      if (simulation().nextEventOf(subscription) <= now) playDueEvents(simulation(), subscription, now);
    }
    wakeAt(earliestMoment(simulation()));
  };
  const wakeAt = (atMs: number): void => {
    if (atMs >= armedFor) return;
    cancel();
    armedFor = atMs;
    cancel = simulation().clock.at(atMs, run);
  };
  return {
    wakeAt,
    refresh: () => wakeAt(earliestMoment(simulation())),
    stop: () => {
      cancel();
      armedFor = Infinity;
    },
  };
}

function earliestMoment({ world, nextEventOf }: Simulation): number {
  let earliest = Infinity;
  for (const subscription of world.subscriptions.values()) earliest = Math.min(earliest, nextEventOf(subscription));
  return earliest;
}
