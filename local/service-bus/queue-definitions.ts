import { readFileSync } from "node:fs";
import { z } from "zod";
import { durationMs } from "./iso-duration";

const MINUTE_MS = 60_000;

/** An ISO 8601 duration between two others, both included. */
function duration(shortest: string, longest?: string) {
  return z.string().superRefine((text, context) => {
    const ms = durationMs(text);
    if (ms === undefined) {
      context.addIssue(`"${text}" is not an ISO 8601 duration of days and smaller units, such as PT1M or P14D`);
    } else if (ms < (durationMs(shortest) ?? 0) || ms > (durationMs(longest ?? "") ?? Infinity)) {
      context.addIssue(`"${text}" is out of range: ${longest ? `${shortest} to ${longest}` : `at least ${shortest}`}`);
    }
  });
}

/**
 * One queue, in the words and limits of Azure's `Microsoft.ServiceBus/namespaces/queues`, so that the deployment, the
 * broker and the tests read the same file. Left-out settings have Azure's defaults.
 */
export const QueueDefinition = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,48}[A-Za-z0-9])?$/, {
    error: "a queue name has 1 to 50 letters, digits and . _ - / and begins and ends with a letter or digit",
  }),
  requiresSession: z.boolean().default(false),
  requiresDuplicateDetection: z.boolean().default(false),
  duplicateDetectionHistoryTimeWindow: duration("PT20S", "P7D").default("PT10M"),
  lockDuration: duration("PT1S", "PT5M").default("PT1M"),
  maxDeliveryCount: z.int().min(1).max(2000).default(10),
  /** Absent: messages do not expire. */
  defaultMessageTimeToLive: duration("PT1S").optional(),
  deadLetteringOnMessageExpiration: z.boolean().default(false),
});
/** What a definition file or a test writes. */
export type QueueDefinition = z.input<typeof QueueDefinition>;

const QueueDefinitions = z.array(QueueDefinition).superRefine((queues, context) => {
  const seen = new Set<string>();
  queues.forEach(({ name }, index) => {
    if (seen.has(name.toLowerCase())) {
      context.addIssue({ code: "custom", path: [index, "name"], message: `a second queue "${name}"` });
    }
    seen.add(name.toLowerCase());
  });
});

/** A definition with every setting known and durations in milliseconds; `Infinity` for "never". */
export interface QueueSettings {
  name: string;
  requiresSession: boolean;
  /** 0: no duplicate detection. */
  duplicateWindowMs: number;
  lockDurationMs: number;
  maxDeliveryCount: number;
  timeToLiveMs: number;
  deadLettersExpired: boolean;
}

/** Checks definitions and fills in Azure's defaults. Throws one error that names everything that is wrong. */
export function queueSettings(definitions: unknown, source = "the queue definitions"): QueueSettings[] {
  const checked = QueueDefinitions.safeParse(definitions);
  if (!checked.success) throw new Error(`Invalid queues in ${source}:\n${problems(checked.error, definitions)}`);
  return checked.data.map((queue) => ({
    name: queue.name,
    requiresSession: queue.requiresSession,
    duplicateWindowMs: queue.requiresDuplicateDetection
      ? (durationMs(queue.duplicateDetectionHistoryTimeWindow) ?? 10 * MINUTE_MS)
      : 0,
    lockDurationMs: durationMs(queue.lockDuration) ?? MINUTE_MS,
    maxDeliveryCount: queue.maxDeliveryCount,
    timeToLiveMs: durationMs(queue.defaultMessageTimeToLive ?? "") ?? Infinity,
    deadLettersExpired: queue.deadLetteringOnMessageExpiration,
  }));
}

/** Reads and checks a definition file (`infra/queues.json`). Throws naming the file and everything wrong in it. */
export function readQueueDefinitions(path: string): QueueDefinition[] {
  let definitions: unknown;
  try {
    definitions = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`Cannot read the queue definitions in ${path}: ${String(error)}`, { cause: error });
  }
  queueSettings(definitions, path);
  return QueueDefinitions.parse(definitions);
}

function problems(error: z.ZodError, definitions: unknown): string {
  return error.issues
    .map(({ path, message }) => {
      const [index, ...setting] = path;
      const entry: unknown = Array.isArray(definitions) && typeof index === "number" ? definitions[index] : undefined;
      const name = entry && typeof entry === "object" && "name" in entry ? entry.name : undefined;
      const queue =
        typeof name === "string" ? `queue "${name}"` : index === undefined ? "file" : `entry ${String(index)}`;
      return `- ${[queue, ...setting.map(String)].join(", ")}: ${message}`;
    })
    .join("\n");
}
