import { isAlignedTermEnd } from "../catalog/custom-term-end";
import { refuse } from "../errors";
import { collection, customerOf, type AddRoute, type Answer, type Call } from "../route";
import { DAY_MS, endOfTerm, isoTime, startOfDay, termMonths } from "../terms";
import { subscriptionsOf } from "./read-routes";

const PAGE = 300;

/** Days a new purchase may end on: calendar month ends, and ends of running subscriptions (partner-center-api.md §4.9). */
export function registerCustomTermEndDates(add: AddRoute): void {
  const path = "/v1/customers/:customerId/subscriptions/customTermEndDates";
  add({ method: "GET", path, name: "listCustomTermEndDates", token: "any" }, listDates);
}

function listDates(call: Call): Answer {
  const termDuration = call.query.get("term_duration")?.toUpperCase() ?? "";
  const months = termMonths(termDuration);
  if (months === undefined) refuse(400, "800002", "term_duration is required: P1M, P1Y or P3Y.", ["term_duration"]);
  const today = startOfDay(call.now.getTime());
  const start = startOfDay(Date.parse(call.query.get("term_start_date") ?? call.now.toISOString()));
  if (Number.isNaN(start) || start < today)
    refuse(400, "800002", "term_start_date is in the past.", ["term_start_date"]);
  const days = targetDay(call) ?? daysBetween(start, endOfTerm(start, months));
  const { world } = call.simulation;
  const partnerId = call.caller.partner.tenantId;
  const customerId = customerOf(call).id;
  const items = days
    .map((day) => isoTime(day))
    .filter((date) => isAlignedTermEnd({ customerId, partnerId, termDuration, date, nowMs: start }, world))
    .map((date) => ({ customTermEndDate: date, attributes: { objectType: "CustomTermEndDate" } }));
  return pageOf(call, items);
}

/** `target_coterm_subscription_id`: only the end of that one. */
function targetDay(call: Call): number[] | undefined {
  const target = call.query.get("target_coterm_subscription_id")?.toLowerCase();
  if (target === undefined) return undefined;
  const found = subscriptionsOf(call).find(({ id }) => id === target);
  return found
    ? [startOfDay(Date.parse(found.resource.commitmentEndDate))]
    : refuse(404, "20003", "The subscription was not found.");
}

function daysBetween(start: number, end: number): number[] {
  return Array.from({ length: Math.round((end - start) / DAY_MS) }, (_, day) => start + day * DAY_MS);
}

/** At most 300 a page; the token of the next one stands in a header of the answer. */
function pageOf(call: Call, items: unknown[]): Answer {
  const from = Number(call.headers["ms-continuationtoken"] ?? "0");
  if (!Number.isInteger(from) || from < 0)
    refuse(400, "800002", "MS-ContinuationToken is not valid.", ["MS-ContinuationToken"]);
  const next = from + PAGE;
  return {
    status: 200,
    body: collection(items.slice(from, next), call.path.replace(/^\/v1/i, "")),
    headers: next < items.length ? { "ms-continuationtoken": String(next) } : {},
  };
}
