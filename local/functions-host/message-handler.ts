import type { ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import type { ServiceBusTrigger } from "./bindings";
import type { RegisteredFunction, TypedData } from "./core-api";
import type { Invocations } from "./invocations";
import { errorText, type Log } from "./log";
import { traceContextFrom } from "./trace-context";
import { batchMetadata, messageBody, messageMetadata } from "./trigger-metadata";

export interface MessageHandlerOptions {
  fn: RegisteredFunction;
  bindingName: string;
  trigger: ServiceBusTrigger;
  queueName: string;
  autoComplete: boolean;
  invocations: Invocations;
  log: Log;
}

/**
 * Runs the function for one message and settles it as the real host does: a return completes it, a throw abandons it.
 * A message that cannot be settled (its lock is lost) is reported and comes again. Never throws.
 */
export async function handleMessage(
  options: MessageHandlerOptions,
  receiver: ServiceBusReceiver,
  message: ServiceBusReceivedMessage,
): Promise<void> {
  const properties = message.applicationProperties ?? {};
  const succeeded = await run(options, {
    input: toInput(options.trigger, message),
    metadata: messageMetadata(message),
    traceParent: properties["Diagnostic-Id"] ?? properties.traceparent,
  });
  if (!succeeded) await settle(options, "abandon", () => receiver.abandonMessage(message));
  else if (options.autoComplete) await settle(options, "complete", () => receiver.completeMessage(message));
}

/** As {@link handleMessage}, for all messages of a batch together. */
export async function handleBatch(
  options: MessageHandlerOptions,
  receiver: ServiceBusReceiver,
  messages: readonly ServiceBusReceivedMessage[],
): Promise<void> {
  const inputs = messages.map(messageBody);
  const succeeded = await run(options, {
    input:
      options.trigger.dataType === "binary"
        ? { collectionBytes: { bytes: inputs } }
        : { collectionString: { string: inputs.map((body) => body.toString("utf8")) } },
    metadata: batchMetadata(messages),
    traceParent: undefined,
  });
  if (!options.autoComplete) return;
  const action = succeeded ? "complete" : "abandon";
  await Promise.all(
    messages.map((message) =>
      settle(options, action, () => (succeeded ? receiver.completeMessage(message) : receiver.abandonMessage(message))),
    ),
  );
}

async function run(
  { fn, bindingName, queueName, invocations }: MessageHandlerOptions,
  { input, metadata, traceParent }: { input: TypedData; metadata: Record<string, TypedData>; traceParent: unknown },
): Promise<boolean> {
  try {
    await invocations.run(fn, {
      inputs: { [bindingName]: input },
      triggerMetadata: metadata,
      traceContext: traceContextFrom(traceParent),
      reason: `(null) New ServiceBus message detected on '${queueName}'.`,
    });
    return true;
  } catch {
    // Already logged with the invocation.
    return false;
  }
}

async function settle(options: MessageHandlerOptions, action: string, send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    options.log({
      level: "warning",
      functionName: options.fn.metadata.name,
      message: `Could not ${action} a message of '${options.queueName}'; it will be delivered again. ${errorText(error)}`,
    });
  }
}

function toInput(trigger: ServiceBusTrigger, message: ServiceBusReceivedMessage): TypedData {
  const body = messageBody(message);
  return trigger.dataType === "binary" ? { bytes: body } : { string: body.toString("utf8") };
}
