import type { ServiceBusQueueHandler } from "@azure/functions";
import { ComparePointer } from "../../shared/domain/changes/compare-answered";
import type { DecideDeps } from "../../shared/domain/decisions/decide";
import { OnboardingPointer } from "../../shared/domain/onboarding/enqueue-slice";
import { takeOnboardingDeadLetter } from "../../shared/domain/onboarding/take-onboarding-dead-letter";
import { DirectoryPointer } from "../../shared/domain/tenants/tenant-list";
import { takeAgainHandler, type TakeAgainDeps } from "./versions";

/**
 * Dead letters of the queue `sync`. A lost sync is made up for by the next one; an onboarding has to go on, and a change
 * that was not held against Microsoft's records is taken up again later.
 */
export const takeSyncDeadLetterHandler =
  (deps: DecideDeps & TakeAgainDeps): ServiceBusQueueHandler =>
  async (message, context) => {
    const pointer = OnboardingPointer.safeParse(message);
    if (pointer.success) await takeOnboardingDeadLetter(deps, pointer.data);
    else if (ComparePointer.safeParse(message).success) await takeAgainHandler(deps, "sync")(message, context);
    else deps.log.error("a sync ended in the dead letters", tenantOf(message));
  };

/** Nothing else of a message is logged: one that nobody can read may hold anything. */
function tenantOf(message: unknown): { tenantId?: string } {
  const pointer = DirectoryPointer.safeParse(message);
  return pointer.success ? { tenantId: pointer.data.tenantId } : {};
}
