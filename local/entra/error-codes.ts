/** How a refusal of the token endpoint looks, by its AADSTS number. */
export interface ErrorCode {
  /** OAuth error. */
  error: string;
  message: string;
  suberror?: string;
}

const invalidGrant = (message: string, suberror?: string): ErrorCode => ({
  error: "invalid_grant",
  message,
  ...(suberror === undefined ? {} : { suberror }),
});
const invalidClient = (message: string): ErrorCode => ({ error: "invalid_client", message });
const invalidRequest = (message: string): ErrorCode => ({ error: "invalid_request", message });
const accessDenied = (message: string): ErrorCode => ({ error: "access_denied", message });

/**
 * The numbers of partner-center-api.md §2.6, and those a client meets by using the endpoints wrongly. `{0}` and so on
 * are filled in with the particulars. Clients decide on `error` and the number; the texts are for people.
 */
export const errorCodes = {
  28000: invalidRequest(
    "The input parameter scope is not valid because it contains more than one resource. Scope {0}.",
  ),
  50011: invalidRequest(
    "The redirect URI '{0}' specified in the request does not match the redirect URIs configured for the application '{1}'.",
  ),
  50020: invalidGrant(
    "User account '{0}' does not exist in tenant '{1}' and cannot access the application '{2}' there.",
  ),
  50034: invalidGrant("The user account {0} does not exist in the {1} directory."),
  50057: invalidGrant("The user account is disabled."),
  50058: {
    error: "login_required",
    message: "A silent sign-in request was sent but no user is signed in.",
  },
  50059: invalidRequest("No tenant-identifying information found in either the request or the provided credentials."),
  50076: invalidGrant("You must use multi-factor authentication to access '{0}'.", "basic_action"),
  50078: invalidGrant("Presented multi-factor authentication has expired; refresh it to access '{0}'.", "basic_action"),
  50079: invalidGrant("You must enroll in multi-factor authentication to access '{0}'.", "basic_action"),
  50105: invalidGrant("The signed in user is not assigned to a role for the application '{0}'."),
  50126: invalidGrant("Error validating credentials due to invalid username or password."),
  50158: invalidGrant("External security challenge not satisfied.", "basic_action"),
  50173: invalidGrant(
    "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    "bad_token",
  ),
  50194: invalidRequest(
    "Application '{0}' is not configured as a multi-tenant application. Usage of the /common endpoint is not supported.",
  ),
  53000: invalidGrant("Device is not in required device state: not compliant.", "message_only"),
  53001: invalidGrant("Device is not in required device state: not domain joined.", "message_only"),
  53002: invalidGrant("Application used is not an approved application for Conditional Access.", "message_only"),
  53003: invalidGrant("Access has been blocked by Conditional Access policies.", "message_only"),
  54005: invalidGrant("OAuth2 Authorization code was already redeemed, please retry with a new valid code."),
  65001: invalidGrant(
    "The user or administrator has not consented to use the application with ID '{0}' named '{1}'.",
    "consent_required",
  ),
  65004: accessDenied("User declined to consent to access the app."),
  70000: invalidGrant("Provided grant is invalid or malformed."),
  70003: { error: "unsupported_grant_type", message: "The app requested an unsupported grant type '{0}'." },
  70008: invalidGrant("The provided authorization code or refresh token has expired due to inactivity."),
  70011: { error: "invalid_scope", message: "The provided value for the input parameter 'scope' is not valid: '{0}'." },
  70043: invalidGrant(
    "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.",
    "bad_token",
  ),
  70051: invalidRequest("The response_mode '{0}' is not supported."),
  90002: invalidRequest("Tenant '{0}' not found. Check to make sure you have the correct tenant ID."),
  90094: accessDenied("An administrator of {0} has to grant the permissions '{1}' requested by '{2}'."),
  500011: { error: "invalid_resource", message: "The resource principal named {0} was not found in the tenant {1}." },
  500112: invalidClient("The reply address '{0}' does not match the one provided when requesting the code."),
  501481: invalidGrant("The Code_Verifier does not match the code_challenge supplied in the authorization request."),
  501491: invalidRequest("Invalid size or method of the code_challenge parameter; S256 is needed."),
  700005: invalidGrant("Provided Authorization Code is intended to use against other tenant, thus rejected."),
  700016: {
    error: "unauthorized_client",
    message: "Application with identifier '{0}' was not found in the directory '{1}'.",
  },
  700025: invalidClient("Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
  700027: invalidClient("Client assertion failed signature validation: no certificate is registered for it."),
  700054: { error: "unsupported_response_type", message: "response_type '{0}' is not enabled for the application." },
  700082: invalidGrant("The refresh token has expired due to inactivity.", "bad_token"),
  700084: invalidGrant(
    "The refresh token was issued to a single page app and has expired after 24 hours.",
    "bad_token",
  ),
  900144: invalidRequest("The request must contain the following parameter: '{0}'."),
  1002012: {
    error: "invalid_scope",
    message: "Client credential flows need a scope '{resource}/.default', not '{0}'.",
  },
  7000215: invalidClient(
    "Invalid client secret provided. Ensure the secret being sent is the client secret value, not the client secret ID.",
  ),
  7000218: invalidClient("The request body must contain the parameter: 'client_assertion' or 'client_secret'."),
  7000222: invalidClient("The provided client secret keys for app '{0}' are expired."),
  7000229: invalidClient("The client application {0} is missing service principal in the tenant {1}."),
} as const satisfies Record<number, ErrorCode>;

export type EntraErrorCode = keyof typeof errorCodes;

/** Codes an account's `refuse` switch may take: refusals by policies that are not otherwise modelled. */
export const policyCodes = [50076, 50078, 50079, 50105, 50158, 53000, 53001, 53002, 53003, 70043, 700084] as const;
export type PolicyCode = (typeof policyCodes)[number];
