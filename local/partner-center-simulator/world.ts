import type { BookEntry } from "./books";
import type { CartBody } from "./carts/cart-line";
import type { CatalogEntry } from "./catalog/catalog-entry";
import type { IdSource } from "./id-source";
import type { Answer } from "./route";

/** Any JSON object as it crossed the wire; fields nobody knows are kept. */
export type JsonObject = Record<string, unknown>;

/** A partner tenant (direct-bill partner or indirect provider) whose tokens are accepted. */
export interface Partner {
  tenantId: string;
  companyName: string;
  domain: string;
  email: string;
  country: string;
  currency: string;
  culture: string;
  language: string;
  /**
   * Object ids or user names of the AdminAgents group. Absent: the `groups` claim decides, and a token without groups
   * passes.
   */
  adminAgents?: string[];
  /** Applications registered in Partner Center for app-only use; absent: every application of the tenant. */
  appIds?: string[];
  /** Users without GDAP rights in customer tenants (object ids or user names). */
  withoutGdap?: string[];
}

export type Relationship = "reseller" | "none" | "advisor" | "syndication" | "microsoft_support" | "unknown";

export interface Customer {
  /** The customer's Entra tenant id. */
  id: string;
  /** Relationship to each partner, by the partner's tenant id. `none` answers 403/20002. */
  relationships: Record<string, Relationship>;
  country: string;
  currency: string;
  segment: "commercial" | "education" | "government" | "nonprofit";
  /** Allowed, UnderReview, NotAllowed, Unknown, Not Ready. */
  validationStatus: string;
  agreementConfirmed: boolean;
  /** The full resource as GET by id shows it, without `relationshipToPartner`. */
  resource: JsonObject & { companyProfile: CompanyProfile };
  /** Licences in use, by `productId:skuId`; `otherUnits` were bought direct or through other partners. */
  licenceUse: Record<string, { consumedUnits: number; otherUnits?: number }>;
}

interface CompanyProfile extends JsonObject {
  tenantId: string;
  domain: string;
  companyName: string;
}

/** The subscription as clients see it. Known fields are typed; every other field is kept as it came. */
export interface SubscriptionResource extends JsonObject {
  id: string;
  /** `productId:skuId:availabilityId` in new commerce; a GUID for legacy offers. */
  offerId: string;
  offerName: string;
  friendlyName: string;
  quantity: number;
  status: string;
  autoRenewEnabled: boolean;
  billingCycle: string;
  termDuration: string;
  isTrial: boolean;
  creationDate: string;
  effectiveStartDate: string;
  commitmentEndDate: string;
  commitmentEndDateTime?: string;
  productType?: { id: string; displayName: string };
  parentSubscriptionId?: string;
  orderId: string;
  scheduledNextTermInstructions?: JsonObject | null;
  scheduledActions?: JsonObject[] | null;
  suspensionReasons?: string[];
  attributes: JsonObject & { etag?: string; objectType: string };
}

/** A batch of seats with its own window. */
export interface SeatLot {
  quantity: number;
  /** Epoch milliseconds. */
  addedAt: number;
  /** Epoch milliseconds; `Infinity`: always; 0: never. */
  removableUntil: number;
  orderId: string;
}

export interface Subscription {
  id: string;
  customerId: string;
  partnerId: string;
  /** Without what the view adds: refund fields, links, etag. */
  resource: SubscriptionResource;
  /** Every seat belongs to exactly one lot: their quantities add up to `resource.quantity`. */
  lots: SeatLot[];
  minimumQuantity: number;
  maximumQuantity: number;
  /** The offer bought; `resource.offerId` may name another SKU during the extended service term. */
  baseOfferId: string;
  /** Extended service term: month to month after the committed term. */
  extendedServiceTerm: boolean;
  /** When the present term was bought or renewed (epoch milliseconds). */
  termBoughtAt: number;
  /** Last moment to cancel (epoch milliseconds); `Infinity`: any time. */
  cancellableUntil: number;
  /** First moment after the present term, and after the running charge cycle (epoch milliseconds); `Infinity`: none. */
  termEndsAt: number;
  chargeEndsAt: number;
  /** When the present status began. */
  statusSince: number;
  /** It was suspended when its term ended. */
  endedSuspended: boolean;
  /** Provisioning ends (pending subscriptions). */
  provisionedAt: number;
  /** When auto-renew went off without a scheduled end. */
  autoRenewOffAt?: number;
  /** Last change of seats, for the provisioning status. */
  licencesChangedAt: number;
  supportContact?: JsonObject;
  /** Transitions it took part in, for their history. */
  transitions: JsonObject[];
  /** A slow write not applied yet: the request that caused it. */
  pendingWrite?: { requestId: string; until: number };
  /** Accepted updates, for the update cap. */
  updateCount: number;
  /** Grows with every change; the etag is made of it. */
  version: number;
  /** What it looked like until the moment given (epoch milliseconds), oldest first, for stale reads. */
  earlier: { until: number; resource: SubscriptionResource; lots: SeatLot[] }[];
  /** When it came into being for clients (epoch milliseconds), for stale reads. */
  bornAt: number;
}

export interface Order {
  id: string;
  customerId: string;
  partnerId: string;
  resource: JsonObject & { lineItems: JsonObject[]; status: string };
  createdAt: number;
  /** Absent from lists before this moment (epoch milliseconds). */
  visibleAt: number;
}

export interface Cart {
  id: string;
  customerId: string;
  partnerId: string;
  /** What the client asked for, as read. */
  body: CartBody;
  resource: JsonObject;
  expiresAt: number;
  /** The answer of the checkout that bought it. */
  checkout?: JsonObject;
}

export interface Agreement {
  customerId: string;
  partnerId: string;
  resource: JsonObject;
}

export interface AuditRecord {
  partnerId: string;
  customerId: string | undefined;
  at: number;
  /** Not shown by a query before this moment (epoch milliseconds). */
  visibleAt: number;
  /** The record as a client sees it. */
  resource: JsonObject & { id: string; operationType: string; resourceType: string; originalCorrelationId: string };
}

export interface WebhookRegistration {
  partnerId: string;
  subscriberId: string;
  url: string;
  events: string[];
  signatureInMsHeader: boolean;
}

/** What one write did to one subscription. */
export interface Effect {
  subscriptionId: string;
  quantityBefore: number;
  quantityAfter: number;
  delta: number;
  statusBefore: string | undefined;
  statusAfter: string;
  /** Names of the top-level fields that changed. */
  changed: string[];
  orderId?: string;
}

/** What the catalog knows about a SKU; more than clients may see. */
export interface CatalogSku {
  productId: string;
  skuId: string;
  title: string;
  publisherName: string;
  productType: { id: string; displayName: string };
  minimumQuantity: number;
  maximumQuantity: number;
  isTrial: boolean;
  isAddon: boolean;
  /** Term and billing pairs on sale, such as P1Y + monthly. */
  terms: { duration: string; billingCycle: string }[];
  /** The Graph skuId, and its part number. */
  provisioningId: string;
  skuPartNumber: string;
  /** `productId:skuId` of what it may be upgraded to. */
  upgradeTargets: string[];
  /** `productId:skuId` a trial turns into. */
  convertsTo?: string;
  /** Everything else of the SKU resource. */
  resource: JsonObject;
}

/** All state of the simulator. Plain data; a reset builds a new one from the seed. */
export interface World {
  ids: IdSource;
  partners: Map<string, Partner>;
  customers: Map<string, Customer>;
  subscriptions: Map<string, Subscription>;
  orders: Map<string, Order>;
  carts: Map<string, Cart>;
  agreements: Agreement[];
  auditRecords: AuditRecord[];
  books: BookEntry[];
  /** Answers of writes by partner, method, path and MS-RequestId. */
  replays: Map<string, { at: number; answer: Answer }>;
  /** Calls of users, for the MFA report. */
  partnerRequests: JsonObject[];
  /** Calls that reached the API, by name of the route, whatever they were answered with. */
  callCounts: Map<string, number>;
  /** By partner tenant id. */
  webhooks: Map<string, WebhookRegistration>;
  /** By `productId:skuId`. */
  catalog: Map<string, CatalogEntry>;
  /** Calls counted since a moment (epoch milliseconds), by partner and customer. */
  rateWindows: Map<string, { from: number; count: number }>;
  /** State that only one feature knows, by its name. */
  extras: Map<string, unknown>;
}

/** The key of a catalog entry: the stable part of an offer id. */
export function skuKey(offerId: string): string {
  return offerId.split(":").slice(0, 2).join(":");
}
