import { z } from "zod";
import { refuse } from "../errors";
import { camelCased, collection, type Answer, type Call } from "../route";
import type { Customer } from "../world";
import { customerInList } from "./customer-resource";

const Filter = z.object({ field: z.string(), value: z.string(), operator: z.string() });

/**
 * Customers of the caller's partner, seek-paged: `links.next` names the page and carries the MS-ContinuationToken header
 * without which it cannot be read. A removed relationship silently leaves the list (partner-center-api.md §1.6, §3).
 */
export function listCustomers(call: Call): Answer {
  const { world, switches } = call.simulation;
  const partnerId = call.caller.partner.tenantId;
  const filter = readFilter(call.query.get("filter"));
  const all = [...world.customers.values()].filter(
    (customer) => (customer.relationships[partnerId] ?? "none") !== "none" && filter(customer),
  );
  const size = pageSize(call, all.length, switches.customerPageLimit);
  const start = pageStart(call, size, all.length);
  const page = all.slice(start, start + size).map((customer) => customerInList(customer, partnerId));
  const next = start + size < all.length ? nextPage(call, size, start + size) : {};
  const prefix = switches.linksWithVersion ? "/v1" : "";
  const body = collection(page, `${prefix}/customers${searchOf(call)}`, next);
  return { status: 200, body: switches.totalCountOfAllPages ? { ...body, totalCount: all.length } : body };
}

function readFilter(text: string | null): (customer: Customer) => boolean {
  if (text === null || text === "") return () => true;
  const { field, value, operator } = parseFilter(text);
  if (operator.toLowerCase() !== "starts_with")
    refuse(400, "3000", `Operator '${operator}' is not supported here.`, ["Operator"]);
  const wanted = value.toLowerCase();
  const starts = (found: unknown): boolean => typeof found === "string" && found.toLowerCase().startsWith(wanted);
  switch (field.toLowerCase()) {
    case "companyname":
      return ({ resource }) => starts(resource.companyProfile.companyName);
    case "domain":
      return ({ resource }) => starts(resource.companyProfile.domain);
    case "indirectreseller":
    case "indirectcloudsolutionprovider":
      return ({ resource }) => starts(resource["associatedPartnerId"]);
    default:
      return refuse(400, "3000", `Customers cannot be searched by '${field}'.`, ["Field"]);
  }
}

function parseFilter(text: string): z.infer<typeof Filter> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return refuse(400, "800002", "The filter is not valid JSON.", ["filter"]);
  }
  const filter = Filter.safeParse(camelCased(parsed));
  return filter.success
    ? filter.data
    : refuse(400, "800002", "The filter needs Field, Value and Operator.", ["filter"]);
}

/** `size=0` with a filter returns all matches (a documented sample); otherwise the limit applies. */
function pageSize(call: Call, found: number, limit: number): number {
  const text = call.query.get("size");
  const size = text === null ? limit : Number(text);
  if (!Number.isInteger(size) || size < 0) refuse(400, "800002", "size must be a whole number.", ["size"]);
  if (size === 0) return call.query.has("filter") ? Math.max(found, 1) : limit;
  return Math.min(size, limit);
}

function pageStart(call: Call, size: number, found: number): number {
  const operation = call.query.get("seekOperation")?.toLowerCase();
  const token = call.headers["ms-continuationtoken"];
  const lastPage = Math.max(0, Math.floor((found - 1) / size) * size);
  switch (operation) {
    case undefined:
    case "first":
      return 0;
    case "next":
      return readToken(token);
    case "previous":
      return Math.max(0, readToken(token) - 2 * size);
    case "last":
      return lastPage;
    case "pageindex":
      return Math.max(0, Number(call.query.get("page") ?? "1") - 1) * size;
    default:
      return refuse(400, "900126", `seekOperation '${operation}' cannot be parsed.`, ["seekOperation"]);
  }
}

function readToken(token: string | undefined): number {
  const match = /^customers:(\d+)$/.exec(Buffer.from(token ?? "", "base64").toString("utf8"));
  return match
    ? Number(match[1])
    : refuse(400, "800002", "MS-ContinuationToken is missing or not valid.", ["MS-ContinuationToken"]);
}

function nextPage(call: Call, size: number, at: number): { nextUri: string; token: string } {
  const query = new URLSearchParams(call.query);
  query.set("size", String(size));
  query.set("seekOperation", "Next");
  const prefix = call.simulation.switches.linksWithVersion ? "/v1" : "";
  return {
    nextUri: `${prefix}/customers?${query.toString()}`,
    token: Buffer.from(`customers:${at}`).toString("base64"),
  };
}

const searchOf = (call: Call): string => (call.query.size > 0 ? `?${call.query.toString()}` : "");
