import { attemptNumber } from "../changes/attempt-ids";
import type { Change } from "../changes/change";
import type { RemoteAuditRecord } from "../changes/remote-history";

/** Microsoft's record of one attempt of a change. */
export interface FoundRecord {
  number: number;
  record: RemoteAuditRecord;
}

/**
 * Those of Microsoft's records that are about this change, with the number of the attempt each tells of: also attempts
 * that the row knows nothing of, because it is older than they are.
 */
export function recordsOf(
  change: Pick<Change, "id" | "origin" | "subscriptionId" | "steps">,
  records: readonly RemoteAuditRecord[],
): FoundRecord[] {
  return records.flatMap((record) => {
    const { correlationId, subscriptionId } = record;
    if (correlationId === undefined) return [];
    if (subscriptionId !== undefined && subscriptionId !== change.subscriptionId) return [];
    const number = storedNumber(change, correlationId) ?? attemptNumber(change, correlationId);
    return number === undefined ? [] : [{ number, record }];
  });
}

/** Those of them that the row itself knows of. */
export function storedRecordsOf(
  change: Pick<Change, "steps">,
  records: readonly RemoteAuditRecord[],
): RemoteAuditRecord[] {
  return records.filter(({ correlationId = "" }) => storedNumber(change, correlationId) !== undefined);
}

/** Attempts of earlier software have ids by chance; they stand in the row. */
function storedNumber({ steps }: Pick<Change, "steps">, correlationId: string): number | undefined {
  const attempts = steps.flatMap((step) => step.attempts);
  return attempts.find(({ correlationIds }) => correlationIds.includes(correlationId))?.number;
}
