import type { app as functionsApp, InvocationContext } from "@azure/functions";
import type { Clock } from "../shared/domain/access/clock";
import { QueueName } from "../shared/domain/decisions/outgoing-message";
import { statusClass, type Measure } from "../shared/domain/telemetry/metrics";
import type { AppTelemetry, Work } from "../shared/telemetry/create-telemetry";

export type App = Pick<typeof functionsApp, "http" | "timer" | "serviceBusQueue">;

/**
 * The app in whose place functions are registered so that each of their runs is watched: its log lines name it, it stands
 * in its trace, and it is measured. What a handler answers or throws stays as it is.
 */
export function observedApp(app: App, telemetry: AppTelemetry, clock: Clock): App {
  const { measure } = telemetry;
  return {
    http(name, options) {
      const { handler } = options;
      app.http(name, {
        ...options,
        handler: (request, context) =>
          telemetry.run(workOf(name, context), async () => {
            const startedAt = performance.now();
            const response = await handler(request, context);
            const status = statusClass("status" in response ? response.status : undefined);
            measure("csp.http.duration", performance.now() - startedAt, { operation: name, status });
            return response;
          }),
      });
    },
    timer(name, options) {
      const { handler } = options;
      app.timer(name, {
        ...options,
        handler: (timer, context) =>
          telemetry.run(workOf(name, context), () =>
            counted(
              (result) => measure("csp.timer.runs", 1, { timer: name, result }),
              () => handler(timer, context),
            ),
          ),
      });
    },
    serviceBusQueue(name, options) {
      const { handler, queueName } = options;
      app.serviceBusQueue(name, {
        ...options,
        handler: (message: Parameters<typeof handler>[0], context) =>
          telemetry.run(workOf(name, context), () => {
            measureAge(measure, queueName, context, clock);
            return counted(messageCounter(measure, queueName), () => handler(message, context));
          }),
      });
    },
  };
}

function workOf(name: string, { traceContext, triggerMetadata }: InvocationContext): Work {
  const { applicationProperties, correlationId } = triggerMetadata ?? {};
  return {
    ...{ name, correlationId, traceparent: traceContext?.traceParent },
    sentBy: isRecord(applicationProperties) ? applicationProperties["traceparent"] : undefined,
  };
}

async function counted(count: (result: "done" | "failed") => void, run: () => unknown): Promise<unknown> {
  try {
    const value = await run();
    count("done");
    return value;
  } catch (error) {
    count("failed");
    throw error;
  }
}

const DEAD_LETTERS = "/$DeadLetterQueue";

function messageCounter(measure: Measure, queueName: string): (result: "done" | "failed") => void {
  const queue = QueueName.safeParse(queueName.replace(DEAD_LETTERS, "")).data;
  if (!queue) return () => undefined;
  const name = queueName.endsWith(DEAD_LETTERS) ? "csp.queue.dead_letters" : "csp.queue.handled";
  return (result) => measure(name, 1, { queue, result });
}

/** A scheduled message arrives when it is due; a dead letter's age says nothing about the queue. */
function measureAge(measure: Measure, queueName: string, { triggerMetadata }: InvocationContext, clock: Clock): void {
  const queue = QueueName.safeParse(queueName).data;
  const enqueuedAt = Date.parse(String(triggerMetadata?.["enqueuedTimeUtc"]));
  if (!queue || Number.isNaN(enqueuedAt)) return;
  measure("csp.queue.age", Math.max(0, (clock().getTime() - enqueuedAt) / 1000), { queue });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
