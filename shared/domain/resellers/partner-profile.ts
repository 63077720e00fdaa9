import type { CspCustomerId, TenantId } from "../access/ids";
import type { ResellerIdentity } from "./reseller-identity";

export interface CspCustomer {
  id: CspCustomerId;
  name: string;
  domain: string;
  relationshipToPartner: string;
}

/** A page of a list at Microsoft; `next` is opaque and goes back as `after`. */
export interface Page<T> {
  value: T[];
  next?: string;
}

/** Reads of a reseller's own Partner Center account. */
export interface PartnerProfile {
  /**
   * Proves a fresh access token before anything is stored: own organisation profile, then one page of customers
   * (product.md §3.5). Throws `notAdminAgent`, `notPartner`, `cannotTransact`, `mfaRequired` or `upstreamError`.
   */
  probe(accessToken: string): Promise<{ directoryId: TenantId; companyName: string }>;
  /** Customers of the reseller; `search` matches the start of the company name, or a domain. */
  listCustomers(
    reseller: ResellerIdentity,
    ask: { search?: string; after?: string; size: number },
  ): Promise<Page<CspCustomer>>;
  getCustomer(reseller: ResellerIdentity, id: CspCustomerId): Promise<CspCustomer | undefined>;
}
