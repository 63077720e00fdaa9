import { EMPTY_HEAD, Head, HEAD_ROW } from "../decisions/head";
import type { StateStore, StoredRow } from "../decisions/state-store";
import { AUDIT_PREFIX, AuditEntry, auditHash, auditRow, auditSeq } from "./audit-entry";

interface ChainBreak {
  seq: number;
  problem: string;
}

export interface ChainReport {
  entries: number;
  /** What is wrong, newest first; empty when the chain holds. */
  breaks: ChainBreak[];
}

/** What the entry with this number must be: its hash, unless its successor cannot tell. */
interface Expected {
  seq: number;
  hash: string | undefined;
}

const PAGE = 500;

/**
 * Walks the audit entries of a partition from the newest to the oldest and reports every edit, removal, cut, reorder or
 * forgery: each entry's hash must be the one its successor (or the head) names (design §8).
 */
export async function verifyAuditChain(store: StateStore, partition: string): Promise<ChainReport> {
  const head = await readHead(store, partition);
  const report: ChainReport = { entries: 0, breaks: [] };
  const newer: number[] = [];
  let expected: Expected = { seq: head.seq, hash: head.auditHash };
  let after: string | undefined;
  do {
    const page = await store.list(partition, { prefix: AUDIT_PREFIX, limit: PAGE, ...(after ? { after } : {}) });
    for (const row of page.rows) {
      const seq = auditSeq(row.row);
      if (seq === undefined)
        report.breaks.push({ seq: expected.seq, problem: `forged: no entry has the key ${row.row}` });
      else if (seq > head.seq) newer.push(seq);
      else {
        report.entries++;
        expected = check(row, seq, expected, report.breaks);
      }
    }
    after = page.next;
  } while (after);
  if (expected.seq !== 0) report.breaks.push({ seq: expected.seq, problem: "missing: the chain ends too early" });
  if (newer.length > 0) report.breaks.unshift(...(await checkNewer(store, partition, head, newer)));
  return report;
}

async function readHead(store: StateStore, partition: string): Promise<Pick<Head, "seq" | "auditHash">> {
  const row = await store.get(partition, HEAD_ROW);
  return row ? Head.parse(row.value) : EMPTY_HEAD;
}

/** Holds a row against what it must be, notes what is wrong, and says what the next older one must be. */
function check(row: StoredRow, seq: number, expected: Expected, breaks: ChainBreak[]): Expected {
  const entry = AuditEntry.safeParse(row.value).data;
  if (seq !== expected.seq) breaks.push({ seq: expected.seq, problem: `missing: found ${seq} in its place` });
  if (!entry) {
    breaks.push({ seq, problem: "changed after it was written: it cannot be read" });
  } else if (seq === expected.seq && expected.hash !== undefined && auditHash(row.value) !== expected.hash) {
    // The stored value itself is hashed: a member that readers ignore is an edit too.
    breaks.push({ seq, problem: "changed after it was written" });
  } else if (entry.seq !== seq) {
    breaks.push({ seq, problem: `changed after it was written: it calls itself ${entry.seq}` });
  }
  return { seq: seq - 1, hash: entry?.previousHash };
}

/**
 * Entries above the head that was read first: decisions made since, which lead from the head as it is now back to the
 * former one. What no decision can have made is forged.
 */
async function checkNewer(
  store: StateStore,
  partition: string,
  former: Pick<Head, "seq" | "auditHash">,
  found: readonly number[],
): Promise<ChainBreak[]> {
  const head = await readHead(store, partition);
  const breaks = found
    .filter((seq) => seq > head.seq)
    .map((seq): ChainBreak => ({ seq, problem: "forged: no decision with this number was made" }));
  let expected: Expected = { seq: head.seq, hash: head.auditHash };
  while (expected.seq > former.seq) {
    const row = await store.get(partition, auditRow(expected.seq));
    if (row) expected = check(row, expected.seq, expected, breaks);
    else {
      breaks.push({ seq: expected.seq, problem: "missing" });
      expected = { seq: expected.seq - 1, hash: undefined };
    }
  }
  if (expected.hash !== undefined && expected.hash !== former.auditHash) {
    breaks.push({
      seq: former.seq,
      problem: "changed after it was written: what followed was written after another one",
    });
  }
  return breaks;
}
