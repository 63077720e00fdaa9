import { z } from "zod";
import type { TrialAnswer } from "./partner-trials";
import { daysUntil } from "./secret-expiry";

/** What a check looks at, in this order. */
export const FindingName = z.enum(["applicationSecret", "refreshToken", "mfa", "adminAgents", "appOnly", "priceList"]);
export type FindingName = z.infer<typeof FindingName>;

/** One thing that was tried, how it went, and what to do about it when it did not. */
export const Finding = z.object({
  name: FindingName,
  result: z.enum(["pass", "warn", "fail"]),
  detail: z.string(),
  remedy: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;

const DAY_MS = 86_400_000;
/** A refresh token is redeemed daily; one that was not for a week is on the way to its 90 days (fact sheet §2.4). */
const STALE_DAYS = 7;
const NEW_SECRET = "Create a new client secret at the application's registration, and enter it here.";

/** The secret was accepted; what is left to say is how long it will be. */
export function secretFinding(expiresAt: string | undefined, now: Date): Finding {
  const name = "applicationSecret";
  if (expiresAt === undefined) {
    const remedy = "Enter the day on which the secret expires, so that you are warned before.";
    return { name, result: "warn", detail: "Entra accepts the secret. When it expires is not known here.", remedy };
  }
  const left = daysUntil(expiresAt, now);
  if (left < 0) {
    const remedy = "Correct the day of its expiry, or enter the new secret.";
    return { name, result: "warn", detail: "Entra accepts the secret, though it should have expired.", remedy };
  }
  const detail = `Entra accepts the secret. It expires in ${left} days.`;
  return left < 30 ? { name, result: "warn", detail, remedy: NEW_SECRET } : { name, result: "pass", detail };
}

export function secretRefused(): Finding {
  const detail = "Entra does not accept the application ID or its secret.";
  return { name: "applicationSecret", result: "fail", detail, remedy: NEW_SECRET };
}

/** The token was redeemed; a long time since the last time says that nothing else keeps it alive. */
export function tokenFinding(lastRedeemed: string, authorizedAt: string, now: Date): Finding {
  const days = Math.floor((now.getTime() - Date.parse(lastRedeemed)) / DAY_MS);
  const name = "refreshToken";
  const detail = `Signed in on ${authorizedAt.slice(0, 10)}; last redeemed ${days} days before this check, and just now.`;
  if (days < STALE_DAYS) return { name, result: "pass", detail };
  const remedy = "The daily refresh does not run: look at the timer tendResellers and at the queue tokens.";
  return { name, result: "warn", detail, remedy };
}

export function tokenRefused(): Finding {
  const detail = "Entra does not accept the sign-in any more: it expired, or was withdrawn.";
  return { name: "refreshToken", result: "fail", detail, remedy: "Re-authorise the reseller." };
}

export function mfaFinding({ status, code, mfaCompliant }: TrialAnswer & { mfaCompliant?: boolean }): Finding {
  const name = "mfa";
  const isRefused = status === 401 && code === "900421";
  if (isRefused || mfaCompliant === false) {
    const detail = "Partner Center finds no multi-factor authentication in the sign-in.";
    return { name, result: "fail", detail, remedy: "Require MFA for the account, and re-authorise with it." };
  }
  if (mfaCompliant) return { name, result: "pass", detail: "Partner Center finds MFA in the sign-in." };
  const detail = `Partner Center did not say whether it finds MFA in the sign-in (HTTP ${status}).`;
  return { name, result: "warn", detail, remedy: "Check again later." };
}

export function adminAgentsFinding(answer: TrialAnswer): Finding {
  const name = "adminAgents";
  if (answer.status === 200) return { name, result: "pass", detail: "The account may read the reseller's customers." };
  if (answer.status === 403) {
    const detail = `Partner Center refuses the account${numbered(answer)}.`;
    return { name, result: "fail", detail, remedy: "Add the account to the group AdminAgents in Partner Center." };
  }
  return unexpected(name, answer, "Re-authorise with a member of AdminAgents.");
}

export function appOnlyFinding(answer: TrialAnswer): Finding {
  const name = "appOnly";
  if (answer.status === 200) return { name, result: "pass", detail: "The application may read without a person." };
  const remedy =
    "Register the application in Partner Center > Account settings > App management. Not needed while a person's sign-in works.";
  return { name, result: "warn", detail: `Partner Center refuses the application alone${numbered(answer)}.`, remedy };
}

export function priceListFinding(answer: TrialAnswer, country: string): Finding {
  const name = "priceList";
  if (answer.status === 200) return { name, result: "pass", detail: `The price sheet of ${country} can be read.` };
  const remedy =
    "Give the account a role that may read pricing in Partner Center, and check that the country sells there.";
  return { name, result: "warn", detail: `The price sheet of ${country} cannot be read${numbered(answer)}.`, remedy };
}

/** Nothing can be said about it, because something before it does not work. */
export function notTried(name: FindingName, why: string): Finding {
  return { name, result: "fail", detail: `Not tried: ${why}.`, remedy: "Mend what fails first, then check again." };
}

/** Entra gives the reseller's tokens, and refuses one for this. */
export function notIssued(name: FindingName): Finding {
  const remedy = "Give the application the API permission for it, and grant admin consent.";
  return { name, result: "warn", detail: "Entra gives no token for it.", remedy };
}

/** Microsoft gave no usable answer. */
export function notAnswered(name: FindingName, detail: string): Finding {
  return { name, result: "warn", detail, remedy: "Check again later." };
}

function unexpected(name: FindingName, answer: TrialAnswer, remedy: string): Finding {
  return { name, result: "fail", detail: `Partner Center refused${numbered(answer)}.`, remedy };
}

function numbered({ status, code }: TrialAnswer): string {
  return code === undefined ? ` (HTTP ${status})` : ` (HTTP ${status}, code ${code})`;
}
