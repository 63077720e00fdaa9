import type { Customer, JsonObject } from "../world";

/** A customer as lists show it: no billing profile, no address (partner-center-api.md §3). */
export function customerInList(customer: Customer, partnerId: string): JsonObject {
  const { tenantId, domain, companyName, attributes } = customer.resource.companyProfile;
  return {
    id: customer.id,
    companyProfile: { tenantId, domain, companyName, attributes },
    relationshipToPartner: customer.relationships[partnerId] ?? "none",
    links: customer.resource["links"],
    attributes: { objectType: "Customer" },
  };
}

/** A customer by id. Without delegated rights address, e-mail and custom domains are left out. */
export function customerById(customer: Customer, partnerId: string): JsonObject {
  const shown: JsonObject = {
    ...customer.resource,
    relationshipToPartner: customer.relationships[partnerId] ?? "none",
  };
  if (customer.resource["allowDelegatedAccess"] !== false) return shown;
  delete shown["customDomains"];
  return { ...shown, companyProfile: companyProfile(customer) };
}

export function companyProfile(customer: Customer): JsonObject {
  const { address, email, organizationRegistrationNumber, ...rest } = customer.resource.companyProfile;
  if (customer.resource["allowDelegatedAccess"] === false) return rest;
  const number = organizationRegistrationNumber === undefined ? {} : { organizationRegistrationNumber };
  return { ...rest, address, email, ...number };
}
