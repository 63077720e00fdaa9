import type { CspCustomerId, ResellerId } from "../access/ids";
import type { CspCustomer } from "../resellers/partner-profile";
import type { Tenant } from "../tenants/tenant";

/** What is known of one customer of a reseller when it is to be onboarded. */
export interface CustomerFacts {
  cspCustomerId: CspCustomerId;
  /** As Partner Center lists it for this reseller now; undefined when it does not. */
  listed: CspCustomer | undefined;
  /** Its directory, if it is known here and the caller may see it. */
  tenant: Tenant | undefined;
  /** Its row here cannot be read: a fault of ours, which must stop nobody else. */
  isUnreadable: boolean;
  /** Its connection, or what is left of it, is being taken apart. */
  isDisconnecting: boolean;
  /** The caller may not know of this directory. */
  isHidden: boolean;
  /** This reseller's customer was connected here before. */
  wasOurs: boolean;
}

/** Why a customer is not connected: code and status as a single connection is refused with, and a sentence. */
export interface OnboardingRefusal {
  status: number;
  code: OnboardingRefusalCode;
  message: string;
}

type OnboardingRefusalCode =
  | "customerNotFound"
  | "relationshipRemoved"
  | "customerAlreadyMapped"
  | "operationInProgress"
  | "duplicate"
  | "internalError";

export type Verdict =
  | { kind: "connect"; listed: CspCustomer; tenant: Tenant | undefined }
  | { kind: "alreadyConnected"; tenant: Tenant }
  | ({ kind: "refused" } & OnboardingRefusal);

/**
 * Whether a customer can be connected through this reseller (C67): the rules of the single connection (product.md
 * §4.3), asked for many. What the caller may not see is answered like what does not exist (product.md §10).
 */
export function judgeCustomer(facts: CustomerFacts, resellerId: ResellerId): Verdict {
  const { listed, tenant } = facts;
  if (facts.isHidden) return notOurs;
  if (!listed || listed.relationshipToPartner === "none") {
    // Partner Center answers alike for a stranger and for one who left (403/20002): only we know that it was ours.
    return facts.wasOurs ? removed : notOurs;
  }
  if (facts.isUnreadable) return unreadable;
  if (!tenant) return { kind: "connect", listed, tenant };
  if (facts.isDisconnecting) {
    return refused(
      409,
      "operationInProgress",
      `${tenant.displayName} is being disconnected. Try again when it is done.`,
    );
  }
  if (!tenant.connection) return { kind: "connect", listed, tenant };
  if (tenant.connection.resellerId === resellerId) return { kind: "alreadyConnected", tenant };
  return refused(409, "customerAlreadyMapped", `${tenant.displayName} is connected through another reseller.`);
}

function refused(
  status: number,
  code: OnboardingRefusalCode,
  message: string,
): { kind: "refused" } & OnboardingRefusal {
  return { kind: "refused", status, code, message };
}

const notOurs = refused(422, "customerNotFound", "The reseller has no such customer.");
const removed = refused(409, "relationshipRemoved", "The customer ended its relationship with this reseller.");
const unreadable = refused(
  500,
  "internalError",
  "What is stored of this directory cannot be read. Tell your administrator.",
);
