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
export interface Part {
  readonly url: string;
  close(): Promise<void>;
}

export interface PartsOptions {
  /** Aborted: no further part is started, and the one being started is the last. */
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
  return {
    async start(name, start, note) {
      signal?.throwIfAborted();
      const before = performance.now();
      const part = await start().catch((error: unknown) => {
        throw new PartFailedError(name, error);
      });
      running.push(part);
      signal?.throwIfAborted();
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
