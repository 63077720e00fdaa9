import { z } from "zod";

/** What the host process tells the process that started it. */
export const FromHost = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("ready"),
    url: z.url(),
    functions: z.array(z.string()),
    /** Functions that are registered but cannot run, and why. */
    errors: z.array(z.string()),
  }),
  z.object({ type: z.literal("failed"), message: z.string(), portInUse: z.boolean().default(false) }),
  z.object({ type: z.literal("clock"), id: z.int() }),
  z.object({ type: z.literal("listed"), functions: z.array(z.string()) }),
]);
export type FromHost = z.infer<typeof FromHost>;

/** What it can be told. A clock message is answered when every timer that fell due has started. */
export const ToHost = z.discriminatedUnion("type", [
  z.object({ type: z.literal("clock"), offsetMs: z.number(), id: z.int() }),
  z.object({ type: z.literal("stop") }),
]);
export type ToHost = z.infer<typeof ToHost>;

/** The process ended itself because a function ran longer than `functionTimeout`; it is to be started again. */
export const FUNCTION_TIMEOUT_EXIT_CODE = 75;

/** How long a graceful stop waits for running functions. */
export const STOP_LIMIT_MS = 1_500;
