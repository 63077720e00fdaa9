import type { StateStore } from "../decisions/state-store";
import { Head, HEAD_ROW } from "../decisions/head";
import { AUDIT_PREFIX, AuditEntry, auditHash } from "./audit-entry";

export interface ChainReport {
  entries: number;
  /** What is wrong, newest first; empty when the chain holds. */
  breaks: { seq: number; problem: string }[];
}

/**
 * Walks the audit entries of a partition from the newest to the oldest and reports every edit, removal, cut or reorder:
 * each entry's hash must be the one its successor (or the head) names (design §8).
 */
export async function verifyAuditChain(store: StateStore, partition: string): Promise<ChainReport> {
  const headRow = await store.get(partition, HEAD_ROW);
  if (!headRow) return { entries: 0, breaks: [] };
  const head = Head.parse(headRow.value);
  const report: ChainReport = { entries: 0, breaks: [] };
  let expected: { seq: number; hash: string | undefined } = { seq: head.seq, hash: head.auditHash };
  let after: string | undefined;
  do {
    const page = await store.list(partition, { prefix: AUDIT_PREFIX, limit: 500, ...(after ? { after } : {}) });
    for (const row of page.rows) {
      const entry = AuditEntry.safeParse(row.value).data;
      // Entries newer than the head we read belong to decisions made since.
      if (entry && entry.seq > head.seq) continue;
      report.entries++;
      if (!entry) {
        report.breaks.push({ seq: expected.seq, problem: "changed after it was written: it cannot be read" });
        expected = { seq: expected.seq - 1, hash: undefined };
        continue;
      }
      if (entry.seq !== expected.seq) {
        report.breaks.push({ seq: expected.seq, problem: `missing: found ${entry.seq} in its place` });
      } else if (expected.hash !== undefined && auditHash(row.value) !== expected.hash) {
        // The stored value itself is hashed: a member that readers ignore is an edit too.
        report.breaks.push({ seq: entry.seq, problem: "changed after it was written" });
      }
      expected = { seq: entry.seq - 1, hash: entry.previousHash };
    }
    after = page.next;
  } while (after);
  if (expected.seq !== 0) report.breaks.push({ seq: expected.seq, problem: "missing: the chain ends too early" });
  return report;
}
