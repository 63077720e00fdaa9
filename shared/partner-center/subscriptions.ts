import { SubscriptionId } from "../domain/access/ids";
import { scheduleIn } from "../domain/subscriptions/renewal-schedule";
import type { Subscription } from "../domain/subscriptions/subscription";
import type { ReadSubscription, SubscriptionSource } from "../domain/subscriptions/subscription-source";
import { okOrThrow, unreadable, type PartnerCenterClient, type ReadAnswer } from "./client";
import { WireSubscription } from "./wire";

/** Live reads of subscriptions (fact sheet §4.1). */
export function createSubscriptionSource(
  client: PartnerCenterClient,
  onUnknown: OnUnknownValue = () => undefined,
): SubscriptionSource {
  return {
    async list(reseller, customer) {
      const { items, at } = await client.getAll({ reseller }, `/v1/customers/${customer}/subscriptions`);
      // One that cannot be read fails the list: left out, it would look as if Microsoft had deleted it.
      return items.map((item) => readSubscription(item, at, onUnknown));
    },
    async get(reseller, customer, id) {
      const answer = await client.get({ reseller }, `/v1/customers/${customer}/subscriptions/${id}`);
      if (isUnknownSubscription(answer)) return undefined;
      const { body, at } = okOrThrow(answer);
      return readSubscription(body, at, onUnknown);
    },
  };
}

/** Told about enum values this code has not met; they are passed on all the same. */
export type OnUnknownValue = (field: string, value: string) => void;

function isUnknownSubscription(answer: ReadAnswer): boolean {
  return answer.kind === "refused" && answer.refusal.status === 404 && answer.refusal.code === "20003";
}

/** `raw` is the very object that came, because a PATCH sends all of it back. */
function readSubscription(item: unknown, readAt: Date, onUnknown: OnUnknownValue): ReadSubscription {
  const parsed = WireSubscription.safeParse(item);
  const id = SubscriptionId.safeParse(parsed.data?.id);
  if (!parsed.success || !id.success || !isRecord(item)) throw unreadable("subscription", parsed.error ?? id.error);
  return { subscription: toSubscription(id.data, parsed.data, onUnknown), raw: item, readAt };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  status: ["none", "active", "pending", "suspended", "expired", "disabled", "deleted"],
  billingCycle: ["unknown", "monthly", "annual", "none", "one_time", "triennial", "biennial"],
};

function openEnum(field: string, value: string | null | undefined, onUnknown: OnUnknownValue): string {
  const lower = value?.toLowerCase() ?? "";
  if (lower !== "" && !KNOWN[field]?.includes(lower)) onUnknown(field, lower.slice(0, 50));
  return lower;
}

function toSubscription(id: SubscriptionId, wire: WireSubscription, onUnknown: OnUnknownValue): Subscription {
  const offerId = wire.offerId ?? "";
  const offerName = wire.offerName ?? "";
  return {
    id,
    friendlyName: wire.friendlyName ?? offerName,
    offerName,
    productSku: offerId.split(":", 2).join(":"),
    offerId,
    quantity: wire.quantity,
    status: openEnum("status", wire.status, onUnknown),
    term: wire.termDuration?.toUpperCase() ?? "",
    billingCycle: openEnum("billingCycle", wire.billingCycle, onUnknown),
    autoRenew: wire.autoRenewEnabled ?? false,
    isTrial: wire.isTrial ?? false,
    parentSubscriptionId: wire.parentSubscriptionId?.toLowerCase() || undefined,
    effectiveStartAt: presentDate(wire.effectiveStartDate),
    commitmentEndsAt: commitmentEnd(wire),
    cancellationAllowedUntil: presentDate(wire.cancellationAllowedUntilDate),
    refundable: refundableOf(wire),
    schedule: scheduleIn(wire),
    orderId: wire.orderId || undefined,
    etag: wire.attributes?.etag || undefined,
  };
}

/** .NET's empty date is year 1. */
function presentDate(date: Date | null | undefined): Date | undefined {
  return date && date.getUTCFullYear() > 1 ? date : undefined;
}

/**
 * The exact end where it is given. Else, in new commerce, `commitmentEndDate` is an inclusive day shown as its midnight
 * (fact sheet §4.2): the commitment ends with the last moment of that UTC day.
 */
function commitmentEnd(wire: WireSubscription): Date | undefined {
  const exact = presentDate(wire.commitmentEndDateTime);
  const day = presentDate(wire.commitmentEndDate);
  if (exact || !day) return exact;
  const inclusive = wire.productType?.id?.toLowerCase() === "onlineservicesnce" && day.getTime() % DAY_MS === 0;
  return inclusive ? new Date(day.getTime() + DAY_MS - 1) : day;
}

const DAY_MS = 86_400_000;

function refundableOf({ refundableQuantity }: WireSubscription): Subscription["refundable"] {
  if (!refundableQuantity) return undefined;
  const batches = (refundableQuantity.details ?? []).flatMap(({ quantity, allowedUntilDateTime }) =>
    allowedUntilDateTime ? [{ quantity, allowedUntil: allowedUntilDateTime }] : [],
  );
  return { total: refundableQuantity.totalQuantity, batches };
}
