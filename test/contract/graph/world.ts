import type { EntraSeed } from "../../../local/entra/seed";
import type { GraphSeed, SubscribedSku } from "../../../local/graph/seed";

export const partner = "51111111-0000-4000-8000-000000000001";
export const customer = "52222222-0000-4000-8000-000000000002";
export const unseeded = "53333333-0000-4000-8000-000000000003";
export const app = "5aaaaaaa-0000-4000-8000-00000000000a";
export const weakApp = "5bbbbbbb-0000-4000-8000-00000000000b";
export const secret = "graph secret";

const graph = "https://graph.microsoft.com";
const expiresAt = "2099-01-01T00:00:00Z";

const registration = (appId: string, roles: string[]) => ({
  appId,
  displayName: `App with ${roles.join(", ")}`,
  multiTenant: true,
  redirectUris: [],
  secrets: [{ value: secret, expiresAt }],
  applicationPermissions: [{ resource: graph, roles }],
});

const directory = (tenantId: string, domain: string): EntraSeed["directories"][0] => ({
  tenantId,
  displayName: domain,
  domains: [{ name: domain, verified: true, initial: true, default: true }],
  accounts: [
    {
      oid: tenantId.replace(/^5/, "9"),
      upn: `admin@${domain}`,
      displayName: "Admin",
      password: "pw",
      roles: ["GlobalAdministrator"],
      groups: [],
      mfa: true,
    },
  ],
  apps: [],
  consents: [
    { appId: app, permissions: [".default", `${graph}/User.Read`] },
    { appId: weakApp, permissions: [".default"] },
  ],
});

export const entraSeed: EntraSeed = {
  directories: [
    {
      ...directory(partner, "partner.test"),
      apps: [
        {
          ...registration(app, ["Organization.Read.All", "Domain.Read.All", "User.Read.All", "Group.Read.All"]),
          publicClient: true,
        },
        registration(weakApp, ["LicenseAssignment.Read.All"]),
      ],
    },
    directory(customer, "customer.test"),
    directory(unseeded, "unseeded.test"),
  ],
};

export const businessPremium: SubscribedSku = {
  skuId: "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
  skuPartNumber: "SPB",
  appliesTo: "User",
  capabilityStatus: "Enabled",
  consumedUnits: 23,
  prepaidUnits: { enabled: 25, suspended: 0, warning: 0, lockedOut: 0 },
  servicePlans: [
    {
      servicePlanId: "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
      servicePlanName: "AAD_PREMIUM",
      provisioningStatus: "Success",
      appliesTo: "User",
    },
  ],
};

const forCompany: SubscribedSku = {
  skuId: "b05e124f-c7cc-45a0-a6aa-8cf78c946968",
  skuPartNumber: "EMS_COMPANY",
  appliesTo: "Company",
  capabilityStatus: "Warning",
  consumedUnits: 0,
  prepaidUnits: { enabled: 0, suspended: 0, warning: 1, lockedOut: 0 },
};

export const graphSeed: GraphSeed = {
  tenants: [
    {
      tenantId: customer,
      displayName: "Müller & Söhne",
      countryLetterCode: "DE",
      domains: [
        { name: "customer.onmicrosoft.com", verified: true, initial: true },
        { name: "customer.test", verified: true, default: true },
        { name: "planned.test", verified: false },
      ],
      subscribedSkus: [businessPremium, forCompany],
      users: Array.from({ length: 250 }, (_, index) => ({
        id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
        displayName: `User ${index}`,
        userPrincipalName: `user${index}@customer.test`,
        usageLocation: "DE",
      })),
      groups: [{ id: "60000000-0000-4000-8000-000000000001", displayName: "AdminAgents" }],
    },
    {
      tenantId: partner,
      displayName: "Partner",
      domains: [{ name: "partner.test", verified: true, initial: true, default: true }],
      subscribedSkus: [],
      users: [],
      groups: [],
    },
  ],
};
