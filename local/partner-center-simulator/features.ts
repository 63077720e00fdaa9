import { registerAgreements } from "./agreements";
import { registerAuditRecords } from "./audit-records/audit-record-routes";
import { registerCarts } from "./carts/cart-routes";
import { registerCatalog } from "./catalog/product-routes";
import { registerPromotions } from "./catalog/promotion-routes";
import { registerCustomers } from "./customers/customer-routes";
import { registerNotImitated } from "./not-imitated";
import { registerOrders } from "./orders/order-routes";
import { registerOrganizationProfile } from "./organization-profile";
import { registerPartnerRequests } from "./partner-requests";
import { registerPriceSheets } from "./price-sheets/price-sheet-routes";
import type { AddRoute, Simulation } from "./route";
import { registerSubscribedSkus } from "./subscribed-skus";
import { registerSubscriptionReads } from "./subscriptions/read-routes";
import { registerCustomTermEndDates } from "./subscriptions/custom-term-end-dates";
import { registerSupportContact } from "./subscriptions/support-contact";
import { registerTransitions } from "./subscriptions/transition-routes";
import { registerSubscriptionWrites } from "./subscriptions/write-routes";
import { startWebhookDelivery } from "./webhooks/delivery";
import { registerWebhooks } from "./webhooks/webhook-routes";

/** Every feature adds its routes here, once per started simulator. */
export function registerFeatures(add: AddRoute, simulation: Simulation): void {
  registerOrganizationProfile(add);
  registerPartnerRequests(add);
  registerCustomers(add);
  registerAgreements(add);
  registerSubscriptionReads(add);
  registerSubscriptionWrites(add);
  registerTransitions(add);
  registerCustomTermEndDates(add);
  registerSupportContact(add);
  registerCatalog(add);
  registerPromotions(add);
  registerCarts(add);
  registerOrders(add);
  registerSubscribedSkus(add);
  registerAuditRecords(add);
  registerWebhooks(add);
  registerPriceSheets(add);
  registerNotImitated(add);
  startWebhookDelivery(simulation);
}
