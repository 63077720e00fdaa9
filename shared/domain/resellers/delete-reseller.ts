import type { Log } from "../access/log";
import type { ResellerId } from "../access/ids";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { releaseName } from "../access/unique-name";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { checkEtag } from "../decisions/public-etag";
import { noSuchReseller } from "./find-reseller";
import { getReseller, type Reseller } from "./reseller";
import { releaseApplication } from "./reseller-application";
import { doomSecret, type SecretDeps } from "./reseller-secrets";
import { sendTask } from "./reseller-task";
import { refuseWhileInUse } from "./reseller-use";
import { tryToTidy } from "./tidy-reseller";

export interface DeleteResellerDeps extends DecideDeps, SecretDeps {
  log: Log;
}

/**
 * Deletes a reseller (C7). One decision ends it for everybody: its name and application are free, its secrets doomed,
 * its history kept. Then the secrets are destroyed and its rows removed, by whoever comes first: this request, the
 * message the decision sent, or the daily round. Throws `notFound`, `etagMismatch`, `resellerInUse`.
 */
export async function deleteReseller(
  deps: DeleteResellerDeps,
  request: WriteRequest,
  id: ResellerId,
  etag: string,
): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    const found = await getReseller(decision, id);
    if (!found) throw noSuchReseller();
    checkEtag(found.etag, etag);
    await refuseWhileInUse(deps.store, id, request.actor, decision.now);
    const { grant, ...rest } = found.value;
    await releaseName(decision, "reseller", rest.displayName);
    await releaseApplication(decision, rest);
    await doomSecret(decision, rest.applicationSecretName);
    if (grant) await doomSecret(decision, grant.refreshTokenName);
    const deletedAt = decision.now.toISOString();
    decision.replace(found, { ...rest, state: "NotAuthorized", deletedAt } satisfies Reseller);
    sendTask(decision, "tidy", id);
    await remember(decision, request.idempotency, id);
    decision.record({
      ...auditedRequest(request),
      action: "reseller.delete",
      object: { type: "reseller", id, name: rest.displayName },
      resellerId: id,
      result: "success",
      before: { domain: rest.domain, applicationId: rest.applicationId, state: rest.state },
    });
  });
  await tryToTidy(deps, id);
}
