import type { TenantId } from "../access/ids";
import { TenantWriteModeSetting, WRITE_MODE_ROW } from "../changes/write-mode";
import { decide, type DecideDeps } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { RECONCILER } from "./recovered-writes";

/**
 * Switches the writes of one tenant off, because nobody knows what was bought for it since the backup: also a request that
 * was lost and is sent again must wait. A person may switch them on again, and says so with their name.
 */
export async function keepWritesOff(deps: DecideDeps, tenantId: TenantId, because: string): Promise<void> {
  await decide(deps, tenantPartition(tenantId), async (decision) => {
    const found = await decision.get(WRITE_MODE_ROW, TenantWriteModeSetting);
    const { writeMode } = decision.head;
    if (writeMode === "off") return;
    const value = { mode: "off", changedAt: decision.now.toISOString(), changedBy: RECONCILER.name };
    if (found) decision.replace(found, value);
    else decision.create(WRITE_MODE_ROW, value);
    decision.head = { ...decision.head, writeMode: "off" };
    const reason = `What was bought since the backup is not known: ${because}.`;
    decision.record({ ...facts(tenantId), before: { mode: writeMode ?? "default" }, after: { mode: "off" }, reason });
  });
}

/** Undoes `keepWritesOff`, once all is known. What a person has set stays. */
export async function releaseWrites(deps: DecideDeps, tenantId: TenantId): Promise<void> {
  await decide(deps, tenantPartition(tenantId), async (decision) => {
    const found = await decision.get(WRITE_MODE_ROW, TenantWriteModeSetting);
    if (found?.value.changedBy !== RECONCILER.name || found.value.mode !== "off") return;
    const changed = { changedAt: decision.now.toISOString(), changedBy: RECONCILER.name };
    decision.replace(found, { mode: "default", ...changed });
    const { writeMode: _off, ...head } = decision.head;
    decision.head = head;
    const reason = "What was bought since the backup is known now.";
    decision.record({ ...facts(tenantId), before: { mode: "off" }, after: { mode: "default" }, reason });
  });
}

function facts(tenantId: TenantId) {
  return {
    action: "settings.writeMode",
    actor: RECONCILER,
    object: { type: "tenant", id: tenantId },
    tenantId,
    result: "success",
  } as const;
}
