import { createHash } from "node:crypto";
import { z } from "zod";
import type { TenantId } from "../access/ids";
import { originTag, tagOf } from "../changes/attempt-ids";
import type { Change } from "../changes/change";
import type { RemoteAuditRecord } from "../changes/remote-history";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { recordsOf, type FoundRecord } from "./found-record";
import type { Recovery } from "./recovery-state";

/** A write at Microsoft that no change of the restored ledger explains: its change was lost, or somebody else made it. */
const RecoveredWrite = z.object({
  recordId: z.string(),
  correlationId: z.string().optional(),
  at: z.iso.datetime(),
  subscriptionId: z.string().optional(),
  from: z.int().optional(),
  to: z.int().optional(),
  userName: z.string().optional(),
});
type RecoveredWrite = z.infer<typeof RecoveredWrite>;

/** All that are of one lost change, in the tenant's partition, under the tag of their ids. */
const RecoveredWrites = z.object({ backup: z.string(), restoredAt: z.iso.datetime(), writes: z.array(RecoveredWrite) });
type RecoveredWrites = z.infer<typeof RecoveredWrites>;

export const RECONCILER = { kind: "automation", id: "reconcile", name: "Reconciliation" } as const;

/** A decision holds 100 rows; each write takes two at most. */
const PER_DECISION = 40;
/** As long as a key is good for a replay, a lost request may be sent again (design §6). */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Keeps writes that no change explains: each in the tenant's audit log, once, and as a row by which a change that is asked
 * for again with the same key is known to be done. Returns how many were new.
 */
export async function keepRecoveredWrites(
  deps: DecideDeps,
  tenantId: TenantId,
  records: readonly RemoteAuditRecord[],
  recovery: Recovery,
): Promise<number> {
  let kept = 0;
  for (let i = 0; i < records.length; i += PER_DECISION) {
    const some = records.slice(i, i + PER_DECISION);
    kept += await decide(deps, tenantPartition(tenantId), (decision) => noteWrites(decision, tenantId, some, recovery));
  }
  return kept;
}

async function noteWrites(
  decision: Decision,
  tenantId: TenantId,
  records: readonly RemoteAuditRecord[],
  { backup, restoredAt }: Recovery,
): Promise<number> {
  let kept = 0;
  for (const tag of new Set(records.map(tagOfRecord))) {
    const group = records.filter((record) => tagOfRecord(record) === tag);
    const found = await decision.get(recoveredRow(tag), RecoveredWrites);
    const known = new Set(found?.value.writes.map(({ recordId }) => recordId));
    const fresh = group.filter(({ id }) => !known.has(id));
    if (fresh.length === 0) continue;
    const writes = [...(found?.value.writes ?? []), ...fresh.map(toWrite)];
    const value: RecoveredWrites = { backup, restoredAt, writes };
    if (found) decision.replace(found, value);
    else decision.create(recoveredRow(tag), value);
    for (const record of fresh) recordWrite(decision, tenantId, record, backup);
    kept += fresh.length;
  }
  return kept;
}

function recordWrite(decision: Decision, tenantId: TenantId, record: RemoteAuditRecord, backup: string): void {
  const { id, correlationId, subscriptionId, oldQuantity, newQuantity, userName, operationDate } = record;
  decision.record({
    action: "recovery.unknownWrite",
    actor: RECONCILER,
    object: { type: "subscription", id: subscriptionId ?? "" },
    ...(subscriptionId ? { subscriptionId } : {}),
    tenantId,
    result: "success",
    ...(correlationId ? { correlationId } : {}),
    ...(oldQuantity === undefined ? {} : { before: { quantity: oldQuantity } }),
    after: {
      ...(newQuantity === undefined ? {} : { quantity: newQuantity }),
      ...(userName ? { userName } : {}),
      ...{ record: id, at: operationDate.toISOString(), backup },
    },
  });
}

function toWrite(record: RemoteAuditRecord): RecoveredWrite {
  const { id, correlationId, operationDate, subscriptionId, oldQuantity, newQuantity, userName } = record;
  return {
    recordId: id,
    ...(correlationId ? { correlationId } : {}),
    at: operationDate.toISOString(),
    ...(subscriptionId ? { subscriptionId } : {}),
    ...(oldQuantity === undefined ? {} : { from: oldQuantity }),
    ...(newQuantity === undefined ? {} : { to: newQuantity }),
    ...(userName ? { userName } : {}),
  };
}

/** A change that was done before the disaster, in a request that was lost, and is asked for again. */
export interface Recovered {
  found: FoundRecord;
  backup: string;
  restoredAt: string;
}

/** The write at Microsoft that is this change's own; undefined when there is none, as in an installation never restored. */
export async function findRecovered(store: StateStore, change: RecoverableChange): Promise<Recovered | undefined> {
  const row = await store.get(tenantPartition(change.tenantId), recoveredRow(originTag(change)));
  if (!row) return undefined;
  const { backup, restoredAt, writes } = RecoveredWrites.parse(row.value);
  const fresh = writes.filter(({ at }) => Date.parse(change.requestedAt) - Date.parse(at) < KEPT_MS);
  const [found] = recordsOf(change, fresh.map(toRecord)).filter(
    ({ record }) => record.oldQuantity === undefined || record.oldQuantity !== record.newQuantity,
  );
  return found && { found, backup, restoredAt };
}
type RecoverableChange = Pick<Change, "id" | "origin" | "tenantId" | "subscriptionId" | "steps" | "requestedAt">;

function toRecord({
  recordId,
  correlationId,
  at,
  subscriptionId,
  from,
  to,
  userName,
}: RecoveredWrite): RemoteAuditRecord {
  return {
    ...{ id: recordId, correlationId, operationType: "", operationStatus: "succeeded", operationDate: new Date(at) },
    ...{ subscriptionId, oldQuantity: from, newQuantity: to, userName },
  };
}

function recoveredRow(tag: string): string {
  return `recovered_${tag}`;
}

/** Of one that is not by us: by its own id, only so that it is not told twice. */
function tagOfRecord({ id, correlationId }: RemoteAuditRecord): string {
  const tag = correlationId === undefined ? undefined : tagOf(correlationId);
  return tag ?? `record_${createHash("sha256").update(id).digest("hex").slice(0, 32)}`;
}
