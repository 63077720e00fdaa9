import type { LogRecord } from "../logger";

/** A line and where it was written. */
export interface LogEntry {
  record: LogRecord;
  traceparent: string | undefined;
}

const MAX_BATCH = 200;
const DELAY_MS = 2_000;

/**
 * Collects log lines for a moment and delivers them together. Every line counts: none is sampled, and what could not be
 * delivered is handed to `undelivered`.
 */
export function createLogBatch(options: {
  /** Resolves to false when the receiver did not take them. */
  deliver: (entries: readonly LogEntry[]) => Promise<boolean>;
  undelivered: (record: LogRecord) => void;
  delayMs?: number;
}): { add(entry: LogEntry): void; flush(): Promise<void> } {
  const { deliver, undelivered, delayMs = DELAY_MS } = options;
  let waiting: LogEntry[] = [];
  let timer: NodeJS.Timeout | undefined;
  const underWay = new Set<Promise<void>>();

  const send = async (entries: readonly LogEntry[]): Promise<void> => {
    const delivered = await deliver(entries).catch(() => false);
    if (!delivered) for (const { record } of entries) undelivered(record);
  };
  const begin = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const entries = waiting;
    waiting = [];
    const sending: Promise<void> = send(entries).finally(() => underWay.delete(sending));
    underWay.add(sending);
  };
  return {
    add(entry) {
      waiting.push(entry);
      if (waiting.length >= MAX_BATCH) begin();
      else timer ??= setTimeout(begin, delayMs).unref();
    },
    async flush() {
      begin();
      await Promise.all(underWay);
    },
  };
}
