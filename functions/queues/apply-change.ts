import type { ServiceBusQueueHandler } from "@azure/functions";
import { TenantId } from "../../shared/domain/access/ids";
import { applyChange, type ApplyDeps } from "../../shared/domain/changes/apply-change";
import { Change, CHANGE_PREFIX } from "../../shared/domain/changes/change";
import { ChangePointer } from "../../shared/domain/changes/save-transition";
import { tenantPartition } from "../../shared/domain/decisions/head";
import { syncAfterChange, type ScheduleDeps } from "../../shared/domain/subscriptions/schedule-sync";

/**
 * Queue `changes`. An unreadable message throws, and so ends in the dead letters, where somebody is told. After a change that
 * was carried out, the tenant's subscriptions are read anew.
 */
export const applyChangeHandler =
  (deps: ApplyDeps & ScheduleDeps): ServiceBusQueueHandler =>
  async (message) => {
    const pointer = ChangePointer.parse(message);
    await applyChange(deps, pointer);
    const tenantId = TenantId.parse(pointer.tenantId);
    const row = await deps.store.get(tenantPartition(tenantId), `${CHANGE_PREFIX}${pointer.changeId}`);
    if (row && Change.parse(row.value).outcome?.code === "applied") await syncAfterChange(deps, tenantId);
  };
