import { AppError } from "../../errors";
import type { Actor } from "../access/actor";
import type { TenantId } from "../access/ids";
import { seesWholeAudit } from "../access/permissions";
import { requireWholeScope } from "../access/whole-scope";
import { MSP_PARTITION, tenantPartition } from "../decisions/head";
import { listRows } from "../decisions/list-rows";
import type { StateStore } from "../decisions/state-store";
import { findTenant } from "../tenants/find-tenant";
import { AUDIT_PREFIX, AuditEntry } from "./audit-entry";

export interface AuditFilter {
  /** Entries of this moment and later. */
  from?: string | undefined;
  /** Entries before this moment. */
  to?: string | undefined;
  action?: string | undefined;
  /** Id or name of who did it. */
  actor?: string | undefined;
  result?: AuditEntry["result"] | undefined;
  subscriptionId?: string | undefined;
}

export interface AuditQuery extends AuditFilter {
  after?: string | undefined;
  limit: number;
}

export interface AuditPage {
  value: AuditEntry[];
  next?: string;
}

/** Whose log: a tenant's, or the MSP's own (resellers, customers, access, settings). */
export type AuditSubject = { tenantId: TenantId } | "msp";

/** Entries are in the order of decisions; the clocks of two instances may differ by less than this. */
const CLOCKS_DIFFER_MS = 5 * 60_000;

/**
 * A page of everything done for a tenant, or by the MSP for itself, through this product; newest first (C42, C46).
 * Throws `notFound` for a tenant out of scope, `forbidden` for the MSP's log unless the caller's scope is everything.
 */
export async function readAuditLog(
  store: StateStore,
  actor: Actor,
  subject: AuditSubject,
  ask: AuditQuery,
): Promise<AuditPage> {
  await checkSeesLog(store, actor, subject);
  // An Approver reads the entries of requests they were named on, and there are no requests yet.
  if (!seesWholeAudit(actor.roles)) return { value: [] };
  const page = await listRows(store, auditPartition(subject), {
    prefix: AUDIT_PREFIX,
    schema: AuditEntry,
    limit: ask.limit,
    ...(ask.after ? { after: ask.after } : {}),
    ...(isFiltered(ask) ? { keep: (entry: AuditEntry) => matches(entry, ask) } : {}),
    isBeyond: (entry: AuditEntry) => isBefore(entry, ask.from, CLOCKS_DIFFER_MS),
  });
  return { value: page.value.map((row) => row.value), ...(page.next ? { next: page.next } : {}) };
}

/** Throws `notFound` or `forbidden` unless the caller may see this log. */
async function checkSeesLog(store: StateStore, actor: Actor, subject: AuditSubject): Promise<void> {
  if (subject === "msp") requireWholeScope(actor);
  else await findTenant(store, actor, subject.tenantId);
}

export function auditPartition(subject: AuditSubject): string {
  return subject === "msp" ? MSP_PARTITION : tenantPartition(subject.tenantId);
}

/** Throws `validation` when a filter can match nothing because its end is not after its beginning. */
export function checkPeriod({ from, to }: AuditFilter): void {
  if (from === undefined || to === undefined || Date.parse(from) < Date.parse(to)) return;
  throw new AppError("invalid", "validation", "`to` must be later than `from`.", {
    errors: [{ pointer: "/query/to", message: "must be later than from" }],
  });
}

function isFiltered({ after: _after, limit: _limit, ...filter }: AuditQuery): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

function matches(entry: AuditEntry, ask: AuditFilter): boolean {
  return (
    !isBefore(entry, ask.from) &&
    (ask.to === undefined || isBefore(entry, ask.to)) &&
    (ask.action === undefined || entry.action === ask.action) &&
    (ask.actor === undefined || entry.actor.id === ask.actor || entry.actor.name === ask.actor) &&
    (ask.result === undefined || entry.result === ask.result) &&
    (ask.subscriptionId === undefined || entry.subscriptionId === ask.subscriptionId)
  );
}

function isBefore(entry: AuditEntry, moment: string | undefined, toleranceMs = 0): boolean {
  return moment !== undefined && Date.parse(entry.at) < Date.parse(moment) - toleranceMs;
}
