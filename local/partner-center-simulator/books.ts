import type { Effect } from "./world";

export type BookOutcome = "applied" | "unchanged" | "refused" | "replayed" | "pending" | "lost";

/** One line of the simulator's own books: every write that reached it, and what it did. Clients never see it. */
export interface BookEntry {
  number: number;
  at: string;
  /** `clock`: renewal and the like; `outside`: somebody else, such as an edit in the Partner Center portal. */
  origin: "api" | "outside" | "clock";
  operation: string;
  method: string;
  path: string;
  partnerId: string;
  customerId?: string;
  subscriptionId?: string;
  requestId: string;
  correlationId: string;
  caller: { kind: "app" | "user" | "system"; appId?: string; upn?: string };
  outcome: BookOutcome;
  /** True when this line changed something that exists at Microsoft. At most one line per write is effective. */
  effective: boolean;
  httpStatus: number;
  code?: string;
  effects: Effect[];
}

/** Which lines of the books somebody wants to see; all given must match. */
export interface BookFilter {
  customerId?: string | undefined;
  subscriptionId?: string | undefined;
  requestId?: string | undefined;
  correlationId?: string | undefined;
  origin?: string | undefined;
  outcome?: string | undefined;
  operation?: string | undefined;
  /** `true`: only what changed something. */
  effective?: string | undefined;
  /** Lines with a higher number only. */
  after?: string | undefined;
}

export function filterBooks(books: BookEntry[], filter: BookFilter): BookEntry[] {
  const same = (wanted: string | undefined, found: string | undefined): boolean =>
    wanted === undefined || wanted.toLowerCase() === found?.toLowerCase();
  return books.filter(
    (entry) =>
      same(filter.customerId, entry.customerId) &&
      (filter.subscriptionId === undefined || concerns(entry, filter.subscriptionId.toLowerCase())) &&
      same(filter.requestId, entry.requestId) &&
      same(filter.correlationId, entry.correlationId) &&
      same(filter.origin, entry.origin) &&
      same(filter.outcome, entry.outcome) &&
      same(filter.operation, entry.operation) &&
      same(filter.effective, String(entry.effective)) &&
      (filter.after === undefined || entry.number > Number(filter.after)),
  );
}

/** What the effective writes did to one subscription since the start. */
export interface SubscriptionAccount {
  subscriptionId: string;
  quantityBefore: number;
  quantityAfter: number;
  /** Sum of all deltas; equals after minus before unless the books are wrong. */
  delta: number;
  writes: {
    number: number;
    at: string;
    origin: BookEntry["origin"];
    requestId: string;
    correlationId: string;
    delta: number;
    changed: string[];
    statusAfter: string;
  }[];
}

/** The effective writes per subscription, in their order. */
export function accounts(books: BookEntry[]): SubscriptionAccount[] {
  const bySubscription = new Map<string, SubscriptionAccount>();
  for (const entry of books.filter(({ effective }) => effective)) {
    for (const effect of entry.effects) {
      const { subscriptionId, quantityBefore, quantityAfter, delta, changed, statusAfter } = effect;
      const found = bySubscription.get(subscriptionId);
      const account = found ?? { subscriptionId, quantityBefore, quantityAfter, delta: 0, writes: [] };
      account.quantityAfter = quantityAfter;
      account.delta += delta;
      const { number, at, origin, requestId, correlationId } = entry;
      account.writes.push({ number, at, origin, requestId, correlationId, delta, changed, statusAfter });
      bySubscription.set(subscriptionId, account);
    }
  }
  return [...bySubscription.values()];
}

function concerns(entry: BookEntry, subscriptionId: string): boolean {
  return (
    entry.subscriptionId === subscriptionId || entry.effects.some((effect) => effect.subscriptionId === subscriptionId)
  );
}
