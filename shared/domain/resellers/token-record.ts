import { z } from "zod";
import type { ResellerId } from "../access/ids";

/**
 * What the daily round knows of a reseller's sign-in. A row of its own: the reseller itself does not change by a refresh,
 * so nobody who edits it is told that somebody else did.
 */
export const TokenRecord = z.object({
  /** When the grant was redeemed by the daily round or a check, and which one it was. */
  refreshed: z.object({ grantId: z.string(), at: z.iso.datetime() }).optional(),
  /** The newest warning about the end of a secret: days before it, and the end that was meant. */
  warned: z.object({ expiresAt: z.iso.datetime(), days: z.number() }).optional(),
});
export type TokenRecord = z.infer<typeof TokenRecord>;

export function tokenRow(id: ResellerId): string {
  return `token_${id}`;
}
