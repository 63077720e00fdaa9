import type { RemoteAuditRecord, RemoteOrderLine } from "../changes/remote-history";
import { mayHaveChangedSeats, seatsAfter } from "../changes/weigh-evidence";
import type { Subscription } from "../subscriptions/subscription";

/** What Microsoft tells about a subscription, and what was last known of it when the backup was taken. */
export interface SubscriptionEvidence {
  /** Of the customer, since before the baseline and the backup. */
  records: readonly RemoteAuditRecord[];
  /** Of this subscription. */
  orderLines: readonly RemoteOrderLine[];
  subscription: Subscription;
  /** The newest number of seats that the backup knows for sure, by our own clock. */
  baseline: { quantity: number; at: Date } | undefined;
}

/** Two clocks, ours and Microsoft's, differ by less. */
export const CLOCKS_DIFFER_MS = 5 * 60_000;
const SEAT_ORDERS = ["addquantity", "removequantity"];

/**
 * What nobody's record explains: seats that are not those that the records lead to, or an order without one. Undefined
 * when all is explained. What is not may be a write of ours whose record is missing.
 */
export function findUnexplained(evidence: SubscriptionEvidence, takenAt: Date): string | undefined {
  const { subscription, orderLines, baseline } = evidence;
  const moves = evidence.records.filter((record) => mayHaveChangedSeats(record, subscription.id));
  if (!leadsTo(subscription.quantity, moves, baseline)) {
    return `${subscription.quantity} seats, which Microsoft's records since the backup do not lead to`;
  }
  const orders = orderLines.filter(
    ({ createdAt, transactionType }) => createdAt >= takenAt && SEAT_ORDERS.includes(transactionType),
  );
  const recorded = moves.filter(({ operationDate }) => operationDate.getTime() >= takenAt.getTime() - CLOCKS_DIFFER_MS);
  return orders.length > recorded.length
    ? `${orders.length} orders of seats since the backup, and records of ${recorded.length}`
    : undefined;
}

/** True when the moves, each beginning where another ended, lead from what was known to what there is. */
function leadsTo(
  quantity: number,
  moves: readonly RemoteAuditRecord[],
  baseline: SubscriptionEvidence["baseline"],
): boolean {
  const inOrder = [...moves].sort((a, b) => a.operationDate.getTime() - b.operationDate.getTime());
  if (!baseline) {
    const from = inOrder.find(({ oldQuantity }) => oldQuantity !== undefined)?.oldQuantity;
    return from === undefined || seatsAfter(from, inOrder) === quantity;
  }
  // Records of about that moment may be older than the baseline or newer: the two clocks differ.
  const at = baseline.at.getTime();
  const near = inOrder.filter(({ operationDate }) => operationDate.getTime() >= at - CLOCKS_DIFFER_MS);
  const certain = near.filter(({ operationDate }) => operationDate.getTime() < at + CLOCKS_DIFFER_MS).length;
  return Array.from({ length: certain + 1 }, (_, older) => near.slice(older)).some(
    (since) => seatsAfter(baseline.quantity, since) === quantity,
  );
}
