/** One thing to do at Microsoft before a reseller is added. */
export interface RegistrationStep {
  id: string;
  where: string;
  title: string;
  detail: string;
}

/**
 * How a reseller's application is prepared (product.md §3.3): the guide's steps, and those it leaves out, without which
 * the sign-in fails with `adminConsentRequired`, `mfaRequired` or `notAdminAgent`.
 */
export function registrationSteps(redirectUri: string): RegistrationStep[] {
  return [
    {
      id: "registerApplication",
      where: "Partner Center > Account settings > App management",
      title: "Register a web application",
      detail: "Done here, and not only in Azure, the application may also read without a person (app-only).",
    },
    {
      id: "createSecret",
      where: "Partner Center > Account settings > App management",
      title: "Create a key",
      detail:
        "Note the application ID, the value of the key and the day it expires. The value is shown once; its ID is not it.",
    },
    {
      id: "addRedirectUri",
      where: "Azure portal > App registrations > All applications > the application > Authentication",
      title: "Add the redirect URI",
      detail: `Under the platform Web, not single-page application, whose tokens end after a day. Exactly: ${redirectUri}`,
    },
    {
      id: "addPermission",
      where: "Azure portal > App registrations > the application > API permissions",
      title: "Give it access to Partner Center",
      detail: "Add Microsoft Partner Center > Delegated permissions > user_impersonation, and grant admin consent.",
    },
    {
      id: "prepareAccount",
      where: "Microsoft Entra admin center, and Partner Center > User management",
      title: "Prepare the account that will sign in",
      detail: "An account of its own for this purpose, with multi-factor authentication, in the group AdminAgents.",
    },
    {
      id: "grantCustomerAccess",
      where: "Partner Center > Customers > Admin relationships",
      title: "Let the account reach the customers",
      detail:
        "Put it in a security group of the granular delegated admin privileges (GDAP) you have with your customers.",
    },
  ];
}
