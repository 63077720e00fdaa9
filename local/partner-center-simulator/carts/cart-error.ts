import type { SwitchValues } from "../switches";
import type { JsonObject } from "../world";

/** Errors of one cart line (partner-center-api.md §6.2). Where the SDK has no name, it is formed alike. */
const cartErrors = {
  10000: "currency_is_not_supported",
  10001: "catalog_item_id_is_not_valid",
  10002: "quota_not_available",
  10003: "inventory_not_available",
  10004: "participants_is_not_supported_for_partner",
  10006: "unable_to_process_cart_line_item",
  10007: "subscription_is_not_valid",
  10009: "sandbox_limit_exceeded",
  10010: "invalid_input",
  10012: "attestation_not_accepted",
  10013: "billing_plan_is_not_supported",
  10014: "promotion_id_is_not_valid",
  10015: "maximum_seats_per_subscription_exceeded",
  10016: "custom_term_end_date_is_not_supported",
  10017: "custom_term_end_date_is_not_valid",
  10018: "base_seat_quantity_is_not_met",
  10019: "minimum_addon_seats_are_not_met",
  500600: "legacy_offer_is_not_available",
} as const;

export type CartErrorCode = keyof typeof cartErrors;

export interface CartLineError {
  code: CartErrorCode;
  description: string;
  /** Such as `{ availableQuantity: 300 }`. */
  additionalInformation?: JsonObject;
}

/** The `error` of a cart line as a client sees it. */
export function cartErrorResource(error: CartLineError, switches: SwitchValues): JsonObject {
  return {
    errorCode: switches.cartErrorCodeStyle === "number" ? error.code : cartErrors[error.code],
    errorDescription: error.description,
    ...(error.additionalInformation ? { additionalInformation: error.additionalInformation } : {}),
  };
}
