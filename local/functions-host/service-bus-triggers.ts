import type { ServiceBusReceivedMessage, ServiceBusReceiver } from "@azure/service-bus";
import type { ServiceBusTrigger } from "./bindings";
import type { HostClock } from "./clock";
import type { RegisteredFunction } from "./core-api";
import type { ServiceBusOptions } from "./host-json";
import type { Invocations } from "./invocations";
import { keepLocked } from "./lock-renewal";
import { errorText, type Log } from "./log";
import { handleMessage } from "./message-handler";
import { RECEIVE, receiveBatch, tracked, warn, type Listening } from "./queue-listening";
import type { ServiceBusClients } from "./service-bus-clients";
import { listenToSessions } from "./session-trigger";
import { resolveSettings, type Environment } from "./settings";

export interface ServiceBusTriggerDeps {
  clients: ServiceBusClients;
  invocations: Invocations;
  clock: HostClock;
  log: Log;
  env: Environment;
  options: ServiceBusOptions;
  stopping: AbortSignal;
}

/** One long poll of a batch receiver. */
const BATCH_WAIT_MS = 60_000;

/**
 * Reads what a Service Bus trigger needs and returns what starts it. That in turn returns what waits, once `stopping` is
 * aborted, for the messages at hand. Throws when the settings name no such queue or connection.
 */
export function prepareServiceBusTrigger(
  fn: RegisteredFunction,
  bindingName: string,
  trigger: ServiceBusTrigger,
  deps: ServiceBusTriggerDeps,
): () => () => Promise<void> {
  const listening: Listening = {
    ...deps,
    fn,
    bindingName,
    trigger,
    queueName: resolveSettings(trigger.queueName, deps.env),
    autoComplete: trigger.autoCompleteMessages ?? deps.options.autoCompleteMessages,
    client: deps.clients.get(trigger.connection),
  };
  if (fn.metadata.retryOptions) {
    warn(listening, "Retry policies do not apply to Service Bus triggers: the queue's maximum delivery count does.");
  }
  return () => {
    if (trigger.isSessionsEnabled) return listenToSessions(listening);
    const receiver = listening.client.createReceiver(listening.queueName, RECEIVE);
    return trigger.cardinality === "many"
      ? listenToBatches(listening, receiver)
      : listenToMessages(listening, receiver);
  };
}

function listenToMessages(listening: Listening, receiver: ServiceBusReceiver): () => Promise<void> {
  const atHand = new Set<Promise<void>>();
  const subscription = receiver.subscribe(
    {
      processMessage: (message) => tracked(atHand, handleLocked(listening, receiver, message)),
      processError: ({ error }) => {
        if (!listening.stopping.aborted) warn(listening, `Receiving failed: ${errorText(error)}`);
        return Promise.resolve();
      },
    },
    { autoCompleteMessages: false, maxConcurrentCalls: listening.options.maxConcurrentCalls },
  );
  return async () => {
    await subscription.close();
    await Promise.all(atHand);
  };
}

async function handleLocked(
  listening: Listening,
  receiver: ServiceBusReceiver,
  message: ServiceBusReceivedMessage,
): Promise<void> {
  const release = keepLocked({
    clock: listening.clock,
    lockedUntil: message.lockedUntilUtc ?? new Date(listening.clock.nowMs()),
    forMs: listening.options.maxAutoLockRenewalDuration,
    renew: () => receiver.renewMessageLock(message),
    onLost: (error) => warn(listening, `The lock of a message could not be renewed: ${errorText(error)}`),
  });
  try {
    await handleMessage(listening, receiver, message);
  } finally {
    release();
  }
}

/** Takes batch after batch. As in Azure, the locks of a batch are not renewed. */
function listenToBatches(listening: Listening, receiver: ServiceBusReceiver): () => Promise<void> {
  const run = async () => {
    while (!listening.stopping.aborted) await receiveBatch(listening, receiver, BATCH_WAIT_MS);
  };
  const running = run();
  return () => running;
}
