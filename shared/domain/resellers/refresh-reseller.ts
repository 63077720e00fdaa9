import { AppError } from "../../errors";
import type { Log } from "../access/log";
import type { ResellerId } from "../access/ids";
import { decide, type DecideDeps, type Decision, type Found } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { noteResellerTrouble, RESELLER_KEEPER } from "./note-reseller-trouble";
import { getReseller, identityOf, Reseller, resellerRow } from "./reseller";
import type { ResellerAccess } from "./reseller-access";
import { dueWarning } from "./secret-expiry";
import { TokenRecord, tokenRow } from "./token-record";

export interface RefreshDeps extends DecideDeps {
  access: Pick<ResellerAccess, "renew">;
  log: Log;
}

/**
 * The daily care of one reseller (product.md §3.5): warns of a secret that ends, and redeems the refresh token, which
 * keeps its 90 days running and finds a sign-in that was withdrawn. A reseller Microsoft refuses becomes `Revoked` or
 * `SecretInvalid`; when Microsoft or the vault cannot be asked, tomorrow is early enough. Safe to repeat.
 */
export async function refreshReseller(deps: RefreshDeps, id: ResellerId): Promise<void> {
  await warnOfExpiry(deps, id);
  const row = await deps.store.get(MSP_PARTITION, resellerRow(id));
  const reseller = row && Reseller.parse(row.value);
  if (reseller?.state !== "Authorized" || !reseller.grant) return;
  const identity = identityOf(reseller);
  try {
    await deps.access.renew(identity);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const trouble = error.extensions["resellerState"];
    if (trouble === "Revoked" || trouble === "SecretInvalid") await noteResellerTrouble(deps, identity, trouble);
    else deps.log.warn("a reseller could not be refreshed today", { resellerId: id, errorCode: error.code });
    return;
  }
  await noteRefresh(deps, id, reseller.grant.grantId);
}

/** Unless somebody re-authorised meanwhile: the token that was refreshed is not in use any more then. */
export async function noteRefresh(deps: DecideDeps, id: ResellerId, grantId: string): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await getReseller(decision, id);
    if (found?.value.grant?.grantId !== grantId) return;
    const record = await decision.get(tokenRow(id), TokenRecord);
    put(decision, id, record, { ...record?.value, refreshed: { grantId, at: decision.now.toISOString() } });
    decision.record({
      action: "reseller.token.refresh",
      actor: RESELLER_KEEPER,
      object: { type: "reseller", id, name: found.value.displayName },
      resellerId: id,
      result: "success",
    });
  });
}

/** Once for each threshold of each secret; who puts the end off is warned anew. */
async function warnOfExpiry(deps: RefreshDeps, id: ResellerId): Promise<void> {
  const given = await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await getReseller(decision, id);
    const expiresAt = found?.value.secretExpiresAt;
    if (!found || !expiresAt) return undefined;
    const record = await decision.get(tokenRow(id), TokenRecord);
    const warned = record?.value.warned;
    const days = dueWarning(expiresAt, warned?.expiresAt === expiresAt ? warned.days : undefined, decision.now);
    if (days === undefined) return undefined;
    put(decision, id, record, { ...record?.value, warned: { expiresAt, days } });
    decision.record({
      action: days === 0 ? "reseller.secretExpired" : "reseller.secretExpires",
      actor: RESELLER_KEEPER,
      object: { type: "reseller", id, name: found.value.displayName },
      resellerId: id,
      result: "success",
      after: { secretExpiresAt: expiresAt, warning: `${days} days` },
    });
    return { displayName: found.value.displayName, secretExpiresAt: expiresAt, days };
  });
  if (given) deps.log.error("the application secret of a reseller ends: enter a new one", { resellerId: id, ...given });
}

function put(decision: Decision, id: ResellerId, found: Found<TokenRecord> | undefined, value: TokenRecord): void {
  if (found) decision.replace(found, value);
  else decision.create(tokenRow(id), value);
}
