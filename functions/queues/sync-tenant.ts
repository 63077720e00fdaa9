import type { ServiceBusQueueHandler } from "@azure/functions";
import { z } from "zod";
import { compareAnswered, ComparePointer, type CompareDeps } from "../../shared/domain/changes/compare-answered";
import { OnboardingPointer } from "../../shared/domain/onboarding/enqueue-slice";
import type { OnboardDeps } from "../../shared/domain/onboarding/onboard-items";
import { runOnboarding } from "../../shared/domain/onboarding/run-onboarding";
import { syncOrPostpone, type SyncDeps } from "../../shared/domain/subscriptions/sync-or-postpone";
import { DirectoryPointer, projectTenant, type TenantList } from "../../shared/domain/tenants/tenant-list";

const SyncMessage = z.union([OnboardingPointer, ComparePointer, DirectoryPointer]);

/**
 * Queue `sync`: refreshes what we last saw of a tenant's subscriptions, and when, also in the list of tenants; or holds a
 * change against Microsoft's records; or does the next slice of an onboarding.
 */
export const syncTenantHandler =
  (deps: SyncDeps & OnboardDeps & CompareDeps & { tenants: TenantList }): ServiceBusQueueHandler =>
  async (message) => {
    const pointer = SyncMessage.parse(message);
    if ("onboardingId" in pointer) return runOnboarding(deps, pointer);
    if ("comparedChangeId" in pointer) return compareAnswered(deps, pointer);
    await syncOrPostpone(deps, pointer.tenantId);
    await projectTenant(deps, pointer.tenantId);
  };
