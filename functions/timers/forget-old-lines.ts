import type { TimerHandler } from "@azure/functions";
import { forgetOldLines } from "../../shared/domain/changes/project-changes";

/** Every night: the list of changes forgets what ended long ago. */
export const forgetOldLinesHandler =
  (deps: Parameters<typeof forgetOldLines>[0]): TimerHandler =>
  async () => {
    await forgetOldLines(deps);
  };
