import type { EntraSeed } from "../../../local/entra/seed";

export const reseller = "11111111-0000-4000-8000-000000000001";
export const customer = "22222222-0000-4000-8000-000000000002";
export const msp = "33333333-0000-4000-8000-000000000003";
export const stranger = "44444444-0000-4000-8000-000000000004";

export const cspApp = "aaaaaaaa-0000-4000-8000-00000000000a";
export const secret = "reseller secret ~+ä";
export const oldSecret = "secret of last year";
export const apiApp = "bbbbbbbb-0000-4000-8000-00000000000b";
export const scriptApp = "cccccccc-0000-4000-8000-00000000000c";
export const singleTenantApp = "dddddddd-0000-4000-8000-00000000000d";

export const redirectUri = "http://localhost:7071/app/MicrosoftCspAuthenticationCallback";
export const partnerCenter = "https://api.partnercenter.microsoft.com";
export const partnerCenterScope = `${partnerCenter}/user_impersonation`;
export const graph = "https://graph.microsoft.com";
export const password = "correct horse";

const farAway = "2099-01-01T00:00:00Z";

function account(tenant: string, name: string, more: Partial<EntraSeed["directories"][0]["accounts"][0]> = {}) {
  const domain =
    { [reseller]: "reseller.test", [customer]: "customer.test", [msp]: "msp.test" }[tenant] ?? "stranger.test";
  return {
    oid: `${name.length.toString(16).padStart(8, "0")}-${tenant.slice(9, 23)}-${Buffer.from(name.padEnd(6)).toString("hex").slice(0, 12)}`,
    upn: `${name}@${domain}`,
    displayName: name[0]!.toUpperCase() + name.slice(1),
    password,
    roles: [],
    groups: [],
    mfa: true,
    ...more,
  };
}

/** A reseller, a customer, the MSP itself, and a directory nobody let anything into. */
export const seed: EntraSeed = {
  directories: [
    {
      tenantId: reseller,
      displayName: "Reseller GmbH",
      domains: [
        { name: "reseller.onmicrosoft.com", verified: true, initial: true },
        { name: "reseller.test", verified: true, default: true },
        { name: "not-yet.test", verified: false },
      ],
      accounts: [
        account(reseller, "agent", { roles: ["GlobalAdministrator"], groups: ["AdminAgents"] }),
        account(reseller, "clerk"),
        account(reseller, "nomfa", { mfa: false, roles: ["GlobalAdministrator"], groups: ["AdminAgents"] }),
        account(reseller, "gone", { disabled: true }),
      ],
      apps: [
        {
          appId: cspApp,
          displayName: "CSP & <connector>",
          multiTenant: true,
          redirectUris: [redirectUri, "https://app.example/cb?fixed=1"],
          secrets: [
            { value: secret, expiresAt: farAway },
            { value: oldSecret, expiresAt: "2020-01-01T00:00:00Z" },
          ],
          applicationPermissions: [{ resource: graph, roles: ["Organization.Read.All", "LicenseAssignment.Read.All"] }],
          delegatedPermissions: [{ resource: partnerCenter, scopes: ["user_impersonation"] }],
        },
        {
          appId: singleTenantApp,
          displayName: "House app",
          multiTenant: false,
          redirectUris: [redirectUri],
          secrets: [{ value: secret, expiresAt: farAway }],
        },
      ],
      consents: [],
    },
    {
      tenantId: customer,
      displayName: "Customer Ltd",
      domains: [{ name: "customer.test", verified: true, initial: true, default: true }],
      accounts: [account(customer, "owner", { roles: ["GlobalAdministrator"] }), account(customer, "staff")],
      apps: [],
      consents: [],
    },
    {
      tenantId: msp,
      displayName: "MSP AG",
      domains: [{ name: "msp.test", verified: true, initial: true, default: true }],
      accounts: [
        account(msp, "admin", { appRoles: { [apiApp]: ["Admin"] }, groups: ["Operations"] }),
        account(msp, "reader", { appRoles: { [apiApp]: ["Reader"] }, mfa: false }),
      ],
      apps: [
        {
          appId: apiApp,
          displayName: "CSP API",
          multiTenant: false,
          redirectUris: [],
          secrets: [],
          identifierUris: ["https://msp.test/csp"],
          scopes: ["access_as_user"],
          appRoles: ["Admin", "Reader", "License.Read"],
        },
        {
          appId: scriptApp,
          displayName: "Scripts",
          multiTenant: false,
          publicClient: true,
          redirectUris: ["http://localhost"],
          secrets: [{ value: secret, expiresAt: farAway }],
          applicationPermissions: [{ resource: `api://${apiApp}`, roles: ["License.Read"] }],
          delegatedPermissions: [{ resource: `api://${apiApp}`, scopes: ["access_as_user"] }],
        },
      ],
      consents: [{ appId: scriptApp, permissions: [".default"] }],
    },
    {
      tenantId: stranger,
      displayName: "Stranger",
      domains: [{ name: "stranger.test", verified: true }],
      accounts: [account(stranger, "visitor")],
      apps: [],
      consents: [],
    },
  ],
};
