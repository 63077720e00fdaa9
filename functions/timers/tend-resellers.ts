import type { TimerHandler } from "@azure/functions";
import type { DecideDeps } from "../../shared/domain/decisions/decide";
import { scheduleCare } from "../../shared/domain/resellers/schedule-care";

/** Once a day: every reseller's sign-in is kept alive, and what a crash left behind is tidied. */
export const tendResellersHandler =
  (deps: DecideDeps): TimerHandler =>
  async () => {
    await scheduleCare(deps);
  };
