import { createHash } from "node:crypto";
import { z } from "zod";

/** Who did what to what, and how it ended (design §8, product.md §5.6). Secrets and tokens never enter one. */
export const AuditFacts = z.object({
  action: z.string(),
  actor: z.object({ kind: z.enum(["user", "app", "automation"]), id: z.string(), name: z.string() }),
  object: z.object({ type: z.string(), id: z.string(), name: z.string().optional() }),
  result: z.enum(["success", "failure"]),
  errorCode: z.string().optional(),
  before: z.record(z.string(), z.unknown()).optional(),
  after: z.record(z.string(), z.unknown()).optional(),
  reason: z.string().optional(),
  tenantId: z.string().optional(),
  resellerId: z.string().optional(),
  subscriptionId: z.string().optional(),
  changeId: z.string().optional(),
  correlationId: z.string().optional(),
  clientIp: z.string().optional(),
});
export type AuditFacts = z.infer<typeof AuditFacts>;

export const AuditEntry = AuditFacts.extend({
  seq: z.number().int().positive(),
  at: z.iso.datetime(),
  /** Tells the writer of a transaction whose answer was lost that it was its own. */
  attemptId: z.string(),
  /** Hash of the entry before this one; empty for the first. */
  previousHash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

const LAST_SEQ = 999_999_999_999;
export const AUDIT_PREFIX = "audit_";

/** Row key of the entry with this number: newest first in key order. */
export function auditRow(seq: number): string {
  return AUDIT_PREFIX + String(LAST_SEQ - seq).padStart(12, "0");
}

/** The number a row key stands for; undefined for a key that no entry of ours has. */
export function auditSeq(row: string): number | undefined {
  const number = LAST_SEQ - Number(row.slice(AUDIT_PREFIX.length));
  return Number.isInteger(number) && auditRow(number) === row ? number : undefined;
}

/** Text of a value with its object keys in order, so that equal values have equal hashes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Hash that chains an entry to the one after it; the entry as written, or as found in the store. */
export function auditHash(entry: unknown): string {
  return createHash("sha256").update(canonicalJson(entry)).digest("hex");
}
