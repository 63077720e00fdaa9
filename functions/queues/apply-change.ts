import type { ServiceBusQueueHandler } from "@azure/functions";
import { applyChange, type ApplyDeps } from "../../shared/domain/changes/apply-change";
import { ChangePointer } from "../../shared/domain/changes/save-transition";

/** Queue `changes`. An unreadable message throws, and so ends in the dead letters, where somebody is told. */
export const applyChangeHandler =
  (deps: ApplyDeps): ServiceBusQueueHandler =>
  async (message) => {
    await applyChange(deps, ChangePointer.parse(message));
  };
