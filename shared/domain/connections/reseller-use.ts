import { z } from "zod";
import { AppError } from "../../errors";
import { ResellerId, TenantId } from "../access/ids";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { getReseller } from "../resellers/reseller";
import type { Disconnecting } from "../tenants/tenant";

/**
 * A tenant uses a reseller, or is about to: written before the connection, so that the reseller cannot be deleted under
 * it. It says where to look; whether it is so, the tenant says. Rows of a transaction cannot be deleted, so a use that
 * is over is marked.
 */
export const ResellerUse = z.object({
  resellerId: ResellerId,
  tenantId: TenantId,
  since: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
});
export type ResellerUse = z.infer<typeof ResellerUse>;

interface Use {
  resellerId: ResellerId;
  tenantId: TenantId;
}

/** Who stands in the audit log for it. */
type By = Disconnecting["by"];

/** So long a use counts before its connection is there: longer than any request lasts. */
const MAKING_MS = 10 * 60_000;

/** What the row of every use of a reseller begins with. */
export function resellerUsePrefix(resellerId: ResellerId): string {
  return `use_${resellerId}_`;
}

/** Row of a use, which stays when the use is over. */
export function resellerUseRow(resellerId: ResellerId, tenantId: TenantId): string {
  return resellerUsePrefix(resellerId) + tenantId;
}

/** Notes that a tenant is about to be connected through a reseller. Throws `notFound` when the reseller is gone. */
export async function noteUse(deps: DecideDeps, by: By, { resellerId, tenantId }: Use): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    if (!(await getReseller(decision, resellerId))) {
      throw new AppError("not-found", "notFound", "The reseller has been deleted meanwhile.");
    }
    await noteUseIn(decision, by, { resellerId, tenantId });
  });
}

/** The same in a decision of the MSP's partition that has seen the reseller. A use that was just noted stays as it is. */
export async function noteUseIn(decision: Decision, by: By, { resellerId, tenantId }: Use): Promise<void> {
  const row = resellerUseRow(resellerId, tenantId);
  const former = await decision.get(row, ResellerUse);
  if (former && isBeingMade(former.value, decision.now, MAKING_MS / 2)) return;
  const use: ResellerUse = { resellerId, tenantId, since: decision.now.toISOString() };
  if (former) decision.replace(former, use);
  else decision.create(row, use);
  decision.record({
    ...by,
    action: "reseller.use",
    object: { type: "reseller", id: resellerId },
    resellerId,
    tenantId,
    result: "success",
  });
}

/** True for a use that may belong to a connection that is just being made. */
export function isBeingMade({ since, endedAt }: ResellerUse, now: Date, withinMs = MAKING_MS): boolean {
  return endedAt === undefined && now.getTime() - Date.parse(since) < withinMs;
}

/** Ends a use whose connection is gone, unless it was noted anew after `goneAt`. Safe to repeat. */
export async function endUse(deps: DecideDeps, by: By, { resellerId, tenantId }: Use, goneAt: string): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await decision.get(resellerUseRow(resellerId, tenantId), ResellerUse);
    if (!found || found.value.endedAt !== undefined || found.value.since > goneAt) return;
    decision.replace(found, { ...found.value, endedAt: decision.now.toISOString() });
    decision.record({
      ...by,
      action: "reseller.release",
      object: { type: "reseller", id: resellerId },
      resellerId,
      tenantId,
      result: "success",
    });
  });
}
