import type { ServiceBusQueueHandler } from "@azure/functions";
import type { Clock } from "../../shared/domain/access/clock";
import type { ChangeList } from "../../shared/domain/changes/change-list";
import { projectChanges } from "../../shared/domain/changes/project-changes";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import { DirectoryPointer, projectTenant, type TenantList } from "../../shared/domain/tenants/tenant-list";

/** Queue `directory`: brings the lists across tenants up to date. */
export const projectDirectoryHandler =
  (deps: { store: StateStore; clock: Clock; tenants: TenantList; changeList: ChangeList }): ServiceBusQueueHandler =>
  async (message) => {
    const { tenantId, changeIds } = DirectoryPointer.parse(message);
    if (changeIds) await projectChanges(deps, tenantId, changeIds);
    else await projectTenant(deps, tenantId);
  };
