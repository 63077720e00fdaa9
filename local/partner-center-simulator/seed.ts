import type { SwitchSettings } from "./switches";
import type { JsonObject, Partner, Relationship } from "./world";

/** What the simulator holds at its start and after a reset. Plain JSON: it can be sent to the control API. */
export interface SimulatorSeed {
  /** Start of the id generator: the same number and the same calls give the same ids. Default 1. */
  number?: number;
  partners: Partner[];
  customers: CustomerSeed[];
  subscriptions: SubscriptionSeed[];
  switches?: SwitchSettings;
}

export interface CustomerSeed {
  /** The customer's Entra tenant id. */
  id: string;
  companyName: string;
  domain: string;
  /** Partner tenant ids with a reseller relationship; or each with its own kind of relationship. */
  partners: string[] | Record<string, Relationship>;
  country?: string;
  currency?: string;
  segment?: "commercial" | "education" | "government" | "nonprofit";
  validationStatus?: string;
  /** Default true. */
  agreementConfirmed?: boolean;
  email?: string;
  contact?: { firstName: string; lastName: string };
  address?: { line1: string; city: string; postalCode: string; region?: string };
  customDomains?: string[];
  /** Licences in use by `productId:skuId`. */
  licenceUse?: Record<string, { consumedUnits: number; otherUnits?: number }>;
  /** More fields of the customer resource; they win. */
  more?: JsonObject;
}

export interface SubscriptionSeed {
  /** Absent: from the id generator. */
  id?: string;
  customerId: string;
  partnerId: string;
  /** `productId:skuId` of the catalog; a GUID: a legacy offer. */
  sku: string;
  friendlyName?: string;
  /** Seats bought at first; `added` come on top. */
  quantity: number;
  /** Default: P1Y; a trial's own term. */
  termDuration?: string;
  /** Default: monthly. */
  billingCycle?: string;
  /** ISO time of the purchase, or days before the clock's present; default: 0 days. Renewals since then are played. */
  boughtAt?: string;
  boughtDaysAgo?: number;
  /** Seats added later, each batch with its own window. */
  added?: { quantity: number; daysAgo?: number; at?: string }[];
  /** Default: true, where the product renews. */
  autoRenewEnabled?: boolean;
  scheduledNextTermInstructions?: JsonObject;
  scheduledActions?: JsonObject[];
  customTermEndDate?: string;
  promotionId?: string;
  /** `id` of the base in this seed. */
  parentSubscriptionId?: string;
  /** Suspended since so many days ago, for these reasons (default: the partner). */
  suspended?: { daysAgo?: number; reasons?: string[] };
  /** Stays pending: provisioning takes so many seconds from now. */
  pendingSeconds?: number;
  /** More fields of the resource; they win. */
  more?: JsonObject;
}
