import { refuse } from "../errors";
import { camelCased, isJsonObject } from "../route";
import type { SwitchValues } from "../switches";
import type { JsonObject, Subscription, SubscriptionResource } from "../world";
import { derivedFields } from "./subscription-view";

/** What a PATCH body asks for, compared with the present state. Only what differs is set. */
export interface RequestedChange {
  quantity?: number;
  status?: string;
  friendlyName?: string;
  partnerId?: string;
  billing?: { billingCycle: string; termDuration: string; atNextCharge: boolean };
  renewal?: RenewalWish;
  /** Consequences of what was left out: nobody asked for them, they happen all the same. */
  leftOut: { autoRenew: boolean; schedule: boolean };
  /** Fields nobody knows; kept. */
  unknown: JsonObject;
}

/** Auto-renew and schedule are one thing: what becomes of it at term end. */
export interface RenewalWish {
  autoRenewEnabled: boolean;
  instructions: JsonObject | undefined;
  actions: JsonObject[] | undefined;
}

export type ChangeName = "status" | "quantity" | "billing" | "renewal" | "partnerId" | "friendlyName";

const changeNames: ChangeName[] = ["status", "quantity", "billing", "renewal", "partnerId", "friendlyName"];

/** Fields a client cannot write; what it sends in them is ignored, as it merely returns what it read. */
const readOnly = new Set<string>([
  ...derivedFields,
  ...["id", "offerId", "entitlementId", "offerName", "productType", "unitType", "parentSubscriptionId", "orderId"],
  ...["hasPurchasableAddons", "creationDate", "effectiveStartDate", "commitmentEndDate", "commitmentEndDateTime"],
  ...["isTrial", "billingType", "renewalTermDuration", "promotionId", "migratedFromSubscriptionId", "attributes"],
  ...["isMicrosoftProduct", "publisherName", "actions", "suspensionReasons", "attentionNeeded", "actionTaken"],
  ...["attentionReason", "contractType", "consumptionType", "productOrderId", "lineItems", "additionalPartnerIds"],
]);
const writable = new Set<string>([
  ...["quantity", "status", "friendlyName", "partnerId", "billingCycle", "termDuration", "nextChargeInstructions"],
  ...["autoRenewEnabled", "scheduledNextTermInstructions", "scheduledActions"],
]);
const canonicalNames = new Map([...readOnly, ...writable].map((name) => [name.toLowerCase(), name]));

/**
 * Reads the body of a PATCH, which replaces the whole resource: a missing `autoRenewEnabled` is false, a missing
 * schedule is none (partner-center-api.md §4.3). Property names count in any case; other fields left out stay.
 */
export function readRequestedChange(
  body: JsonObject,
  subscription: Subscription,
  switches: SwitchValues,
): RequestedChange {
  const { resource } = subscription;
  const sent: JsonObject = {};
  const unknown: JsonObject = {};
  for (const [name, value] of Object.entries(body)) {
    const known = canonicalNames.get(name.toLowerCase());
    if (known === undefined) unknown[name] = value;
    else if (writable.has(known)) sent[known] = value;
    else if (known === "id") refuseOtherId(value, subscription.id);
  }
  const quantity = readQuantity(sent["quantity"]);
  const status = readStatus(sent["status"]);
  const friendlyName = readText(sent, "friendlyName");
  const partnerId = readText(sent, "partnerId");
  const billing = readBilling(sent, resource);
  const renewal = readRenewal(sent, resource, switches);
  return {
    ...(quantity !== undefined && quantity !== resource.quantity ? { quantity } : {}),
    ...(status !== undefined && status !== resource.status ? { status } : {}),
    ...(friendlyName !== undefined && friendlyName !== resource.friendlyName ? { friendlyName } : {}),
    ...(partnerId !== undefined && partnerId !== (resource["partnerId"] ?? "") ? { partnerId } : {}),
    ...(billing ? { billing } : {}),
    ...renewal,
    unknown,
  };
}

/** Names of what was asked for. */
export function askedFor(change: RequestedChange): ChangeName[] {
  return changeNames.filter((name) => change[name] !== undefined);
}

function refuseOtherId(value: unknown, id: string): void {
  if (typeof value !== "string" || value.toLowerCase() !== id) {
    refuse(400, "3000", "The id in the body is not the subscription of the path.", ["id"]);
  }
}

function readQuantity(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isInteger(value)) return value;
  return refuse(400, "800002", "quantity must be a whole number.", ["quantity"]);
}

const statuses = ["none", "active", "pending", "suspended", "expired", "disabled", "deleted"];

function readStatus(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const status = typeof value === "string" ? value.toLowerCase() : "?";
  if (status === "none" || status === "lapsed") return undefined;
  return statuses.includes(status)
    ? status
    : refuse(400, "900126", `The status '${status}' cannot be parsed.`, ["status"]);
}

function readText(sent: JsonObject, name: string): string | undefined {
  const value = sent[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : refuse(400, "800002", `${name} must be text.`, [name]);
}

function readBilling(sent: JsonObject, resource: SubscriptionResource): RequestedChange["billing"] {
  const billingCycle = readText(sent, "billingCycle")?.toLowerCase() ?? resource.billingCycle;
  const termDuration = readText(sent, "termDuration")?.toUpperCase() ?? resource.termDuration;
  if (billingCycle !== resource.billingCycle || termDuration !== resource.termDuration) {
    return { billingCycle, termDuration, atNextCharge: false };
  }
  const next = camelCased(sent["nextChargeInstructions"]);
  if (!isJsonObject(next) || sameJson(next, resource["nextChargeInstructions"])) return undefined;
  const product = isJsonObject(next["product"]) ? next["product"] : {};
  const nextCycle = (readText(product, "billingCycle") ?? billingCycle).toLowerCase();
  return { billingCycle: nextCycle, termDuration, atNextCharge: true };
}

type Renewal = { renewal?: RenewalWish; leftOut: RequestedChange["leftOut"] };

function readRenewal(sent: JsonObject, resource: SubscriptionResource, switches: SwitchValues): Renewal {
  const autoRenewEnabled = sent["autoRenewEnabled"] === true;
  const instructions = readInstructions(sent["scheduledNextTermInstructions"], resource, switches);
  const actions = readActions(sent["scheduledActions"]);
  const present = presentSchedule(resource);
  const asksAutoRenew = "autoRenewEnabled" in sent && autoRenewEnabled !== resource.autoRenewEnabled;
  // Where both are sent, only the actions count.
  const wished = actions ? { actions } : { instructions };
  const isSame = sameJson(actions ?? instructions ?? null, present);
  const namesSchedule = "scheduledActions" in sent || "scheduledNextTermInstructions" in sent;
  const leftOut = {
    autoRenew: !("autoRenewEnabled" in sent) && resource.autoRenewEnabled,
    schedule: !namesSchedule && present !== null,
  };
  if (!asksAutoRenew && (isSame || !namesSchedule)) return { leftOut };
  // Auto-renew off deletes the schedule, also where it is merely sent back as it was read.
  if (asksAutoRenew && !autoRenewEnabled && isSame) {
    return { renewal: { autoRenewEnabled, instructions: undefined, actions: undefined }, leftOut };
  }
  return { renewal: { autoRenewEnabled, instructions: undefined, actions: undefined, ...wished }, leftOut };
}

function presentSchedule(resource: SubscriptionResource): JsonObject | JsonObject[] | null {
  const { scheduledActions, scheduledNextTermInstructions } = resource;
  if (scheduledActions && scheduledActions.length > 0) return scheduledActions;
  return scheduledNextTermInstructions ?? null;
}

function readInstructions(
  value: unknown,
  resource: SubscriptionResource,
  switches: SwitchValues,
): JsonObject | undefined {
  if (value === null && !switches.nullScheduleRemoves) return resource.scheduledNextTermInstructions ?? undefined;
  if (value === undefined || value === null) return undefined;
  const instructions = camelCased(value);
  return isJsonObject(instructions)
    ? instructions
    : refuse(400, "3000", "scheduledNextTermInstructions must be an object.", ["scheduledNextTermInstructions"]);
}

/** Both spellings of the type are understood. An empty list means none. */
function readActions(value: unknown): JsonObject[] | undefined {
  if (value === undefined || value === null) return undefined;
  const actions = camelCased(value);
  if (!Array.isArray(actions) || !actions.every(isJsonObject)) {
    return refuse(400, "3000", "scheduledActions must be a list of objects.", ["scheduledActions"]);
  }
  if (actions.length === 0) return undefined;
  return actions.map(({ scheduledType, scheduleType, ...rest }) => ({
    scheduleType: scheduleType ?? scheduledType,
    ...rest,
  }));
}

function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value ?? null;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}
