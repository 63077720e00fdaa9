import { isFinal, writtenAttempt, type Change } from "../changes/change";
import { fenceEnd, type LedgerSettings } from "../changes/ledger-settings";
import type { RemoteAuditRecord } from "../changes/remote-history";
import { WITHOUT_EFFECT } from "../changes/weigh-evidence";
import { findUnexplained, type SubscriptionEvidence } from "./find-unexplained";
import { recordsOf, type FoundRecord } from "./found-record";
import type { Recovery } from "./recovery-state";

/** What was read at Microsoft about a change that a restore brought back. */
export interface EvidenceAfterRestore extends Omit<SubscriptionEvidence, "subscription"> {
  /** Absent for a change that has ended, and where Microsoft does not show it. */
  subscription?: SubscriptionEvidence["subscription"] | undefined;
}

export type RestoreVerdict =
  /** Microsoft carried this attempt out after the backup was taken. */
  | { kind: "found"; write: FoundRecord }
  /** Nothing happened since: the row is still true. */
  | { kind: "asItIs" }
  | { kind: "wait"; until: Date }
  | { kind: "review"; because: string };

/**
 * Judges a change of the backup by what Microsoft recorded since (ADR 15). What was carried out between the backup and the
 * disaster stands in Microsoft's records under ids that follow from the change; that there is no such record counts as
 * proof only when the records were read so late that none can be missing, and all that moved is explained. Pure.
 *
 * `evidence` is a text where it could not be read; `now` is before the first of the reads was begun.
 */
export function judgeAfterRestore(
  change: Change,
  evidence: EvidenceAfterRestore | string,
  recovery: Pick<Recovery, "restoredAt" | "takenAt">,
  now: Date,
  settings: LedgerSettings,
): RestoreVerdict {
  const isOpen = !isFinal(change.state);
  // Seats that are bought are bought, and setting a schedule again is idempotent: the worker goes on as it is.
  if ((!isOpen && change.state !== "PurchaseFailed") || writtenAttempt(change)) return { kind: "asItIs" };
  const ours = typeof evidence === "string" ? [] : recordsOf(change, evidence.records);
  const write = ours.find(({ record }) => record.operationStatus === "succeeded" && !keepsSeats(record));
  if (write) return { kind: "found", write };
  const until = settledAt(recovery, settings);
  if (now < until) return { kind: "wait", until };
  if (typeof evidence === "string")
    return { kind: "review", because: `Microsoft's records cannot be read: ${evidence}` };
  if (
    ours.some(
      ({ record }) => record.operationStatus !== "succeeded" && !WITHOUT_EFFECT.includes(record.operationStatus),
    )
  )
    return { kind: "review", because: "Microsoft has a record of our write that is neither done nor failed" };
  const { subscription } = evidence;
  if (!isOpen || !subscription) return { kind: "asItIs" };
  const because = findUnexplained({ ...evidence, subscription }, new Date(recovery.takenAt));
  return because === undefined ? { kind: "asItIs" } : { kind: "review", because };
}

/** From then on nothing that was sent before the restore began can be missing in Microsoft's records. */
export function settledAt({ restoredAt }: Pick<Recovery, "restoredAt">, settings: LedgerSettings): Date {
  const lastSendBy = new Date(Date.parse(restoredAt) + settings.sendWindowMs).toISOString();
  return new Date(fenceEnd(lastSendBy, settings).getTime() + settings.settleDelayMs);
}

/** A write of a renewal schedule leaves the seats as they are. */
function keepsSeats({ oldQuantity, newQuantity }: Pick<RemoteAuditRecord, "oldQuantity" | "newQuantity">): boolean {
  return oldQuantity !== undefined && oldQuantity === newQuantity;
}
