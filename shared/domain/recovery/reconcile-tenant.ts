import type { Log } from "../access/log";
import type { ChangeId, SubscriptionId, TenantId } from "../access/ids";
import { Change, CHANGE_PREFIX, isFinal, type Lane } from "../changes/change";
import type { LedgerSettings } from "../changes/ledger-settings";
import type { RemoteAuditRecord } from "../changes/remote-history";
import { saveTransition } from "../changes/save-transition";
import type { Transition } from "../changes/transitions";
import type { DecideDeps } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { listRows } from "../decisions/list-rows";
import { Tenant, TENANT_ROW } from "../tenants/tenant";
import { CLOCKS_DIFFER_MS } from "./find-unexplained";
import { recordsOf, storedRecordsOf } from "./found-record";
import { keepWritesOff, releaseWrites } from "./hold-tenant";
import { judgeAfterRestore, settledAt, type EvidenceAfterRestore } from "./judge-after-restore";
import { keepRecoveredWrites, RECONCILER } from "./recovered-writes";
import type { Recovery } from "./recovery-state";
import { foundAfterRestore, heldAfterRestore, keptAfterRestore } from "./settle-after-restore";
import {
  lastKnownOf,
  readRecords,
  readSubscription,
  recordsFrom,
  type Account,
  type EvidenceDeps,
  type LastKnown,
} from "./tenant-evidence";

export interface ReconcileTenantDeps extends DecideDeps, EvidenceDeps {
  settings: LedgerSettings;
  log: Log;
}

/** What became of a tenant's changes. */
export interface TenantReport {
  /** Carried out before the disaster, and completed now. */
  found: number;
  /** Untouched since the backup. */
  kept: number;
  /** For a person to look at, with the reason. */
  held: { changeId: ChangeId; subscriptionName: string; because: string }[];
  /** Writes at Microsoft that no change explains. */
  unknown: number;
  /** Changes that can be judged only then. */
  waitUntil: Date | undefined;
  /** Why the tenant's records cannot be read. */
  unreadable: string | undefined;
}

/**
 * Compares a tenant's changes with what Microsoft recorded since the backup, and stores what that makes of them. Never
 * writes to Microsoft. Safe to repeat, and to stop at any moment.
 */
export async function reconcileTenant(
  deps: ReconcileTenantDeps,
  recovery: Recovery,
  tenantId: TenantId,
): Promise<TenantReport> {
  const report: TenantReport = { found: 0, kept: 0, held: [], unknown: 0, waitUntil: undefined, unreadable: undefined };
  const askedAt = deps.clock();
  const open = (await changesOf(deps, tenantId, ({ state }) => !isFinal(state))).filter((one) =>
    isToBeJudged(one, recovery),
  );
  const tenant = await deps.store.get(tenantPartition(tenantId), TENANT_ROW);
  const connection = tenant && Tenant.parse(tenant.value).connection;
  const accounts = distinct([...(connection ? [connection] : []), ...open]);
  if (accounts.length === 0) return report;

  const seen = await readSubscriptions(deps, tenantId, open);
  const from = recordsFrom(
    new Date(recovery.takenAt),
    [...seen.values()].map(({ known }) => known),
  );
  const read = new Map<string, RemoteAuditRecord[] | string>();
  for (const account of accounts) read.set(keyOf(account), await readRecords(deps, account, from, deps.clock()));
  const records = [...read.values()].filter((one) => typeof one !== "string").flat();
  const evidenceOf = (change: Change): EvidenceAfterRestore | string => {
    const ofAccount = read.get(keyOf(isFinal(change.state) ? (connection ?? change) : change)) ?? "it is not connected";
    if (typeof ofAccount === "string") return ofAccount;
    const { read: shown, known } = seen.get(change.subscriptionId) ?? NOTHING_SEEN;
    if (typeof shown === "string") return shown;
    return { orderLines: [], ...shown, records, baseline: known.baseline };
  };

  const explained = new Set<string>();
  const failed = await changesOf(deps, tenantId, (change) => {
    const ours = isOfBackup(change, recovery) ? recordsOf(change, records).map(({ record }) => record) : [];
    // One that was asked for since is completed when its turn comes, by the record that is kept for it.
    for (const { id } of [...ours, ...storedRecordsOf(change, records)]) explained.add(id);
    return (
      change.state === "PurchaseFailed" &&
      isToBeJudged(change, recovery) &&
      (ours.length > 0 || isRecent(change, recovery))
    );
  });
  // The oldest first: of several that need a person it is the one that takes the lane.
  for (const change of [...open, ...failed].sort((a, b) => Date.parse(a.requestedAt) - Date.parse(b.requestedAt))) {
    await settleOne(
      deps,
      recovery,
      change,
      { evidence: evidenceOf(change), askedAt, known: seen.get(change.subscriptionId)?.known },
      report,
    );
  }
  const unknown = records.filter((record) => !explained.has(record.id) && mayBeOurs(record, recovery, deps.settings));
  report.unknown = await keepRecoveredWrites(deps, tenantId, unknown, recovery);
  report.unreadable = [...read.values()].find((one) => typeof one === "string");
  if (report.unreadable !== undefined && askedAt >= settledAt(recovery, deps.settings)) {
    await keepWritesOff(deps, tenantId, report.unreadable);
  } else if (report.unreadable === undefined) await releaseWrites(deps, tenantId);
  return report;
}

/** A settled one may have gone on since; what a person is to decide is judged again, as the records may be there now. */
function isToBeJudged(change: Change, recovery: Recovery): boolean {
  const { recovery: earlier } = change;
  const isNew = earlier?.restoredAt !== recovery.restoredAt;
  return isOfBackup(change, recovery) && (isNew || earlier.became === "held");
}

/** What is asked for after the restore has its own life: nothing was sent for it that it does not know of. */
function isOfBackup({ requestedAt }: Change, { restoredAt }: Recovery): boolean {
  return Date.parse(requestedAt) < Date.parse(restoredAt);
}

const RECENT_MS = 30 * 24 * 3_600_000;

/** One that failed long ago nobody retries any more; a younger one may have been retried after the backup. */
function isRecent({ outcome, requestedAt }: Change, { takenAt }: Recovery): boolean {
  return Date.parse(takenAt) - Date.parse(outcome?.at ?? requestedAt) < RECENT_MS;
}

/** Something we may have sent between the backup and the restore. What others do later is their business. */
function mayBeOurs(record: RemoteAuditRecord, { takenAt, restoredAt }: Recovery, settings: LedgerSettings): boolean {
  const { operationDate, operationStatus, oldQuantity, newQuantity, subscriptionId } = record;
  const at = operationDate.getTime();
  const last = Date.parse(restoredAt) + settings.sendWindowMs + settings.callTimeoutMs + CLOCKS_DIFFER_MS;
  const keepsSeats = oldQuantity !== undefined && oldQuantity === newQuantity;
  const isWrite = operationStatus === "succeeded" && subscriptionId !== undefined && !keepsSeats;
  return isWrite && at >= Date.parse(takenAt) - CLOCKS_DIFFER_MS && at <= last;
}

interface Judged {
  evidence: EvidenceAfterRestore | string;
  askedAt: Date;
  known: LastKnown | undefined;
}

async function settleOne(
  deps: ReconcileTenantDeps,
  recovery: Recovery,
  change: Change,
  { evidence, askedAt, known }: Judged,
  report: TenantReport,
): Promise<void> {
  const verdict = judgeAfterRestore(change, evidence, recovery, askedAt, deps.settings);
  const save = (make: (current: Change, lane: Lane, now: Date) => Transition): Promise<Change | undefined> =>
    saveTransition(
      deps,
      { tenantId: change.tenantId, changeId: change.id },
      (current, lane, { now }) => (isAsRead(current, change) ? make(current, lane, now) : undefined),
      { actor: RECONCILER },
    );
  switch (verdict.kind) {
    case "wait":
      report.waitUntil = verdict.until;
      return;
    case "found": {
      const subscription = typeof evidence === "string" ? undefined : evidence.subscription;
      const isScheduleLost = (known?.hadSchedule ?? false) && subscription !== undefined && !subscription.schedule;
      const facts = { recovery, quantity: subscription?.quantity, isScheduleLost };
      if (await save((current, lane, now) => foundAfterRestore(current, lane, verdict.write, facts, now)))
        report.found++;
      else report.waitUntil = askedAt;
      return;
    }
    case "asItIs":
      if (isFinal(change.state) && change.recovery === undefined) return;
      if (await save((current, _lane, now) => keptAfterRestore(current, recovery, now))) report.kept++;
      else report.waitUntil = askedAt;
      return;
    case "review": {
      const { id: changeId, subscriptionName } = change;
      const isHeld =
        change.recovery?.became === "held" ||
        (await save((current, lane, now) => heldAfterRestore(current, lane, verdict.because, recovery, now)));
      if (!isHeld) report.waitUntil = askedAt;
      else if (!isFinal(change.state)) report.held.push({ changeId, subscriptionName, because: verdict.because });
    }
  }
}

/** Nobody has decided about it since it was read. To be woken, as by one that let go of the lane, is no decision. */
function isAsRead(current: Change, read: Change): boolean {
  const { enqueued, enqueuedAt } = read;
  return JSON.stringify({ ...current, enqueued, enqueuedAt }) === JSON.stringify(read);
}

interface Seen {
  read: Awaited<ReturnType<typeof readSubscription>>;
  known: LastKnown;
}
const NOTHING_SEEN: Seen = { read: {}, known: { baseline: undefined, hadSchedule: false } };

async function readSubscriptions(
  deps: ReconcileTenantDeps,
  tenantId: TenantId,
  changes: readonly Change[],
): Promise<Map<SubscriptionId, Seen>> {
  const seen = new Map<SubscriptionId, Seen>();
  for (const change of changes) {
    const { subscriptionId } = change;
    if (seen.has(subscriptionId)) continue;
    const known = await lastKnownOf(deps.store, tenantId, subscriptionId);
    // Before the records: one that explains its seats is then among them.
    seen.set(subscriptionId, { known, read: await readSubscription(deps, change) });
  }
  return seen;
}

const PAGE = 200;

/** The tenant's changes that are wanted, however many there are of others. */
async function changesOf(
  { store }: ReconcileTenantDeps,
  tenantId: TenantId,
  isWanted: (change: Change) => boolean,
): Promise<Change[]> {
  const wanted: Change[] = [];
  let after: string | undefined;
  do {
    const ask = { prefix: CHANGE_PREFIX, schema: Change, limit: PAGE, ...(after ? { after } : {}) };
    const page = await listRows(store, tenantPartition(tenantId), ask);
    wanted.push(...page.value.map(({ value }) => value).filter(isWanted));
    after = page.next;
  } while (after);
  return wanted;
}

function keyOf({ resellerId, cspCustomerId }: Account): string {
  return `${resellerId} ${cspCustomerId}`;
}

function distinct(accounts: readonly Account[]): Account[] {
  return [...new Map(accounts.map((account) => [keyOf(account), account])).values()];
}
