import type { CspCustomerId } from "../domain/access/ids";
import type { RemoteAuditRecord, RemoteHistory, RemoteOrderLine } from "../domain/changes/remote-history";
import { unreadable, type PartnerCenterClient } from "./client";
import { WireAuditRecord, WireOrder } from "./wire";

const DAY_MS = 86_400_000;
const PAGE_SIZE = 500;

/**
 * What Microsoft recorded (fact sheet §6.1, §8.1). All or an error: a page that cannot be read, a record that cannot be
 * parsed or a list without an end throws, because "nothing found" is taken as proof.
 */
export function createRemoteHistory(client: PartnerCenterClient): RemoteHistory {
  return {
    async auditRecords(reseller, { customer, from, to }) {
      const found = new Map<string, RemoteAuditRecord>();
      for (const window of dayWindows(from, to)) {
        const { items } = await client.getAll({ reseller }, auditPath(customer, window));
        for (const item of items) {
          const record = parseAuditRecord(item, customer);
          if (record && record.operationDate >= from && record.operationDate <= to) found.set(record.id, record);
        }
      }
      return [...found.values()].sort((a, b) => a.operationDate.getTime() - b.operationDate.getTime());
    },

    async orderLines(reseller, { customer, subscription }) {
      const { items } = await client.getAll({ reseller }, `/v1/customers/${customer}/orders`);
      return items.flatMap((item) => parseOrder(item)).filter((line) => line.subscriptionId === subscription);
    },
  };
}

interface Window {
  /** UTC days as `yyyy-mm-dd`. */
  startDate: string;
  endDate?: string;
}

/**
 * One window per UTC day: the answer for a long one is slow and easily cut off. Whether `endDate` itself belongs to the
 * answer is not documented, and a day missed would look like proof that nothing happened: so each window ends a day
 * later than it has to, the last one has no end, and what is found twice counts once.
 */
function dayWindows(from: Date, to: Date): Window[] {
  const windows: Window[] = [];
  const first = Math.floor(from.getTime() / DAY_MS) * DAY_MS;
  for (let day = first; day <= to.getTime(); day += DAY_MS) {
    const next = day + DAY_MS;
    windows.push(next > to.getTime() ? { startDate: isoDay(day) } : { startDate: isoDay(day), endDate: isoDay(next) });
  }
  return windows;
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function auditPath(customer: CspCustomerId, window: Window): string {
  const filter = JSON.stringify({ Field: "CustomerId", Value: customer, Operator: "equals" });
  const query = new URLSearchParams({ ...window, size: String(PAGE_SIZE), filter });
  return `/v1/auditrecords?${query.toString()}`;
}

function parseAuditRecord(item: unknown, customer: CspCustomerId): RemoteAuditRecord | undefined {
  const parsed = WireAuditRecord.safeParse(item);
  if (!parsed.success) throw unreadable("audit record", parsed.error);
  const wire = parsed.data;
  // The filter is Microsoft's promise; another customer's record must not explain a change of this one.
  if (wire.customerId && wire.customerId.toLowerCase() !== customer) return undefined;
  const before = jsonFields(wire.resourceOldValue);
  const after = jsonFields(wire.resourceNewValue);
  return {
    id: wire.id,
    correlationId: wire.originalCorrelationId?.toLowerCase() || undefined,
    operationType: wire.operationType?.toLowerCase() ?? "",
    operationStatus: wire.operationStatus?.toLowerCase() ?? "",
    operationDate: wire.operationDate,
    subscriptionId: subscriptionOf(wire, after, before),
    oldQuantity: wholeNumber(before.get("quantity")),
    newQuantity: wholeNumber(after.get("quantity")),
    userName: wire.userPrincipalName || undefined,
  };
}

/** The top-level fields of a resource that was recorded as JSON text, by lower-case name; none when unreadable. */
function jsonFields(text: string | null | undefined): Map<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    if (typeof value !== "object" || value === null) return new Map();
    return new Map(Object.entries(value).map(([key, field]): [string, unknown] => [key.toLowerCase(), field]));
  } catch {
    return new Map();
  }
}

function subscriptionOf(
  wire: WireAuditRecord,
  after: ReadonlyMap<string, unknown>,
  before: ReadonlyMap<string, unknown>,
): string | undefined {
  const named = wire.customizedData?.find(({ key }) => /^subscriptionid(-0)?$/i.test(key))?.value;
  const ofResource =
    wire.resourceType?.toLowerCase() === "subscription" ? (after.get("id") ?? before.get("id")) : undefined;
  const value = named || ofResource || after.get("subscriptionid") || before.get("subscriptionid");
  return typeof value === "string" && value !== "" ? value.toLowerCase() : undefined;
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return Number.isInteger(number) ? Number(number) : undefined;
}

function parseOrder(item: unknown): RemoteOrderLine[] {
  const parsed = WireOrder.safeParse(item);
  if (!parsed.success) throw unreadable("order", parsed.error);
  const { id, creationDate, lineItems } = parsed.data;
  return (lineItems ?? []).map((line) => ({
    orderId: id,
    createdAt: creationDate,
    transactionType: line.transactionType?.toLowerCase() ?? "",
    subscriptionId: (line.subscriptionId || lastSegment(line.links?.subscription?.uri))?.toLowerCase(),
    quantity: line.quantity ?? 0,
  }));
}

function lastSegment(uri: string | null | undefined): string | undefined {
  return /\/subscriptions\/([0-9a-f-]{36})\/?$/i.exec(uri ?? "")?.[1];
}
