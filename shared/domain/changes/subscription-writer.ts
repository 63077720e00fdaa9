import type { CspCustomerId, SubscriptionId } from "../access/ids";
import type { ResellerIdentity } from "../resellers/reseller-identity";

/** One paid write, exactly as it goes on the wire. The intent that describes it is stored before it is sent. */
export interface PaidWrite {
  /** The whole raw resource with one thing changed. */
  body: Readonly<Record<string, unknown>>;
  /** The resource's etag where it has one; sent as `If-Match`. */
  etag?: string;
  /** `MS-RequestId` and `MS-CorrelationId` of this attempt. */
  requestId: string;
  correlationId: string;
  /** The request is not put on the wire after this moment: somebody else may act by then (change ledger §4.7). */
  sendBy: Date;
}

/** What came back. Deciding what it means is a pure rule (`classifyWrite`), not the adapter's. */
export type WriteAnswer =
  | { kind: "answered"; status: number; body: unknown; retryAfterSeconds?: number; answeredAt?: Date }
  /** Sent, or perhaps sent, and nothing readable came back. */
  | { kind: "noAnswer"; reason: string }
  /** Certainly not put on the wire. */
  | { kind: "notSent"; reason: "tooLate" | "resellerRevoked" | "secretInvalid" | "noToken"; detail?: string };

/**
 * The one door to paid writes. One call is at most one request on the wire: no retry, no redirect. It never throws for
 * an outcome of the call; it throws only for a programming error.
 */
export interface SubscriptionWriter {
  patch(
    reseller: ResellerIdentity,
    customer: CspCustomerId,
    subscription: SubscriptionId,
    write: PaidWrite,
  ): Promise<WriteAnswer>;
}

/** The last look at the clock before a paid write is put on the wire. */
export function maySend(sendBy: Date, now: Date): boolean {
  return now < sendBy;
}
