import type { AddRoute } from "./route";

/** The partner's own profile: the cheapest proof that a token is accepted (partner-center-api.md §3.0). */
export function registerOrganizationProfile(add: AddRoute): void {
  add({ method: "GET", path: "/v1/profiles/organization", name: "getOrganizationProfile", token: "user" }, (call) => {
    const { tenantId, companyName, country, domain, email, language, culture } = call.caller.partner;
    return {
      status: 200,
      body: {
        id: tenantId,
        companyName,
        defaultAddress: { country, city: "Sampletown", addressLine1: "1 Sample Street", postalCode: "10000" },
        tenantId,
        domain,
        email,
        language,
        culture,
        links: { self: { uri: "/profiles/organization", method: "GET", headers: [] } },
        attributes: { objectType: "OrganizationProfile" },
      },
    };
  });
}
