import type { TimerHandler } from "@azure/functions";
import { sweepWork, type SweepDeps } from "../../shared/domain/changes/sweep-work";

/** Every minute: what a crash left behind is taken up again. */
export const sweepWorkHandler =
  (deps: SweepDeps): TimerHandler =>
  async () => {
    await sweepWork(deps);
  };
