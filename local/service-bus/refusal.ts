/** The AMQP and Service Bus error conditions this broker answers with; the SDK turns them into `ServiceBusError.code`. */
export type Condition =
  | "amqp:decode-error"
  | "amqp:internal-error"
  | "amqp:invalid-field"
  | "amqp:link:message-size-exceeded"
  | "amqp:not-allowed"
  | "amqp:not-found"
  | "amqp:not-implemented"
  | "amqp:unauthorized-access"
  | "com.microsoft:argument-error"
  | "com.microsoft:message-lock-lost"
  | "com.microsoft:message-not-found"
  | "com.microsoft:session-cannot-be-locked"
  | "com.microsoft:session-lock-lost"
  | "com.microsoft:timeout";

/** An answer the real service gives too: the client asked for something that cannot be. Anything else thrown is a bug. */
export class Refusal extends Error {
  constructor(
    readonly condition: Condition,
    readonly description: string,
  ) {
    super(`${condition}: ${description}`);
    this.name = "Refusal";
  }
}

/** Refusals as they are; any other error as an internal error of the broker. */
export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal("amqp:internal-error", String(error));
}

export function messageLockLost(): Refusal {
  return new Refusal(
    "com.microsoft:message-lock-lost",
    "The lock supplied is invalid. Either the lock expired, or the message has already been removed from the queue.",
  );
}

export function sessionLockLost(sessionId?: string): Refusal {
  const session = sessionId === undefined ? "the message's session" : `session '${sessionId}'`;
  return new Refusal("com.microsoft:session-lock-lost", `The lock of ${session} expired or is not held.`);
}
