import { AppError, type ErrorKind } from "../errors";
import type { TokenRefused } from "./token-refused";

/** What the person at the sign-in page can do about it (product.md §3.5). */
const OUTCOMES = {
  secretInvalid: ["conflict", "Entra does not accept the application ID or its secret."],
  mfaRequired: ["unprocessable", "Partner Center wants a sign-in with multi-factor authentication."],
  accessDenied: ["forbidden", "The account declined, or may not sign in to this application."],
  adminConsentRequired: ["unprocessable", "An administrator has to consent to the application's permissions first."],
  redirectUriMismatch: ["unprocessable", "The application's registration lacks the redirect URI of this system."],
  stateExpired: ["invalid", "The sign-in took too long or was used already: start again."],
  tenantMismatch: ["unprocessable", "The account or the application belongs to another directory."],
} as const satisfies Record<string, readonly [ErrorKind, string]>;

type Outcome = keyof typeof OUTCOMES;

/** By AADSTS number (fact sheet §2.6). */
const BY_NUMBER: Readonly<Record<number, Outcome>> = {
  700016: "secretInvalid",
  7000215: "secretInvalid",
  7000216: "secretInvalid",
  7000218: "secretInvalid",
  7000222: "secretInvalid",
  7000229: "secretInvalid",
  50076: "mfaRequired",
  50078: "mfaRequired",
  50079: "mfaRequired",
  50158: "mfaRequired",
  53000: "accessDenied",
  53001: "accessDenied",
  53002: "accessDenied",
  53003: "accessDenied",
  50057: "accessDenied",
  50105: "accessDenied",
  65004: "accessDenied",
  65001: "adminConsentRequired",
  90094: "adminConsentRequired",
  500011: "adminConsentRequired",
  650052: "adminConsentRequired",
  50011: "redirectUriMismatch",
  500112: "redirectUriMismatch",
  54005: "stateExpired",
  70000: "stateExpired",
  70008: "stateExpired",
  70043: "stateExpired",
  50173: "stateExpired",
  50020: "tenantMismatch",
  50034: "tenantMismatch",
  50194: "tenantMismatch",
  90002: "tenantMismatch",
};

/** Where the number says nothing to us. */
const BY_ERROR: Readonly<Record<string, Outcome>> = {
  invalid_client: "secretInvalid",
  unauthorized_client: "secretInvalid",
  interaction_required: "mfaRequired",
  consent_required: "adminConsentRequired",
  access_denied: "accessDenied",
  invalid_grant: "stateExpired",
};

/** The planned-for outcome behind a refused code exchange; anything unknown is `upstreamError`. */
export function signInError(refused: TokenRefused): AppError {
  const { error, code, traceId } = refused;
  const details = { cause: refused, extensions: { entraError: error, entraCode: code, traceId } };
  const outcome = (code === undefined ? undefined : BY_NUMBER[code]) ?? BY_ERROR[error];
  if (outcome === undefined) {
    return new AppError("upstream", "upstreamError", `Microsoft Entra refused the sign-in (${error}).`, details);
  }
  const [kind, message] = OUTCOMES[outcome];
  return new AppError(kind, outcome, message, details);
}
