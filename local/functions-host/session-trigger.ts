import { isServiceBusError, type ServiceBusSessionReceiver } from "@azure/service-bus";
import { keepLocked } from "./lock-renewal";
import { handleMessage } from "./message-handler";
import { pauseAfter, RECEIVE, receiveBatch, tracked, type Listening } from "./queue-listening";

/** `maxConcurrentSessions` takers, each serving one session after another. */
export function listenToSessions(listening: Listening): () => Promise<void> {
  const serving = new Set<Promise<void>>();
  const takeSessions = async () => {
    while (!listening.stopping.aborted) {
      const session = await acceptSession(listening);
      if (session) await tracked(serving, serveSession(listening, session));
    }
  };
  for (let taker = 0; taker < listening.options.maxConcurrentSessions; taker++) void takeSessions();
  // A taker that waits for a session ignores its abort signal; only the sessions being served are waited for.
  return async () => {
    await Promise.all(serving);
  };
}

async function acceptSession(listening: Listening): Promise<ServiceBusSessionReceiver | undefined> {
  try {
    const session = await listening.client.acceptNextSession(listening.queueName, RECEIVE);
    if (!listening.stopping.aborted) return session;
    await session.close();
  } catch (error) {
    // No session had messages for a while.
    const isIdle = isServiceBusError(error) && ["ServiceTimeout", "SessionCannotBeLocked"].includes(error.code);
    if (!isIdle) await pauseAfter(listening, "Accepting a session", error);
  }
  return undefined;
}

/** Serves a session until it is idle for `sessionIdleTimeout`, its lock is lost, or the host stops. Never throws. */
async function serveSession(listening: Listening, session: ServiceBusSessionReceiver): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  listening.stopping.addEventListener("abort", end, { once: true });
  const release = keepLocked({
    clock: listening.clock,
    lockedUntil: session.sessionLockedUntilUtc,
    forMs: listening.trigger.cardinality === "many" ? 0 : listening.options.maxAutoLockRenewalDuration,
    renew: () => session.renewSessionLock(),
    onLost: end,
  });
  try {
    if (listening.trigger.cardinality === "many") {
      const idleMs = listening.options.sessionIdleTimeout;
      while (!ended.signal.aborted && (await receiveBatch(listening, session, idleMs)));
    } else {
      await serveMessages(listening, session, ended);
    }
  } finally {
    release();
    listening.stopping.removeEventListener("abort", end);
    await session.close().catch(() => undefined);
  }
}

async function serveMessages(
  listening: Listening,
  session: ServiceBusSessionReceiver,
  ended: AbortController,
): Promise<void> {
  let idle: NodeJS.Timeout | undefined;
  const atHand = new Set<Promise<void>>();
  const startIdleTimer = () => {
    clearTimeout(idle);
    idle = setTimeout(() => ended.abort(), listening.options.sessionIdleTimeout);
  };
  const subscription = session.subscribe(
    {
      processMessage: async (message) => {
        clearTimeout(idle);
        await tracked(atHand, handleMessage(listening, session, message));
        startIdleTimer();
      },
      // The SDK does not recover a session receiver: whatever went wrong, the session is taken anew.
      processError: () => {
        ended.abort();
        return Promise.resolve();
      },
    },
    { autoCompleteMessages: false, maxConcurrentCalls: 1 },
  );
  startIdleTimer();
  await new Promise<void>((resolve) => {
    if (ended.signal.aborted) resolve();
    else ended.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await subscription.close().catch(() => undefined);
  await Promise.all(atHand);
  clearTimeout(idle);
}
