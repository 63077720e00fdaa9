import { z } from "zod";

const guid = z
  .guid("must be a GUID such as 6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11")
  .transform((text) => text.toLowerCase());

/** An id we made: 26 lower-case letters and digits (see `newId`). */
const ownId = z.string().regex(/^[0-9a-hjkmnp-tv-z]{26}$/, "must be an id given by this system");

export const ResellerId = ownId.brand<"ResellerId">();
export type ResellerId = z.infer<typeof ResellerId>;

export const CustomerId = ownId.brand<"CustomerId">();
export type CustomerId = z.infer<typeof CustomerId>;

export const ChangeId = ownId.brand<"ChangeId">();
export type ChangeId = z.infer<typeof ChangeId>;

export const BatchId = ownId.brand<"BatchId">();
export type BatchId = z.infer<typeof BatchId>;

/** A Microsoft 365 directory: the Microsoft tenant id, which Partner Center also uses as the customer id. */
export const TenantId = guid.brand<"TenantId">();
export type TenantId = z.infer<typeof TenantId>;

/** A customer record inside Partner Center. Equal to the tenant id of that customer (Partner Center §3). */
export const CspCustomerId = guid.brand<"CspCustomerId">();
export type CspCustomerId = z.infer<typeof CspCustomerId>;

export const SubscriptionId = guid.brand<"SubscriptionId">();
export type SubscriptionId = z.infer<typeof SubscriptionId>;

/**
 * Who signs in, as `{directory}_{object id of a user}` or `{directory}_{application id of an app}`. In lower case, as
 * tokens name them to us.
 */
export const Principal = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .brand<"Principal">();
export type Principal = z.infer<typeof Principal>;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LATEST_MS = 2 ** 48 - 1;

/**
 * A new id whose text order is newest first, because Table Storage lists in ascending order only: ten characters of
 * inverted time (Crockford base 32, milliseconds), sixteen of the 80 random bits given.
 */
export function newId(now: Date, random: Uint8Array): string {
  if (random.length < 10) throw new RangeError("newId needs ten random bytes.");
  let time = LATEST_MS - now.getTime();
  let head = "";
  for (let i = 0; i < 10; i++) {
    head = (ALPHABET[time % 32] ?? "0") + head;
    time = Math.floor(time / 32);
  }
  let bits = 0n;
  for (const byte of random.subarray(0, 10)) bits = (bits << 8n) | BigInt(byte);
  let tail = "";
  for (let i = 0; i < 16; i++) {
    tail = (ALPHABET[Number(bits & 31n)] ?? "0") + tail;
    bits >>= 5n;
  }
  return head + tail;
}
