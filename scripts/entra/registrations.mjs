import { createHash } from "node:crypto";

const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";
const AZURE_CLI_APP_ID = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
/** People of customers' directories sign in to the API, and their administrators consent to the tenant app. */
const MANY_DIRECTORIES = "AzureADMultipleOrgs";
/** What a person's token has to carry (shared/http/authenticate.ts). */
const SCOPE = "access_as_user";

/** The roles of shared/domain/access/permissions.ts, as Entra shows them to whoever gives them. */
const ROLES = [
  ["Admin", "User", "Everything, resellers and access included."],
  ["Operator", "User", "Changes seats and tenants within a granted scope."],
  ["Approver", "User", "Decides requests they are named on."],
  ["Reader", "User", "Reads within a granted scope."],
  ["TenantUser", "User", "A customer's own person: their own tenant."],
  ["ApiApp", "Application", "A script, within a granted scope."],
];

/** Graph application permissions that a customer's administrator consents to: what shared/graph calls, and no more. */
export const GRAPH_PERMISSIONS = ["Organization.Read.All"];

/**
 * The registration of the API: whom it is for, what people and scripts may be in it. A registration is made with `first` and
 * then brought to each of `steps`, in their order, which Graph insists on.
 */
export function apiRegistration(name, { redirectUris, allowAzureCli }) {
  const scope = {
    id: stableId("scope", SCOPE),
    value: SCOPE,
    type: "User",
    isEnabled: true,
    adminConsentDisplayName: "Use CSP marketplace as the signed-in person",
    adminConsentDescription: "What the person may do is decided by their role and by grants of the application.",
  };
  return {
    uniqueName: `csp-marketplace-api-${name}`,
    first: { displayName: `CSP marketplace API (${name})`, signInAudience: MANY_DIRECTORIES },
    steps: [
      ({ appId }) => ({
        identifierUris: [`api://${appId}`],
        api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [scope] },
        appRoles: ROLES.map(toAppRole),
        spa: { redirectUris },
      }),
      // Whoever is let in without consent is let in to a scope that has to be there before.
      ({ api }) => ({ api: { preAuthorizedApplications: allowAzureCli ? [azureCli(api)] : [] } }),
    ],
  };
}

function toAppRole([value, member, description]) {
  const id = stableId("role", value);
  return { id, value, displayName: value, description, allowedMemberTypes: [member], isEnabled: true };
}

function azureCli({ oauth2PermissionScopes }) {
  const { id } = oauth2PermissionScopes.find(({ value }) => value === SCOPE);
  return { appId: AZURE_CLI_APP_ID, delegatedPermissionIds: [id] };
}

/** The registration that customers consent to. `permissionIds` are those of GRAPH_PERMISSIONS. */
export function tenantRegistration(name, { publicUrl, permissionIds }) {
  const resourceAccess = permissionIds.map((id) => ({ id, type: "Role" }));
  const redirectUris = publicUrl === undefined ? [] : [`${publicUrl}/app/TenantConsentCallback`];
  return {
    uniqueName: `csp-marketplace-tenants-${name}`,
    first: { displayName: `CSP marketplace (${name})`, signInAudience: MANY_DIRECTORIES },
    steps: [
      () => ({
        web: { redirectUris },
        requiredResourceAccess: [{ resourceAppId: GRAPH_APP_ID, resourceAccess }],
      }),
    ],
  };
}

/** Where Graph describes its own permissions. */
export const GRAPH_PRINCIPAL = `servicePrincipals(appId='${GRAPH_APP_ID}')?$select=id,appRoles`;

/** The same id in every installation and every run: a role keeps its holders. */
function stableId(kind, value) {
  const hex = createHash("sha256").update(`csp-marketplace:${kind}:${value}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
