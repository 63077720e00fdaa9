import type { ServiceBusQueueHandler } from "@azure/functions";
import { z } from "zod";
import { OnboardingPointer } from "../../shared/domain/onboarding/enqueue-slice";
import type { OnboardDeps } from "../../shared/domain/onboarding/onboard-items";
import { runOnboarding } from "../../shared/domain/onboarding/run-onboarding";
import { syncOrPostpone, type SyncDeps } from "../../shared/domain/subscriptions/sync-or-postpone";
import { DirectoryPointer, projectTenant, type TenantList } from "../../shared/domain/tenants/tenant-list";

const SyncMessage = z.union([OnboardingPointer, DirectoryPointer]);

/**
 * Queue `sync`: refreshes what we last saw of a tenant's subscriptions, and when, also in the list of tenants; or does the
 * next slice of an onboarding.
 */
export const syncTenantHandler =
  (deps: SyncDeps & OnboardDeps & { tenants: TenantList }): ServiceBusQueueHandler =>
  async (message) => {
    const pointer = SyncMessage.parse(message);
    if ("onboardingId" in pointer) return runOnboarding(deps, pointer);
    await syncOrPostpone(deps, pointer.tenantId);
    await projectTenant(deps, pointer.tenantId);
  };
