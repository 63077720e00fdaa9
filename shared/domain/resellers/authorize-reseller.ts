import { AppError } from "../../errors";
import {
  codeChallenge,
  codeVerifier,
  startAuthorization,
  takeAuthorization,
  type AuthorizationDeps,
  type PendingAuthorization,
  type StartedAuthorization,
} from "../access/authorization-state";
import type { ResellerId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import type { AuditFacts } from "../audit/audit-entry";
import { decide } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { adoptGrant, type AdoptDeps } from "./adopt-grant";
import { findReseller } from "./find-reseller";
import type { PartnerProfile } from "./partner-profile";
import type { PartnerSignIn } from "./partner-sign-in";
import type { Reseller } from "./reseller";

export interface AuthorizeDeps extends AuthorizationDeps, AdoptDeps {
  signIn: PartnerSignIn;
  profile: PartnerProfile;
  redirectUri: string;
}

/**
 * Starts the sign-in of a reseller's administrator (C8). The caller opens `authorizeUrl` in the browser that holds the
 * cookie. Throws `secretInvalid` when the application's secret is gone, `notYetAuthorized` for a re-authorisation too early.
 */
export async function startResellerAuthorization(
  deps: AuthorizeDeps,
  request: WriteRequest,
  ask: { resellerId: ResellerId; returnTo: string; reauthorize: boolean },
): Promise<StartedAuthorization & { authorizeUrl: string }> {
  const { value: reseller } = await findReseller(deps.store, ask.resellerId);
  if (ask.reauthorize && reseller.state === "NotAuthorized") {
    throw new AppError("conflict", "notYetAuthorized", "The reseller has not been authorised yet.");
  }
  if (ask.reauthorize && reseller.state === "SecretInvalid") {
    throw new AppError("conflict", "secretInvalid", "The application secret does not work. Enter a valid one first.");
  }
  if ((await deps.vault.get(reseller.applicationSecretName)) === undefined) {
    throw new AppError("conflict", "secretInvalid", "The application secret is missing. Enter it again.");
  }
  const started = await startAuthorization(
    deps,
    {
      purpose: { kind: "reseller", resellerId: reseller.id, reauthorize: ask.reauthorize },
      startedBy: auditedRequest(request).actor,
      returnTo: ask.returnTo,
    },
    request.idempotency,
    {
      ...auditedRequest(request),
      ...facts(reseller),
      action: "reseller.authorize.start",
      result: "success",
      after: { reauthorize: ask.reauthorize },
    },
  );
  const verifier = codeVerifier(await deps.authorizationKey(), started.state);
  const authorizeUrl = deps.signIn.authorizeUrl({
    directoryId: reseller.directoryId,
    applicationId: reseller.applicationId,
    redirectUri: deps.redirectUri,
    state: started.state,
    codeChallenge: codeChallenge(verifier),
  });
  return { ...started, authorizeUrl };
}

/** What Microsoft sent back to the callback. */
export interface AuthorizationCallback {
  state: string;
  code: string | undefined;
  error: string | undefined;
  cookie: string | undefined;
  correlationId: string;
  clientIp: string | undefined;
}

export interface FinishedAuthorization {
  resellerId: ResellerId;
  returnTo: string;
  /** Absent when it worked; else one of the codes of product.md §3.5. */
  errorCode?: string;
}

/**
 * Ends the sign-in (C10): exchanges the code, proves the token at Partner Center, and only then makes it the reseller's.
 * A failure keeps the former state and is audited. Throws only `stateExpired`: then nobody knows where to return to.
 */
export async function finishResellerAuthorization(
  deps: AuthorizeDeps,
  callback: AuthorizationCallback,
): Promise<FinishedAuthorization> {
  const pending = await takeAuthorization(deps, { state: callback.state, cookie: callback.cookie, kind: "reseller" });
  if (pending.purpose.kind !== "reseller") throw new Error("A reseller's sign-in was expected.");
  const { resellerId } = pending.purpose;
  const done = { resellerId, returnTo: pending.returnTo };
  try {
    const { value: reseller } = await findReseller(deps.store, resellerId);
    const signedIn = await signInAndProbe(deps, reseller, callback);
    await adoptGrant(deps, reseller, signedIn, fromCallback(pending, callback));
    return done;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await recordFailure(deps, pending, resellerId, error.code, callback);
    return { ...done, errorCode: error.code };
  }
}

async function signInAndProbe(
  deps: AuthorizeDeps,
  reseller: Reseller,
  callback: AuthorizationCallback,
): Promise<{ refreshToken: string; userName: string }> {
  if (callback.error !== undefined || callback.code === undefined) {
    throw new AppError("forbidden", "accessDenied", "The sign-in at Microsoft was declined.");
  }
  const applicationSecret = await deps.vault.get(reseller.applicationSecretName);
  if (applicationSecret === undefined)
    throw new AppError("conflict", "secretInvalid", "The application secret is missing.");
  const tokens = await deps.signIn.exchangeCode({
    directoryId: reseller.directoryId,
    applicationId: reseller.applicationId,
    applicationSecret,
    redirectUri: deps.redirectUri,
    code: callback.code,
    codeVerifier: codeVerifier(await deps.authorizationKey(), callback.state),
  });
  if (tokens.directoryId !== reseller.directoryId) {
    throw new AppError(
      "unprocessable",
      "tenantMismatch",
      "The account belongs to another directory than the reseller.",
    );
  }
  if (tokens.refreshToken === undefined) {
    throw new AppError(
      "unprocessable",
      "adminConsentRequired",
      "Microsoft gave no lasting permission (refresh token).",
    );
  }
  if (!tokens.mfa)
    throw new AppError(
      "unprocessable",
      "mfaRequired",
      "Sign in with multi-factor authentication; Partner Center demands it.",
    );
  const profile = await deps.profile.probe(tokens.accessToken);
  if (profile.directoryId !== reseller.directoryId) {
    throw new AppError(
      "unprocessable",
      "tenantMismatch",
      "Partner Center shows another partner than the reseller's directory.",
    );
  }
  return { refreshToken: tokens.refreshToken, userName: tokens.userName };
}

async function recordFailure(
  deps: AuthorizeDeps,
  pending: PendingAuthorization,
  resellerId: ResellerId,
  errorCode: string,
  callback: AuthorizationCallback,
): Promise<void> {
  await decide(deps, MSP_PARTITION, (decision) => {
    decision.record({
      ...fromCallback(pending, callback),
      action: "reseller.authorize.fail",
      object: { type: "reseller", id: resellerId },
      resellerId,
      result: "failure",
      errorCode,
    });
  });
}

function fromCallback(
  pending: PendingAuthorization,
  callback: AuthorizationCallback,
): Pick<AuditFacts, "actor" | "correlationId" | "clientIp"> {
  return {
    actor: pending.startedBy,
    correlationId: callback.correlationId,
    ...(callback.clientIp ? { clientIp: callback.clientIp } : {}),
  };
}

function facts(reseller: Reseller): Pick<AuditFacts, "object" | "resellerId"> {
  return { object: { type: "reseller", id: reseller.id, name: reseller.displayName }, resellerId: reseller.id };
}
