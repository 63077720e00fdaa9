/** One running part of the platform, as it is reported to people. */
export interface PartReport {
  name: string;
  url: string;
  /** How long its start took, in milliseconds of real time. */
  startedInMs: number;
  /** What else there is to say, such as how much was loaded. */
  note?: string;
}

/** What every part is able to do. */
interface Part {
  readonly url: string;
  close(): Promise<void>;
}

export interface PartsOptions {
  /** Aborted: no further part is started, and the one being started is not waited for but closed when it is ready. */
  signal?: AbortSignal | undefined;
  onReady?: ((report: PartReport) => void) | undefined;
}

/** The parts of one platform: started one after another, and stopped in the opposite order. */
export interface Parts {
  /** Starts a part. Throws `PartFailedError`, which names it, or the reason of the signal when that was aborted. */
  start<T extends Part>(name: string, start: () => Promise<T>, note?: (part: T) => string): Promise<T>;
  list(): readonly PartReport[];
  /** Stops every part, the last one first, whatever happens to the others. */
  close(): Promise<void>;
}

/** A start that failed says which part it was; `cause` is what that part threw. */
export class PartFailedError extends Error {
  constructor(
    readonly part: string,
    cause: unknown,
  ) {
    super(`${part} did not start: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "PartFailedError";
  }
}

export function createParts({ signal, onReady }: PartsOptions): Parts {
  const running: Part[] = [];
  const reports: PartReport[] = [];
  const aborted = abortOf(signal);
  return {
    async start(name, start, note) {
      signal?.throwIfAborted();
      const before = performance.now();
      const starting = start();
      const part = await Promise.race([starting, aborted]).catch((error: unknown) => {
        if (signal?.aborted !== true) throw new PartFailedError(name, error);
        void starting.then((late) => late.close()).catch(() => undefined);
        throw error;
      });
      running.push(part);
      const startedInMs = Math.round(performance.now() - before);
      const report = { name, url: part.url, startedInMs, ...(note ? { note: note(part) } : {}) };
      reports.push(report);
      onReady?.(report);
      return part;
    },
    list: () => reports,
    async close() {
      const failures: unknown[] = [];
      for (const part of running.splice(0).reverse()) {
        await part.close().catch((error: unknown) => failures.push(error));
      }
      reports.length = 0;
      if (failures.length > 0) throw new AggregateError(failures, "Some parts did not stop as they should.");
    },
  };
}

/** Rejects when the signal is aborted; without a signal, never. Rejecting unheard of is no error. */
function abortOf(signal: AbortSignal | undefined): Promise<never> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(toError(signal.reason)), { once: true });
  });
  aborted.catch(() => undefined);
  return aborted;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
