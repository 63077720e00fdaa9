import { createHash } from "node:crypto";
import { AppError } from "../../errors";

/** The ETag callers see of a row: short, and silent about the storage behind it. */
export function publicEtag(rowEtag: string): string {
  return createHash("sha256").update(rowEtag).digest("base64url").slice(0, 22);
}

/** Throws `etagMismatch` unless the caller named the row as it is now. */
export function checkEtag(rowEtag: string, named: string): void {
  if (publicEtag(rowEtag) === named) return;
  throw new AppError("stale", "etagMismatch", "It was changed by someone else since you read it. Read it again.");
}
