import type { ServiceBusQueueHandler } from "@azure/functions";
import type { Log } from "../../shared/domain/access/log";
import type { DecideDeps } from "../../shared/domain/decisions/decide";
import { OnboardingPointer } from "../../shared/domain/onboarding/enqueue-slice";
import { takeOnboardingDeadLetter } from "../../shared/domain/onboarding/take-onboarding-dead-letter";
import { DirectoryPointer } from "../../shared/domain/tenants/tenant-list";

/** Dead letters of the queue `sync`. A lost sync is made up for by the next one; an onboarding has to go on. */
export const takeSyncDeadLetterHandler =
  (deps: DecideDeps & { log: Log }): ServiceBusQueueHandler =>
  async (message) => {
    const pointer = OnboardingPointer.safeParse(message);
    if (pointer.success) await takeOnboardingDeadLetter(deps, pointer.data);
    else deps.log.error("a sync ended in the dead letters", tenantOf(message));
  };

/** Nothing else of a message is logged: one that nobody can read may hold anything. */
function tenantOf(message: unknown): { tenantId?: string } {
  const pointer = DirectoryPointer.safeParse(message);
  return pointer.success ? { tenantId: pointer.data.tenantId } : {};
}
