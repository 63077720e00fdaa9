import { setTimeout as delay } from "node:timers/promises";
import type { ServiceBusClient, ServiceBusReceiver } from "@azure/service-bus";
import type { HostClock } from "./clock";
import type { ServiceBusOptions } from "./host-json";
import { errorText } from "./log";
import { handleBatch, type MessageHandlerOptions } from "./message-handler";

/** A queue that a function listens to. */
export interface Listening extends MessageHandlerOptions {
  client: ServiceBusClient;
  clock: HostClock;
  options: ServiceBusOptions;
  stopping: AbortSignal;
}

/** Bodies are handed on as they are: the library parses them. Locks are kept by us. */
export const RECEIVE = { skipParsingBodyAsJson: true, maxAutoLockRenewalDurationInMs: 0 };
const PAUSE_AFTER_ERROR_MS = 500;

/** Returns whether there were messages. Failures are reported, and followed by a short pause. */
export async function receiveBatch(
  listening: Listening,
  receiver: ServiceBusReceiver,
  waitMs: number,
): Promise<boolean> {
  const { options, stopping } = listening;
  try {
    const messages = await receiver.receiveMessages(options.maxMessageBatchSize, {
      maxWaitTimeInMs: waitMs,
      abortSignal: stopping,
    });
    if (messages.length > 0) await handleBatch(listening, receiver, messages);
    return messages.length > 0;
  } catch (error) {
    await pauseAfter(listening, "Receiving a batch", error);
    return false;
  }
}

/** Reports a failure, unless the host stops, and waits a moment before the next attempt. */
export async function pauseAfter(listening: Listening, what: string, error: unknown): Promise<void> {
  if (listening.stopping.aborted) return;
  warn(listening, `${what} failed: ${errorText(error)}`);
  await delay(PAUSE_AFTER_ERROR_MS, undefined, { signal: listening.stopping }).catch(() => undefined);
}

export function warn({ log, fn, queueName }: Listening, message: string): void {
  log({ level: "warning", functionName: fn.metadata.name, message: `${queueName}: ${message}` });
}

/** Remembers work until it is done, so that a stop can wait for it. */
export async function tracked(set: Set<Promise<void>>, work: Promise<void>): Promise<void> {
  set.add(work);
  try {
    await work;
  } finally {
    set.delete(work);
  }
}
