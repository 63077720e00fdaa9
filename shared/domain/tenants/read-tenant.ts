import type { Actor } from "../access/actor";
import type { AllowedAction } from "../access/allowed-action";
import type { TenantId } from "../access/ids";
import { Change } from "../changes/change";
import { isUnsettled, readOpenChanges } from "../changes/open-changes";
import type { Found } from "../decisions/decide";
import { EMPTY_HEAD, Head, HEAD_ROW, tenantPartition } from "../decisions/head";
import { listRows } from "../decisions/list-rows";
import { NewerVersionError } from "../decisions/newer-version";
import type { StateStore } from "../decisions/state-store";
import { SNAPSHOT_PREFIX, SubscriptionSnapshot } from "../subscriptions/snapshot-store";
import { findTenant } from "./find-tenant";
import type { Tenant } from "./tenant";
import { tenantActions } from "./tenant-actions";
import { standTenant, type TenantStanding } from "./tenant-standing";

/** Subscriptions of a tenant as last seen through its reseller. */
interface SeatCounters {
  subscriptions: number;
  activeSubscriptions: number;
  /** Of the active ones. */
  seats: number;
  /** When the oldest of them was seen; absent when none was. */
  asOf?: string;
}

/** Everything the page of one tenant shows (C30). */
export interface TenantDetails {
  found: Found<Tenant>;
  standing: TenantStanding;
  seats: SeatCounters;
  /** Open changes that end with the connection, and those that keep it from ending; oldest first. */
  cancels: Change[];
  blockedBy: Change[];
  /** Open changes that only a newer version may read, which therefore keep the connection, too. */
  openElsewhere: number;
  allowedActions: AllowedAction[];
}

/** A tenant in the caller's scope with how it stands, its counters and what may be done with it (C30). Throws `notFound`. */
export async function readTenant(store: StateStore, actor: Actor, id: TenantId): Promise<TenantDetails> {
  const found = await findTenant(store, actor, id);
  const tenant = found.value;
  const [open, seats, standing] = await Promise.all([
    openChangesOf(store, id),
    countSeats(store, tenant),
    standTenant(store, actor, tenant),
  ]);
  const { openElsewhere } = open;
  const blockedBy = open.changes.filter(isUnsettled);
  const cancels = open.changes.filter((change) => !isUnsettled(change));
  const facts = { tenant, status: standing.status, unsettled: blockedBy.length + openElsewhere };
  return { found, standing, seats, cancels, blockedBy, openElsewhere, allowedActions: tenantActions(actor, facts) };
}

async function openChangesOf(store: StateStore, id: TenantId): Promise<{ changes: Change[]; openElsewhere: number }> {
  const partition = tenantPartition(id);
  const head = await store.get(partition, HEAD_ROW);
  const { openChanges } = head ? Head.parse(head.value) : EMPTY_HEAD;
  let openElsewhere = 0;
  const changes = await readOpenChanges(openChanges, async (row) => {
    try {
      const found = await store.get(partition, row);
      return found && { value: Change.parse(found.value) };
    } catch (error) {
      if (!(error instanceof NewerVersionError)) throw error;
      openElsewhere++;
      return undefined;
    }
  });
  return { changes, openElsewhere };
}

/** More subscriptions than any tenant has. */
const MAX_SNAPSHOTS = 2_000;

async function countSeats(store: StateStore, { tenantId, connection }: Tenant): Promise<SeatCounters> {
  const none = { subscriptions: 0, activeSubscriptions: 0, seats: 0 };
  if (!connection) return none;
  const page = await listRows(store, tenantPartition(tenantId), {
    ...{ prefix: SNAPSHOT_PREFIX, schema: SubscriptionSnapshot, limit: MAX_SNAPSHOTS },
    // A snapshot is what was seen; what cannot be read is seen again at the next sync.
    countNewer: () => false,
    keep: (snapshot) => snapshot.resellerId === connection.resellerId,
  });
  const snapshots = page.value.map(({ value }) => value);
  const active = snapshots.filter(({ status }) => status === "active");
  const asOf = snapshots.map((snapshot) => snapshot.asOf).sort()[0];
  return {
    subscriptions: snapshots.length,
    activeSubscriptions: active.length,
    seats: active.reduce((sum, { quantity }) => sum + quantity, 0),
    ...(asOf ? { asOf } : {}),
  };
}
