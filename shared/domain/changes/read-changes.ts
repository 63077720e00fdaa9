import { AppError } from "../../errors";
import type { Actor } from "../access/actor";
import type { BatchId, ChangeId, SubscriptionId, TenantId } from "../access/ids";
import { tenantPartition } from "../decisions/head";
import { unlessNewer } from "../decisions/newer-version";
import { listRows } from "../decisions/list-rows";
import type { StateStore } from "../decisions/state-store";
import { findTenant } from "../tenants/find-tenant";
import { Change, CHANGE_PREFIX, changeRow, isFinal, type ChangeState } from "./change";

/** One change of a tenant in the caller's scope (C68). Throws `notFound`. */
export async function findChange(store: StateStore, actor: Actor, tenantId: TenantId, id: ChangeId): Promise<Change> {
  await findTenant(store, actor, tenantId);
  const found = await store.get(tenantPartition(tenantId), changeRow(id));
  if (!found) throw new AppError("not-found", "notFound", "No such change.");
  return Change.parse(found.value);
}

export interface ChangeQuery {
  state?: ChangeState | undefined;
  kind?: string | undefined;
  subscriptionId?: SubscriptionId | undefined;
  batchId?: BatchId | undefined;
  after?: string | undefined;
  limit: number;
}

/** A page of a tenant's changes, newest first (C68). */
export async function listChanges(
  store: StateStore,
  actor: Actor,
  tenantId: TenantId,
  ask: ChangeQuery,
): Promise<{ value: Change[]; next?: string; notShown?: number }> {
  await findTenant(store, actor, tenantId);
  const page = await listRows(store, tenantPartition(tenantId), {
    prefix: CHANGE_PREFIX,
    schema: Change,
    limit: ask.limit,
    countNewer: () => true,
    ...(ask.after ? { after: ask.after } : {}),
    keep: (change) =>
      (ask.state === undefined || change.state === ask.state) &&
      (ask.kind === undefined || change.kind === ask.kind) &&
      (ask.subscriptionId === undefined || change.subscriptionId === ask.subscriptionId) &&
      (ask.batchId === undefined || change.batchId === ask.batchId),
  });
  return { ...page, value: page.value.map((row) => row.value) };
}

const LOOK_AGAIN_MS = 250;

/** Only a person ends these; a throttle ends by itself. */
const PARKED_FOR_SOMEBODY: readonly Change["parkedReason"][] = ["writesOff", "resellerNotAuthorized", "capReached"];

/** True when somebody or a date must come before anything more happens. */
function isAtRest({ state, parkedReason }: Change): boolean {
  if (state === "PendingPurchase" && parkedReason) return PARKED_FOR_SOMEBODY.includes(parkedReason);
  return isFinal(state) || state === "NeedsReview" || state === "Scheduled" || state === "PendingApproval";
}

/** Waits until nothing more happens to any of them by itself, at most `seconds` (`Prefer: wait`, design §6). */
export async function waitForChanges(
  store: StateStore,
  tenantId: TenantId,
  ids: readonly ChangeId[],
  seconds: number,
): Promise<void> {
  const looks = Math.floor((seconds * 1000) / LOOK_AGAIN_MS);
  for (let look = 0; look < looks; look++) {
    // One that a newer version went on with is not waited for: only that version can tell its end.
    const rows = await Promise.all(ids.map((id) => unlessNewer(store.get(tenantPartition(tenantId), changeRow(id)))));
    if (rows.every((row) => row === undefined || isAtRest(Change.parse(row.value)))) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
