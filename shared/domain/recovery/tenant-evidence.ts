import { AppError } from "../../errors";
import type { CspCustomerId, ResellerId, SubscriptionId, TenantId } from "../access/ids";
import { laneRow, Lane, type Change } from "../changes/change";
import type { RemoteAuditRecord, RemoteHistory } from "../changes/remote-history";
import { tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import { SNAPSHOT_PREFIX, SubscriptionSnapshot } from "../subscriptions/snapshot-store";
import type { SubscriptionSource } from "../subscriptions/subscription-source";
import { CLOCKS_DIFFER_MS, type SubscriptionEvidence } from "./find-unexplained";

export interface EvidenceDeps {
  store: StateStore;
  resellerIdentity(id: ResellerId): Promise<ResellerIdentity | undefined>;
  subscriptions: SubscriptionSource;
  history: RemoteHistory;
}

/** Through whom a customer is read. */
export interface Account {
  resellerId: ResellerId;
  cspCustomerId: CspCustomerId;
}

/** What the backup knows of a subscription. */
export interface LastKnown {
  baseline: SubscriptionEvidence["baseline"];
  /** Something was scheduled for its renewal. */
  hadSchedule: boolean;
}

/** The number of seats that was last verified or seen, whichever is newer. */
export async function lastKnownOf(store: StateStore, tenantId: TenantId, id: SubscriptionId): Promise<LastKnown> {
  const partition = tenantPartition(tenantId);
  const [laneFound, snapshotFound] = await Promise.all([
    store.get(partition, laneRow(id)),
    store.get(partition, SNAPSHOT_PREFIX + id),
  ]);
  const { verifiedQuantity, verifiedAt } = Lane.parse(laneFound?.value ?? {});
  const snapshot = snapshotFound && SubscriptionSnapshot.parse(snapshotFound.value);
  const verified =
    verifiedQuantity === undefined || verifiedAt === undefined
      ? undefined
      : { quantity: verifiedQuantity, at: new Date(verifiedAt) };
  const seen = snapshot && { quantity: snapshot.quantity, at: new Date(snapshot.asOf) };
  const baseline = verified && seen ? (verified.at > seen.at ? verified : seen) : (verified ?? seen);
  const hadSchedule = (snapshot?.raw["scheduledNextTermInstructions"] ?? undefined) !== undefined;
  return { baseline, hadSchedule };
}

/** Records older than the backup only explain seats; a week of them is enough, and each day is a call. */
const OLDEST_MS = 7 * 86_400_000;
const MARGIN_MS = 3_600_000;

/** From when on records are wanted: before the backup, and before what it knows of the subscriptions. */
export function recordsFrom(takenAt: Date, known: readonly LastKnown[]): Date {
  const oldest = takenAt.getTime() - OLDEST_MS;
  const baselines = known.flatMap(({ baseline }) => (baseline ? [baseline.at.getTime() - CLOCKS_DIFFER_MS] : []));
  return new Date(Math.min(takenAt.getTime() - MARGIN_MS, ...baselines.filter((at) => at >= oldest)));
}

/** Microsoft's records of a customer, or the reason why they cannot be read. */
export async function readRecords(
  deps: EvidenceDeps,
  account: Account,
  from: Date,
  to: Date,
): Promise<RemoteAuditRecord[] | string> {
  return orReason(deps, account, (identity) =>
    deps.history.auditRecords(identity, { customer: account.cspCustomerId, from, to }),
  );
}

/** The subscription of a change as it is, and its orders; or the reason why they cannot be read. */
export async function readSubscription(
  deps: EvidenceDeps,
  change: Change,
): Promise<Pick<Partial<SubscriptionEvidence>, "subscription" | "orderLines"> | string> {
  const ask = { customer: change.cspCustomerId, subscription: change.subscriptionId };
  return orReason(deps, change, async (identity) => {
    const read = await deps.subscriptions.get(identity, ask.customer, ask.subscription);
    if (!read) return {};
    return { subscription: read.subscription, orderLines: await deps.history.orderLines(identity, ask) };
  });
}

async function orReason<T>(
  deps: EvidenceDeps,
  { resellerId }: Account,
  read: (identity: ResellerIdentity) => Promise<T>,
): Promise<T | string> {
  const identity = await deps.resellerIdentity(resellerId);
  if (!identity) return "the reseller is not authorised";
  try {
    return await read(identity);
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
