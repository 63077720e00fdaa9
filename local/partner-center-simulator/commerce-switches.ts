import { amount, choice, flag } from "./switch-definition";

/** Switches of catalog, carts, orders, agreements, audit queries, licences, webhooks and price sheets. */
export const commerceSwitches = {
  // Catalog
  availabilityLifetimeDays: amount(30, "An availability, and with it every catalogItemId, changes after so many days."),
  inventoryAvailable: flag(
    true,
    "Off: `checkinventory` restricts every item and cart lines of perpetual software get 10003.",
  ),
  // Carts and checkout
  partnerModel: choice(
    ["direct", "indirect"],
    "Indirect: cart lines may name resellers, and need the attestation (900206).",
  ),
  cartErrorCodeStyle: choice(
    ["name", "number"],
    "`errorCode` of a cart line: `catalog_item_id_is_not_valid`, or 10001.",
  ),
  cartLifetimeDays: amount(7, "Carts expire after so many days."),
  quotaAvailable: flag(true, "Off: cart lines get 10002, quota not available."),
  sandboxSeatLimit: amount(0, "Seats per cart line in a sandbox account; more: 10009. 0: no sandbox."),
  checkoutRepeat: choice(["sameResult", "refuse"], "Checkout of a bought cart: the same result again, or 400/800065."),
  checkoutRefusal: choice(
    ["none", "800023", "800069", "800070", "800073", "800060"],
    "Every order is refused: credit line, risk check, country, review, or an order in progress.",
  ),
  refuseStaleItemAs: choice(
    ["400019", "800089"],
    "Code at checkout when an availability of the cart changed meanwhile.",
  ),
  requireAgreement: flag(
    true,
    "Purchases for a customer without a confirmed Microsoft Customer Agreement get 403/13605.",
  ),
  requireAddonBase: flag(
    true,
    "Add-ons need their base: a parent that fits (400/800029), or an active prerequisite SKU.",
  ),
  subscriptionIdSeconds: amount(30, "After a purchase, order lines lack `subscriptionId` for so many seconds."),
  seatMaximumPerCustomer: flag(false, "The maximum of a SKU counts all subscriptions of the customer (800088)."),
  // Orders
  orderVisibilitySeconds: amount(900, "New orders are missing from lists for so many seconds."),
  orderByIdVisibilitySeconds: amount(0, "GET of a new order answers 404/20000 for so many seconds."),
  pricingRights: flag(true, "Off: `include_price=true` is refused with 403/800043."),
  orderLineQuantity: choice(
    ["delta", "total"],
    "`quantity` in the order of a seat change: the seats it is about, or all of them.",
  ),
  // Licences
  licenceUnitsSeconds: amount(0, "`subscribedskus` follows changed subscriptions after so many seconds."),
  // Audit records
  auditPageLimit: amount(500, "Largest page of audit records, whatever `size` asks for."),
  // Webhooks
  webhookDelaySeconds: amount(0, "Events are delivered so many seconds after the change (up to 48 h at Microsoft)."),
  webhookAttempts: amount(5, "Deliveries of one event that are tried before it is given up."),
  webhookRetrySeconds: amount(60, "Pause before the second delivery; it doubles each time."),
  // Price sheets
  unitPriceMeaning: choice(
    ["billingPlan", "wholeTerm"],
    "`UnitPrice` is per charge of the billing plan, or per whole term.",
  ),
};
