/** Called after the clock was moved; the mover waits for what it returns. */
type ClockListener = () => void | Promise<void>;

/** The host's view of the platform's virtual clock: machine time plus an offset that the platform may change. */
export interface HostClock {
  /** Milliseconds the platform is ahead of the machine. The same object is published for the app. */
  readonly published: { offsetMs: number };
  nowMs(): number;
  /** Moves the clock and resolves when every listener is through. */
  setOffset(offsetMs: number): Promise<void>;
  onMoved(listener: ClockListener): () => void;
  /** Resolves true once the clock has reached `atMs`, or false as soon as `signal` is aborted. */
  waitUntil(atMs: number, signal: AbortSignal): Promise<boolean>;
}

/** Node fires a longer timeout at once; also the step in which a wait notices changes of the machine's own clock. */
const LONGEST_STEP_MS = 60_000;

/** Where the app finds the clock: `globalThis[Symbol.for("local-platform.clock")]`, absent in Azure. */
const PUBLISHED_AS = Symbol.for("local-platform.clock");

export function createHostClock(offsetMs: number): HostClock {
  const published = { offsetMs };
  const listeners = new Set<ClockListener>();
  const nowMs = () => Date.now() + published.offsetMs;

  const onMoved = (listener: ClockListener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  return {
    published,
    nowMs,
    onMoved,
    async setOffset(next) {
      published.offsetMs = next;
      await Promise.all([...listeners].map(async (listener) => listener()));
    },
    waitUntil(atMs, signal) {
      return new Promise((resolve) => {
        let timer: NodeJS.Timeout | undefined;
        const finish = (reached: boolean) => {
          clearTimeout(timer);
          forget();
          signal.removeEventListener("abort", onAbort);
          resolve(reached);
        };
        const onAbort = () => finish(false);
        const check = () => {
          clearTimeout(timer);
          const left = atMs - nowMs();
          if (signal.aborted) finish(false);
          else if (left <= 0) finish(true);
          else timer = setTimeout(check, Math.min(left, LONGEST_STEP_MS));
        };
        const forget = onMoved(check);
        signal.addEventListener("abort", onAbort, { once: true });
        check();
      });
    },
  };
}

/** Publishes the clock for the app's own notion of "now". `Date` itself is left alone. */
export function publishClock(clock: HostClock): void {
  Object.defineProperty(globalThis, PUBLISHED_AS, { value: clock.published, configurable: true });
}
