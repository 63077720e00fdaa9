import { AppError } from "../../errors";
import { newId, ResellerId, type TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import type { Log } from "../access/log";
import { claimName } from "../access/unique-name";
import { decide, type DecideDeps, type Found } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { findReseller } from "./find-reseller";
import type { PartnerSignIn } from "./partner-sign-in";
import { resellerRow, type Reseller } from "./reseller";
import { claimApplication } from "./reseller-application";
import { abandonSecret, adoptSecret, applicationSecretName, storeSecret, type SecretDeps } from "./reseller-secrets";

export interface AddResellerDeps extends DecideDeps, SecretDeps {
  signIn: PartnerSignIn;
  log: Log;
}

export interface NewReseller {
  displayName: string;
  domain: string;
  applicationId: string;
  applicationSecret: string;
  secretExpiresAt?: string | undefined;
}

/**
 * Adds a Partner Center identity (C3), not authorised yet. Its secret goes to the vault before the row that names it.
 * Throws `domainUnresolved` when no directory owns the domain, `duplicate` for a name or an application already there.
 */
export async function addReseller(
  deps: AddResellerDeps,
  request: WriteRequest,
  ask: NewReseller,
): Promise<Found<Reseller>> {
  const directoryId = await resolveDirectory(deps.signIn, ask.domain);
  const id = ResellerId.parse(newId(deps.clock(), deps.random(10)));
  const secretName = applicationSecretName(id, Buffer.from(deps.random(6)).toString("hex"));
  try {
    await storeSecret(deps, secretName, ask.applicationSecret, expiry(ask.secretExpiresAt));
    const madeId = await store(deps, request, ask, { id, directoryId, applicationSecretName: secretName });
    return await findReseller(deps.store, madeId);
  } finally {
    // Unless the decision took it into use: after a refusal, an outage, or when an earlier request had made the reseller.
    await abandonSecret(deps, secretName).catch((error: unknown) =>
      deps.log.warn("a secret nobody uses waits to be destroyed", { secretName, error }),
    );
  }
}

/** The directory that owns a domain. Throws `domainUnresolved`, or `upstreamError` when Microsoft cannot be asked. */
export async function resolveDirectory(
  signIn: Pick<PartnerSignIn, "resolveDirectory">,
  domain: string,
): Promise<TenantId> {
  const directoryId = await signIn.resolveDirectory(domain);
  if (directoryId) return directoryId;
  throw new AppError("unprocessable", "domainUnresolved", `No Microsoft directory owns the domain "${domain}".`);
}

/** The vault shows when a secret ends, too. */
export function expiry(at: string | null | undefined): { expiresAt?: Date } {
  return at ? { expiresAt: new Date(at) } : {};
}

async function store(
  deps: DecideDeps,
  request: WriteRequest,
  ask: NewReseller,
  made: { id: ResellerId; directoryId: TenantId; applicationSecretName: string },
): Promise<ResellerId> {
  return decide(deps, MSP_PARTITION, async (decision) => {
    const earlier = await findReplay(decision, request.idempotency);
    if (earlier !== undefined) return ResellerId.parse(earlier);
    await claimName(decision, "reseller", ask.displayName);
    await claimApplication(decision, { ...made, applicationId: ask.applicationId }, made.id);
    await adoptSecret(decision, made.applicationSecretName);
    const at = decision.now.toISOString();
    const reseller: Reseller = {
      ...made,
      displayName: ask.displayName,
      domain: ask.domain,
      applicationId: ask.applicationId,
      state: "NotAuthorized",
      secretSetAt: at,
      ...(ask.secretExpiresAt ? { secretExpiresAt: ask.secretExpiresAt } : {}),
      createdAt: at,
      modifiedAt: at,
    };
    decision.create(resellerRow(made.id), reseller);
    await remember(decision, request.idempotency, made.id);
    decision.record({
      ...auditedRequest(request),
      action: "reseller.create",
      object: { type: "reseller", id: made.id, name: ask.displayName },
      result: "success",
      resellerId: made.id,
      after: {
        displayName: ask.displayName,
        domain: ask.domain,
        applicationId: ask.applicationId,
        directoryId: made.directoryId,
      },
    });
    return made.id;
  });
}
