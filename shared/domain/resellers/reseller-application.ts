import { z } from "zod";
import { AppError } from "../../errors";
import type { ResellerId, TenantId } from "../access/ids";
import type { Decision } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";

/** An application of a directory. */
export interface ApplicationPair {
  directoryId: TenantId;
  applicationId: string;
}

/** Who holds a pair. Rows of a transaction cannot be deleted conditionally, so a free pair is one marked released. */
const HeldPair = z.object({ id: z.string(), released: z.boolean().default(false) });

/** Row that keeps one (directory, application) pair from being added twice. */
function applicationRow({ directoryId, applicationId }: ApplicationPair): string {
  return `app_${directoryId}_${applicationId}`;
}

/** Takes an application of a directory for one reseller, in the decision that stores it. Throws `duplicate`. */
export async function claimApplication(decision: Decision, pair: ApplicationPair, id: ResellerId): Promise<void> {
  const row = applicationRow(pair);
  const held = await decision.get(row, HeldPair);
  if (held && !held.value.released) {
    throw new AppError("conflict", "duplicate", "This application of this directory has been added already.");
  }
  const value = { id, released: false };
  if (held) decision.replace(held, value);
  else decision.create(row, value);
}

/** Gives the pair back, in the decision that changes or removes its holder. */
export async function releaseApplication(decision: Decision, pair: ApplicationPair): Promise<void> {
  const held = await decision.get(applicationRow(pair), HeldPair);
  if (held) decision.replace(held, { ...held.value, released: true });
}

/** Removes the row of a pair nobody holds; one that was taken again meanwhile stays. */
export async function forgetApplication(store: StateStore, pair: ApplicationPair): Promise<void> {
  const found = await store.get(MSP_PARTITION, applicationRow(pair));
  if (found && HeldPair.parse(found.value).released) await store.remove(MSP_PARTITION, found.row, found.etag);
}
