import { refuse } from "../errors";
import { refuseStaleEtag } from "../if-match";
import type { Simulation } from "../route";
import type { Effect, JsonObject, Subscription } from "../world";
import type { PlannedWrite } from "../write";
import { planBilling } from "./billing-update";
import { changeSubscription } from "./change-subscription";
import { familyOf } from "./product-rules";
import { planQuantity } from "./quantity-update";
import { planRenewal } from "./renewal-update";
import { askedFor, readRequestedChange, type ChangeName, type RequestedChange } from "./requested-change";
import { followingAddons, followStatus, planStatus } from "./status-update";
import { etagOf, subscriptionView } from "./subscription-view";
import { dropSchedules, type UpdateContext, type UpdateStep } from "./update-context";

/**
 * Judges a PATCH: the complete resource, with one thing changed. Throws the refusal Partner Center would give, or returns
 * what to do. What was left out has its consequences beside what was asked for.
 */
export function planUpdate(
  simulation: Simulation,
  subscription: Subscription,
  body: JsonObject,
  ifMatch: string | undefined,
): PlannedWrite {
  const { switches, clock } = simulation;
  const context: UpdateContext = { simulation, subscription, nowMs: clock.nowMs() };
  refuseStaleEtag(simulation, ifMatch, etagOf(subscription, switches));
  refuseByState(context);
  const change = readRequestedChange(body, subscription, switches);
  const names = chosenChanges(askedFor(change), switches.combinedChanges);
  refuseByKind(context, names);
  const steps = names.map((name) => planOne(context, name, change));
  return {
    apply: () => {
      const before = structuredClone(subscription.resource);
      const effects = applySteps(context, change, names, steps);
      const isChanged = effects.some((effect) => effect.changed.length > 0);
      if (isChanged) subscription.updateCount++;
      const nowMs = clock.nowMs();
      return {
        answer: { status: 200, body: subscriptionView(subscription, subscription, { switches, nowMs, byId: false }) },
        effects: effects.filter((effect) => effect.changed.length > 0),
        changed: isChanged,
        audit: updateAudit(subscription, before),
      };
    },
  };
}

/** What the audit record of an update says. */
export function updateAudit(
  { resource }: Subscription,
  before: JsonObject,
): { oldValue: JsonObject; newValue: JsonObject; customizedData: { key: string; value: string }[] } {
  return {
    oldValue: before,
    newValue: structuredClone(resource),
    customizedData: [
      { key: "SubscriptionId", value: resource.id },
      { key: "SubscriptionName", value: resource.friendlyName },
      { key: "Quantity", value: String(resource.quantity) },
    ],
  };
}

function refuseByState({ simulation, subscription, nowMs }: UpdateContext): void {
  const { status, autoRenewEnabled } = subscription.resource;
  if (status === "deleted") refuse(400, "2011", "The subscription is deleted and cannot be updated.");
  if (status === "pending") refuse(400, "800081", "The subscription is not activated yet.");
  if (status !== "active" && status !== "suspended") {
    refuse(400, "900279", `Updates are no longer allowed: the subscription is ${status}.`);
  }
  if (nowMs >= subscription.termEndsAt) {
    // Its term is over and the renewal queue has not reached it yet.
    if (autoRenewEnabled)
      refuse(409, "900278", "There is a pending operation on this subscription. Try again after 24 hours.");
    refuse(400, "900277", "The subscription is being expired.");
  }
  const { updateCap } = simulation.switches;
  if (updateCap > 0 && subscription.updateCount >= updateCap) {
    refuse(400, "900311", "The subscription was updated too many times; contact support.");
  }
}

function refuseByKind({ subscription }: UpdateContext, names: ChangeName[]): void {
  const { status } = subscription.resource;
  const beyondStatus = names.filter((name) => name !== "status");
  if (status === "suspended" && beyondStatus.length > 0 && !names.includes("quantity")) {
    refuse(400, "800091", "A suspended subscription cannot be updated.");
  }
  const isAzure = familyOf(subscription) === "azure";
  if (isAzure && beyondStatus.some((name) => name !== "friendlyName")) {
    refuse(400, "2006", "Updates are not allowed for this offer.");
  }
}

function chosenChanges(names: ChangeName[], combined: "refuse" | "firstOnly" | "all"): ChangeName[] {
  if (names.length <= 1 || combined === "all") return names;
  if (combined === "firstOnly") return names.slice(0, 1);
  return refuse(400, "3000", `Change one thing at a time, not ${names.join(" and ")}.`, names);
}

function planOne(context: UpdateContext, name: ChangeName, change: RequestedChange): UpdateStep {
  const { resource } = context.subscription;
  switch (name) {
    case "quantity":
      return planQuantity(context, change.quantity ?? resource.quantity);
    case "status":
      return planStatus(context, change.status ?? resource.status);
    case "billing":
      return change.billing ? planBilling(context, change.billing) : () => undefined;
    case "renewal":
      return change.renewal ? planRenewal(context, change.renewal) : () => undefined;
    case "partnerId":
      if (context.simulation.switches.partnerModel === "direct") {
        refuse(400, "800098", "The partner on record cannot be updated.", ["partnerId"]);
      }
      return () => {
        resource["partnerId"] = change.partnerId;
        return undefined;
      };
    case "friendlyName":
      return () => {
        resource.friendlyName = change.friendlyName ?? resource.friendlyName;
        return undefined;
      };
  }
}

function applySteps(
  context: UpdateContext,
  change: RequestedChange,
  names: ChangeName[],
  steps: UpdateStep[],
): Effect[] {
  const { simulation, subscription } = context;
  const atMs = simulation.clock.nowMs();
  const status = names.includes("status") ? change.status : undefined;
  const addons = status === undefined ? [] : followingAddons(context, status);
  const own = changeSubscription(simulation, subscription, atMs, () => {
    Object.assign(subscription.resource, change.unknown);
    applyLeftOut(subscription, change.leftOut);
    const orderId = steps.reduce<string | undefined>((found, step) => step(atMs) ?? found, undefined);
    noteAutoRenew(subscription, atMs);
    return orderId;
  });
  const followed = addons.map((addon) =>
    changeSubscription(simulation, addon, atMs, () =>
      followStatus({ ...context, subscription: addon }, status ?? "")(atMs),
    ),
  );
  return [own, ...followed];
}

function applyLeftOut(subscription: Subscription, leftOut: RequestedChange["leftOut"]): void {
  const { resource } = subscription;
  if (leftOut.schedule || leftOut.autoRenew) dropSchedules(subscription);
  const family = familyOf(subscription);
  if (leftOut.autoRenew && (family === "seats" || family === "software" || family === "marketplace")) {
    resource.autoRenewEnabled = false;
  }
}

/** Microsoft may turn "auto-renew off, and nothing else said" into an extended service term by itself. */
function noteAutoRenew(subscription: Subscription, atMs: number): void {
  const { autoRenewEnabled, scheduledActions } = subscription.resource;
  if (autoRenewEnabled || (scheduledActions && scheduledActions.length > 0)) delete subscription.autoRenewOffAt;
  else subscription.autoRenewOffAt ??= atMs;
}
