import { createHash } from "node:crypto";

const DAY_MS = 86_400_000;

/** How long one availability lasts, unless a switch says otherwise. */
const AVAILABILITY_LIFETIME_DAYS = 30;

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * The availability of a SKU in a country at a moment. It changes every `lifetimeDays`, each SKU on its own day, so that a
 * stored one becomes invalid sooner or later (partner-center-api.md §0, fact 9). The same moment always gives the same id.
 */
export function availabilityIdAt(
  productId: string,
  skuId: string,
  country: string,
  atMs: number,
  lifetimeDays = AVAILABILITY_LIFETIME_DAYS,
): string {
  const key = `${productId}:${skuId}:${country.toUpperCase()}`;
  const lifetimeMs = lifetimeDays * DAY_MS;
  const offsetMs = digest(key).readUInt32BE(0) % lifetimeMs;
  const period = Math.floor((atMs + offsetMs) / lifetimeMs);
  const letters = digest(`${key}:${period}`).readUInt32BE(0) % 36 ** 4;
  return `CFQ7TTC0${letters.toString(36).toUpperCase().padStart(4, "0")}`;
}

/** The id a client buys by: `productId:skuId:availabilityId`. */
export function catalogItemIdAt(
  sku: { productId: string; skuId: string },
  country: string,
  atMs: number,
  lifetimeDays = AVAILABILITY_LIFETIME_DAYS,
): string {
  return `${sku.productId}:${sku.skuId}:${availabilityIdAt(sku.productId, sku.skuId, country, atMs, lifetimeDays)}`;
}

/** Whether `productId:skuId:availabilityId` can still be bought by that id. */
export function isCurrentOffer(
  offerId: string,
  country: string,
  atMs: number,
  lifetimeDays = AVAILABILITY_LIFETIME_DAYS,
): boolean {
  const [productId, skuId, availabilityId] = offerId.split(":");
  if (!productId || !skuId) return false;
  return availabilityId === availabilityIdAt(productId, skuId, country, atMs, lifetimeDays);
}
