import type { TimerHandler } from "@azure/functions";
import { measureResellers } from "../../shared/domain/telemetry/measure-resellers";
import { measureWork } from "../../shared/domain/telemetry/measure-work";

/** Every five minutes: how much is left to do and how old it is, and how the sign-ins of the resellers stand. */
export const measureInstallationHandler =
  (deps: Parameters<typeof measureWork>[0] & Parameters<typeof measureResellers>[0]): TimerHandler =>
  async () => {
    await measureWork(deps);
    await measureResellers(deps);
  };
