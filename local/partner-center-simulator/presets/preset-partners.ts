import { resellerTenants, type PartnerTenant } from "../../presets/tenants";
import type { Partner } from "../world";

/** A reseller directory as Partner Center knows it. */
function partnerOf(tenant: PartnerTenant): Partner {
  const isBritish = tenant.country === "GB";
  return {
    tenantId: tenant.tenantId,
    companyName: tenant.name,
    domain: tenant.domain,
    email: `partner@${tenant.domain}`,
    country: tenant.country,
    currency: tenant.currency,
    culture: isBritish ? "en-GB" : "de-DE",
    language: isBritish ? "en" : "de",
    // Of the accounts in its directory: the Global Administrator without the group signs in well, and is refused here.
    adminAgents: ["admin", "nomfa"].map((name) => `${name}@${tenant.domain}`),
  };
}

/** The two resellers of every preset. */
export const presetPartners: Partner[] = [partnerOf(resellerTenants.nordlicht), partnerOf(resellerTenants.northgate)];
