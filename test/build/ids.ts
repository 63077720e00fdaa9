import {
  ChangeId,
  CspCustomerId,
  CustomerId,
  ResellerId,
  SubscriptionId,
  TenantId,
} from "../../shared/domain/access/ids";

/** Ids that mean something to a reader of a test, and nothing else. */
export const TENANT = TenantId.parse("10000000-0000-4000-8000-000000000001");
export const CSP_CUSTOMER = CspCustomerId.parse(TENANT);
export const CUSTOMER = CustomerId.parse("c".repeat(26));
export const RESELLER = ResellerId.parse("r".repeat(26));
export const SUBSCRIPTION = SubscriptionId.parse("20000000-0000-4000-8000-000000000001");
export const OTHER_SUBSCRIPTION = SubscriptionId.parse("20000000-0000-4000-8000-000000000002");

/** A valid change id that ends with this number; larger numbers sort later. */
export function changeId(number: number): ChangeId {
  return ChangeId.parse(String(number).padStart(26, "0"));
}

/** A moment of no importance, far from today, so that a time taken from the machine is seen. */
export const START = new Date("2031-05-01T08:00:00.000Z");
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** That long after `START` (or another moment). */
export function after(ms: number, from: Date = START): Date {
  return new Date(from.getTime() + ms);
}
