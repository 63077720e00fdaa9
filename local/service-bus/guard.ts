/** A bug of the broker: told as a process warning, because whoever uses the broker cannot catch it anywhere. */
export function reportBug(error: unknown): void {
  const detail = error instanceof Error ? error.stack : undefined;
  process.emitWarning(String(error), { type: "ServiceBusBroker", ...(detail === undefined ? {} : { detail }) });
}

/**
 * A handler that never throws. rhea calls handlers from a timer tick, where an exception would end the process; here it
 * becomes a warning and `onBug` may tell the client.
 */
export function guarded<Context>(
  handler: (context: Context) => unknown,
  onBug: (error: unknown, context: Context) => void = () => undefined,
): (context: Context) => void {
  const failed = (error: unknown, context: Context) => {
    reportBug(error);
    onBug(error, context);
  };
  return (context) => {
    try {
      const result = handler(context);
      if (result instanceof Promise) result.catch((error: unknown) => failed(error, context));
    } catch (error) {
      failed(error, context);
    }
  };
}
