import type { TimerTrigger } from "./bindings";
import type { HostClock } from "./clock";
import type { RegisteredFunction, TypedData } from "./core-api";
import type { Invocations } from "./invocations";
import type { RetryPolicy } from "./retry-policy";
import type { Schedule } from "./schedule";

export interface TimerDeps {
  invocations: Invocations;
  clock: HostClock;
  stopping: AbortSignal;
  retry: RetryPolicy | undefined;
}

/** Longest single wait: Node fires longer timeouts at once, and the machine's own clock may be set meanwhile. */
const LONGEST_WAIT_MS = 60_000;
/** A run later than this after a jump of the clock counts as past due. */
const PAST_DUE_MS = 1_000;
/** Azure keeps no schedule status for timers that run more often than this. */
const MONITORED_INTERVAL_MS = 60_000;
/** What .NET shows for "never". */
const NEVER = "0001-01-01T00:00:00+00:00";

export interface TimerFunction {
  /** Begins to run on schedule, until `stopping` is aborted. */
  start(): void;
  /** Runs the function now, outside of its schedule. */
  runNow(): void;
}

/**
 * Runs a function on its schedule, never twice at a time. When the virtual clock jumps over one or more occurrences it
 * runs once, past due; whoever moves the clock waits until it has started.
 */
export function prepareTimer(
  fn: RegisteredFunction,
  bindingName: string,
  options: TimerTrigger,
  schedule: Schedule,
  { invocations, clock, stopping, retry }: TimerDeps,
): TimerFunction {
  let dueAt = schedule.next(clock.nowMs());
  let lastAt: number | undefined;
  let busy = false;
  let jumped = false;
  let timeout: NodeJS.Timeout | undefined;
  const monitored = options.useMonitor !== false && schedule.next(dueAt) - dueAt >= MONITORED_INTERVAL_MS;

  const run = (isPastDue: boolean, onStarted: () => void) => {
    const input = timerInfo(isPastDue, monitored ? { lastAt, dueAt, now: clock.nowMs() } : undefined);
    const reason = `Timer fired at ${new Date(clock.nowMs()).toISOString()}`;
    return invocations.run(fn, { inputs: { [bindingName]: input }, reason, retry, onStarted }).catch(() => undefined);
  };

  const wait = () => {
    clearTimeout(timeout);
    if (stopping.aborted) return;
    const left = Math.min(Math.max(0, dueAt - clock.nowMs()), LONGEST_WAIT_MS);
    timeout = setTimeout(() => void runIfDue(), left);
  };

  /** Resolves when the run has started, or at once when nothing is due. */
  const runIfDue = async (): Promise<void> => {
    const now = clock.nowMs();
    if (stopping.aborted || busy) return;
    if (now < dueAt) {
      wait();
      return;
    }
    const isPastDue = jumped && now - dueAt > PAST_DUE_MS;
    jumped = false;
    busy = true;
    await new Promise<void>((started) => {
      const done = run(isPastDue, started);
      lastAt = dueAt;
      dueAt = schedule.next(now);
      void done.finally(() => {
        busy = false;
        wait();
      });
    });
  };

  const onClockMoved = () => {
    jumped = true;
    // A clock set back brings occurrences nearer again.
    dueAt = Math.min(dueAt, schedule.next(clock.nowMs()));
    return runIfDue();
  };

  return {
    start() {
      clock.onMoved(onClockMoved);
      stopping.addEventListener("abort", () => clearTimeout(timeout), { once: true });
      if (options.runOnStartup) void run(false, () => undefined);
      wait();
    },
    runNow: () => void run(false, () => undefined),
  };
}

function timerInfo(
  isPastDue: boolean,
  status: { lastAt: number | undefined; dueAt: number; now: number } | undefined,
): TypedData {
  const scheduleStatus = status && {
    Last: status.lastAt === undefined ? NEVER : new Date(status.lastAt).toISOString(),
    Next: new Date(status.dueAt).toISOString(),
    LastUpdated: new Date(status.lastAt ?? status.now).toISOString(),
  };
  const info = { Schedule: { AdjustForDST: true }, ScheduleStatus: scheduleStatus ?? null, IsPastDue: isPastDue };
  return { json: JSON.stringify(info) };
}
