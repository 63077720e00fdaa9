import { AppError } from "../../errors";
import { newId, ResellerId, type TenantId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import type { SecretVault } from "../access/secret-vault";
import { claimName } from "../access/unique-name";
import { decide, type DecideDeps, type Found } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { findReseller } from "./find-reseller";
import type { PartnerSignIn } from "./partner-sign-in";
import { applicationRow, Reseller, resellerRow } from "./reseller";

export interface AddResellerDeps extends DecideDeps {
  signIn: PartnerSignIn;
  vault: SecretVault;
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
  const directoryId = await deps.signIn.resolveDirectory(ask.domain);
  if (!directoryId) {
    throw new AppError("unprocessable", "domainUnresolved", `No Microsoft directory owns the domain "${ask.domain}".`);
  }
  const id = ResellerId.parse(newId(deps.clock(), deps.random(10)));
  const applicationSecretName = `reseller-${id}-app-${Buffer.from(deps.random(6)).toString("hex")}`;
  await deps.vault.set(applicationSecretName, ask.applicationSecret, {
    ...(ask.secretExpiresAt ? { expiresAt: new Date(ask.secretExpiresAt) } : {}),
  });
  let madeId: ResellerId;
  try {
    madeId = await store(deps, request, ask, { id, directoryId, applicationSecretName });
  } catch (error) {
    // After an outage the row may be stored all the same, and would name a secret that is gone.
    if (error instanceof AppError && error.kind !== "unavailable") await deps.vault.destroy(applicationSecretName);
    throw error;
  }
  if (madeId !== id) await deps.vault.destroy(applicationSecretName);
  return findReseller(deps.store, madeId);
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
    const pair = applicationRow(made.directoryId, ask.applicationId);
    if (await decision.get(pair, Reseller.pick({ id: true }))) {
      throw new AppError("conflict", "duplicate", "This application of this directory has been added already.");
    }
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
    decision.create(pair, { id: made.id });
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
