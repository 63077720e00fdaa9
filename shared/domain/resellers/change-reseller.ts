import { AppError } from "../../errors";
import type { Log } from "../access/log";
import type { ResellerId, TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { claimName, releaseName, sameName } from "../access/unique-name";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { checkEtag } from "../decisions/public-etag";
import { expiry, resolveDirectory } from "./add-reseller";
import { editedReseller, type ResellerEdit, type SecretVerdict } from "./edited-reseller";
import { findReseller, noSuchReseller } from "./find-reseller";
import type { PartnerSignIn } from "./partner-sign-in";
import { getReseller, identityOf, type Reseller } from "./reseller";
import type { ResellerAccess } from "./reseller-access";
import { claimApplication, releaseApplication } from "./reseller-application";
import {
  abandonSecret,
  adoptSecret,
  applicationSecretName,
  doomSecret,
  storeSecret,
  type SecretDeps,
} from "./reseller-secrets";
import { sendTask } from "./reseller-task";
import { refuseWhileInUse } from "./reseller-use";
import { tryToTidy } from "./tidy-reseller";

export interface ChangeResellerDeps extends DecideDeps, SecretDeps {
  signIn: PartnerSignIn;
  access: ResellerAccess;
  log: Log;
}

/** What the edit comes to before anything is decided. */
interface Prepared {
  directoryId: TenantId;
  secret: { secretName: string; verdict: SecretVerdict } | undefined;
}

/**
 * Changes what was entered about a reseller (C6, C12–C15). A new secret is stored under a name of its own and tried at
 * Entra before the reseller names it; another domain or application ends the sign-in and destroys its token. Throws
 * `etagMismatch`, `duplicate`, `domainUnresolved`, `resellerInUse` when tenants are connected and the directory would be
 * another one, `upstreamError` when Entra cannot be asked: then nothing is changed.
 */
export async function changeReseller(
  deps: ChangeResellerDeps,
  request: WriteRequest,
  id: ResellerId,
  edit: ResellerEdit,
  etag: string,
): Promise<Found<Reseller>> {
  if (await decide(deps, MSP_PARTITION, (decision) => findReplay(decision, request.idempotency))) {
    return findReseller(deps.store, id);
  }
  const before = await findReseller(deps.store, id);
  checkEtag(before.etag, etag);
  const directoryId = await directoryAfter(deps, before.value, edit);
  const secretName = edit.applicationSecret === undefined ? undefined : newSecretName(deps, id);
  try {
    const secret = secretName && {
      secretName,
      verdict: await tryOut(deps, before.value, edit, directoryId, secretName),
    };
    await store(deps, request, id, edit, etag, { directoryId, secret: secret || undefined });
  } finally {
    if (secretName) {
      await abandonSecret(deps, secretName).catch((error: unknown) =>
        deps.log.warn("a secret nobody uses waits to be destroyed", { secretName, error }),
      );
    }
  }
  await tryToTidy(deps, id);
  return findReseller(deps.store, id);
}

function newSecretName(deps: ChangeResellerDeps, id: ResellerId): string {
  return applicationSecretName(id, Buffer.from(deps.random(6)).toString("hex"));
}

async function directoryAfter(deps: ChangeResellerDeps, before: Reseller, edit: ResellerEdit): Promise<TenantId> {
  const isOther = edit.domain !== undefined && edit.domain !== before.domain;
  return isOther ? resolveDirectory(deps.signIn, edit.domain ?? "") : before.directoryId;
}

/** Stores the new secret and tries it: with the sign-in where that stays, else with the application alone. */
async function tryOut(
  deps: ChangeResellerDeps,
  before: Reseller,
  edit: ResellerEdit,
  directoryId: TenantId,
  secretName: string,
): Promise<SecretVerdict> {
  await storeSecret(deps, secretName, edit.applicationSecret ?? "", expiry(edit.secretExpiresAt));
  const applicationId = edit.applicationId ?? before.applicationId;
  const { refreshTokenName, ...identity } = identityOf(before);
  const candidate = { ...identity, directoryId, applicationId, applicationSecretName: secretName };
  const keepsGrant = applicationId === before.applicationId && (edit.domain ?? before.domain) === before.domain;
  try {
    if (refreshTokenName && keepsGrant) await deps.access.renew({ ...candidate, refreshTokenName });
    else await deps.access.issue(candidate, { kind: "appOnly", audience: "partnerCenter" });
    return "accepted";
  } catch (error) {
    const trouble = error instanceof AppError ? error.extensions["resellerState"] : undefined;
    // Entra looks at the secret first: a sign-in that ended was refused with the secret accepted.
    if (trouble === "Revoked") return "signInEnded";
    if (trouble === "SecretInvalid") return "refused";
    throw error;
  }
}

async function store(
  deps: ChangeResellerDeps,
  request: WriteRequest,
  id: ResellerId,
  edit: ResellerEdit,
  etag: string,
  prepared: Prepared,
): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    const found = await getReseller(decision, id);
    if (!found) throw noSuchReseller();
    checkEtag(found.etag, etag);
    const before = found.value;
    const after = editedReseller(before, edit, prepared, decision.now);
    if (after.directoryId !== before.directoryId) {
      await refuseWhileInUse(deps.store, id, request.actor, decision.now);
    }
    await moveUniqueness(decision, before, after);
    await moveSecrets(decision, before, after);
    if (before.state !== "Authorized" && after.state === "Authorized") sendTask(decision, "wakeChanges", id);
    decision.replace(found, after);
    await remember(decision, request.idempotency, id);
    decision.record({
      ...auditedRequest(request),
      action: "reseller.update",
      object: { type: "reseller", id, name: after.displayName },
      resellerId: id,
      result: "success",
      before: audited(before),
      after: { ...audited(after), ...(prepared.secret ? { applicationSecret: prepared.secret.verdict } : {}) },
    });
  });
}

async function moveUniqueness(decision: Decision, before: Reseller, after: Reseller): Promise<void> {
  if (!sameName(after.displayName, before.displayName)) {
    await claimName(decision, "reseller", after.displayName);
    await releaseName(decision, "reseller", before.displayName);
  }
  if (after.directoryId !== before.directoryId || after.applicationId !== before.applicationId) {
    await claimApplication(decision, after, after.id);
    await releaseApplication(decision, before);
  }
}

async function moveSecrets(decision: Decision, before: Reseller, after: Reseller): Promise<void> {
  const isOtherSecret = after.applicationSecretName !== before.applicationSecretName;
  const endsGrant = before.grant !== undefined && after.grant === undefined;
  if (isOtherSecret) {
    await adoptSecret(decision, after.applicationSecretName);
    await doomSecret(decision, before.applicationSecretName);
  }
  if (before.grant && endsGrant) await doomSecret(decision, before.grant.refreshTokenName);
  if (isOtherSecret || endsGrant) sendTask(decision, "tidy", after.id);
}

/** What the audit log tells of a reseller. Never the secret, and not even its name. */
function audited({ displayName, domain, directoryId, applicationId, state, secretExpiresAt }: Reseller) {
  return { displayName, domain, directoryId, applicationId, state, ...(secretExpiresAt ? { secretExpiresAt } : {}) };
}
