import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { z } from "zod";
import { parseTimeSpan } from "./time-span";

const TimeSpanMs = z.string().transform((text, context) => {
  const ms = parseTimeSpan(text);
  if (ms !== undefined) return ms;
  context.addIssue(`"${text}" is not a time span such as "00:05:00" or "1.00:00:00"`);
  return z.NEVER;
});

const ServiceBus = z.looseObject({
  autoCompleteMessages: z.boolean().default(true),
  /** Per instance; the extension's default is 16 per core. */
  maxConcurrentCalls: z
    .int()
    .positive()
    .default(() => 16 * availableParallelism()),
  maxConcurrentSessions: z.int().positive().default(8),
  maxAutoLockRenewalDuration: TimeSpanMs.default(300_000),
  sessionIdleTimeout: TimeSpanMs.default(60_000),
  maxMessageBatchSize: z.int().positive().default(1000),
  prefetchCount: z.int().nonnegative().default(0),
});

const Retry = z.discriminatedUnion("strategy", [
  z.object({ strategy: z.literal("fixedDelay"), maxRetryCount: z.int().min(-1), delayInterval: TimeSpanMs }),
  z.object({
    strategy: z.literal("exponentialBackoff"),
    maxRetryCount: z.int().min(-1),
    minimumInterval: TimeSpanMs,
    maximumInterval: TimeSpanMs,
  }),
]);

const NO_TIMEOUT = "-1";

/** The part of host.json that this host honours; everything else is tolerated and ignored. Durations in milliseconds. */
const HostJson = z.looseObject({
  version: z.literal("2.0"),
  /** `null`: functions may run without end. Absent: 30 minutes, as on a Flex Consumption plan. */
  functionTimeout: z.union([z.literal(NO_TIMEOUT).transform(() => null), TimeSpanMs]).default(30 * 60_000),
  extensions: z
    .looseObject({
      http: z
        .looseObject({
          routePrefix: z.string().default("api"),
          /** On every answer that does not have them, of the host itself too. */
          customHeaders: z.record(z.string(), z.string()).default({}),
        })
        .prefault({}),
      serviceBus: ServiceBus.prefault({}),
    })
    .prefault({}),
  retry: Retry.optional(),
});
export type HostJson = z.infer<typeof HostJson>;
export type ServiceBusOptions = z.infer<typeof ServiceBus>;

/** Reads `host.json` of an app. Throws an error that names the file and every wrong setting. */
export function readHostJson(appDir: string): HostJson {
  const file = path.join(appDir, "host.json");
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Error(`${file} cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const parsed = HostJson.safeParse(raw);
  if (!parsed.success) throw new Error(`${file} is not valid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
