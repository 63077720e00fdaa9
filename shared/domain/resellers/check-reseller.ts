import { z } from "zod";
import { AppError } from "../../errors";
import type { Log } from "../access/log";
import type { ResellerId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { findReseller } from "./find-reseller";
import {
  adminAgentsFinding,
  appOnlyFinding,
  Finding,
  mfaFinding,
  notAnswered,
  notIssued,
  notTried,
  priceListFinding,
  secretFinding,
  secretRefused,
  tokenFinding,
  tokenRefused,
  type FindingName,
} from "./findings";
import type { PartnerTrials } from "./partner-trials";
import { noteRefresh } from "./refresh-reseller";
import { identityOf, type Grant, type Reseller } from "./reseller";
import type { ResellerAccess } from "./reseller-access";
import { TokenRecord, tokenRow } from "./token-record";

export interface CheckDeps extends DecideDeps {
  access: ResellerAccess;
  trials: PartnerTrials;
  log: Log;
}

const Findings = z.array(Finding);
/** What only the person who signed in may do. */
const PERSONAL: readonly FindingName[] = ["mfa", "adminAgents", "priceList"];

/**
 * Tries out what a reseller needs, each thing at Entra or Partner Center itself, and says what to do about what does not
 * work (C66). Changes nothing at Microsoft; a sign-in that is refused shows on the reseller as it would by any call.
 * Throws `notYetAuthorized`, `upstreamError` when Entra cannot be asked.
 */
export async function checkReseller(deps: CheckDeps, request: WriteRequest, id: ResellerId): Promise<Finding[]> {
  const { value: reseller } = await findReseller(deps.store, id);
  const earlier = await decide(deps, MSP_PARTITION, (decision) => findReplay(decision, request.idempotency));
  if (earlier !== undefined) return Findings.parse(JSON.parse(earlier));
  if (!reseller.grant) {
    throw new AppError("conflict", "notYetAuthorized", "Nobody has signed in for this reseller yet.");
  }
  const findings = await findOut(deps, reseller, reseller.grant);
  const stored = await decide(deps, MSP_PARTITION, async (decision): Promise<string> => {
    const other = await findReplay(decision, request.idempotency);
    if (other !== undefined) return other;
    // The answer itself is kept: a repeated request is told what was found then.
    const text = JSON.stringify(findings);
    await remember(decision, request.idempotency, text);
    const failed = findings.some(({ result }) => result === "fail");
    decision.record({
      ...auditedRequest(request),
      action: "reseller.check",
      object: { type: "reseller", id, name: reseller.displayName },
      resellerId: id,
      result: failed ? "failure" : "success",
      after: Object.fromEntries(findings.map(({ name, result }) => [name, result])),
    });
    return text;
  });
  return Findings.parse(JSON.parse(stored));
}

async function findOut(deps: CheckDeps, reseller: Reseller, grant: Grant): Promise<Finding[]> {
  const signIn = await trySignIn(deps, reseller, grant);
  const [[mfa, adminAgents, priceList], appOnly] = await Promise.all([
    signIn.works ? tryPerson(deps, reseller) : PERSONAL.map((name) => notTried(name, "nobody is signed in")),
    signIn.secretWorks
      ? attempt("appOnly", () => tryAppOnly(deps, reseller))
      : notTried("appOnly", "the application secret does not work"),
  ]);
  return [...signIn.findings, mfa, adminAgents, appOnly, priceList].filter((finding) => finding !== undefined);
}

/** Redeems the refresh token, which says of the secret and of the sign-in whether they work. */
async function trySignIn(
  deps: CheckDeps,
  reseller: Reseller,
  grant: Grant,
): Promise<{ works: boolean; secretWorks: boolean; findings: Finding[] }> {
  const now = deps.clock();
  const row = await deps.store.get(MSP_PARTITION, tokenRow(reseller.id));
  const refreshed = row && TokenRecord.parse(row.value).refreshed;
  const lastRedeemed = refreshed?.grantId === grant.grantId ? refreshed.at : grant.authorizedAt;
  const secret = secretFinding(reseller.secretExpiresAt, now);
  try {
    await deps.access.renew(identityOf(reseller));
  } catch (error) {
    const trouble = error instanceof AppError ? error.extensions["resellerState"] : undefined;
    if (trouble === "Revoked") return { works: false, secretWorks: true, findings: [secret, tokenRefused()] };
    if (trouble !== "SecretInvalid") throw error;
    const token = notTried("refreshToken", "the application secret does not work");
    return { works: false, secretWorks: false, findings: [secretRefused(), token] };
  }
  await noteRefresh(deps, reseller.id, grant.grantId);
  return { works: true, secretWorks: true, findings: [secret, tokenFinding(lastRedeemed, grant.authorizedAt, now)] };
}

/** What needs the person who signed in: one token for all of it, and one for the host of the price sheets. */
async function tryPerson(deps: CheckDeps, reseller: Reseller): Promise<Finding[]> {
  const identity = identityOf(reseller);
  const token = await deps.access.issue(identity, { kind: "delegated", audience: "partnerCenter" });
  let country: string | undefined;
  const mfa = await attempt("mfa", async () => {
    const profile = await deps.trials.profile(token);
    ({ country } = profile);
    return mfaFinding(profile);
  });
  const adminAgents = await attempt("adminAgents", async () => adminAgentsFinding(await deps.trials.customers(token)));
  if (country === undefined) {
    return [mfa, adminAgents, notTried("priceList", "Partner Center does not tell the reseller's country")];
  }
  // The sheet of the reseller's own country: it sells there, whatever else it sells.
  const market = country;
  const priceList = await attempt("priceList", async () => {
    const priceToken = await deps.access.issue(identity, { kind: "delegated", audience: "priceSheets" });
    return priceListFinding(await deps.trials.priceSheet(priceToken, market), market);
  });
  return [mfa, adminAgents, priceList];
}

async function tryAppOnly(deps: CheckDeps, reseller: Reseller): Promise<Finding> {
  const token = await deps.access.issue(identityOf(reseller), { kind: "appOnly", audience: "partnerCenter" });
  return appOnlyFinding(await deps.trials.customers(token));
}

/** One trial that finds no answer does not keep the others from being told. */
async function attempt(name: FindingName, run: () => Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code === "resellerNotAuthorized" ? notIssued(name) : notAnswered(name, error.message);
  }
}
