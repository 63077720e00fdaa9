import type { VirtualClock } from "../../local/virtual-clock";
import type { FaultKind, Step } from "./fault-kinds";
import type { FaultPlan } from "./fault-plan";
import type { Random } from "./random";

const MINUTE = 60_000;

/** What every call of a dead process meets: nothing it does afterwards has an effect. */
class Crash extends Error {
  constructor() {
    super("The process has crashed.");
    this.name = "Crash";
  }
}

/** In minutes: shorter than a send window and its fence, or long enough for a successor to prove and send again. */
const LONGEST_PAUSES = [3, 60];

/** One instance of the server. What it holds in memory is gone when it crashes. */
export interface ServerProcess {
  readonly name: string;
  isAlive: boolean;
  /** It stands still until this moment (epoch milliseconds): nothing it waits for comes back. */
  pausedUntil: number;
}

interface WaitingCall {
  process: ServerProcess;
  step: Step;
  /** It was stopped at this call already, and is spared a second accident. */
  isSpared: boolean;
  perform(fault: FaultKind | undefined): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface Timer {
  at: number;
  run(): void;
}

/** What accidents do beyond the call itself. */
export interface Accidents {
  crashed(process: ServerProcess): void;
  /** Nobody renews the locks of what stands still. */
  stoodStill(process: ServerProcess | "all"): void;
  lockLost(process: ServerProcess): void;
  outsideChange(): void;
}

/**
 * Decides who goes on. Every call that leaves a process waits here; one at a time is chosen by chance, made to its end,
 * and its caller runs on to its next call. So any interleaving of processes can happen, and the same seed gives the
 * same one, though real sockets are used. Time passes when nobody has anything to do, or by accident.
 */
export interface Scheduler {
  call<T>(process: ServerProcess, step: Step, perform: (fault: FaultKind | undefined) => Promise<T>): Promise<T>;
  sleep(process: ServerProcess, ms: number): Promise<void>;
  /** Runs once, when the time has come and nobody else has anything to do. */
  at(ms: number, run: () => void): void;
  /** Goes on until `isOver`, asked after each step, says so, or nothing is left to happen. */
  drive(isOver: () => boolean, startWork: () => boolean): Promise<void>;
  /** Every call fails from now on, and all that wait. */
  crash(process: ServerProcess): void;
  /** Epoch milliseconds of the last accident. */
  lastAccident(): number;
  steps(): number;
}

export interface SchedulerOptions {
  clock: VirtualClock;
  random: Random;
  plan: FaultPlan;
  accidents: Accidents;
  trace: (line: string) => void;
  /** When the next message is due, so that time stops there. */
  nextWorkAt: () => number | undefined;
}

export function createScheduler({ clock, random, plan, accidents, trace, nextWorkAt }: SchedulerOptions): Scheduler {
  let waiting: WaitingCall[] = [];
  let timers: Timer[] = [];
  let lastAccident = clock.nowMs();
  let steps = 0;

  const crash = (process: ServerProcess): void => {
    process.isAlive = false;
    const lost = waiting.filter((call) => call.process === process);
    waiting = waiting.filter((call) => call.process !== process);
    accidents.crashed(process);
    for (const call of lost) call.reject(new Crash());
  };

  /** What happens before the call is made; false: it is not made now. */
  const meetBefore = async (call: WaitingCall, fault: FaultKind | undefined): Promise<boolean> => {
    const { process } = call;
    if (fault === undefined) return true;
    lastAccident = Math.max(lastAccident, clock.nowMs());
    trace(`${process.name}: ${fault} @ ${call.step}`);
    switch (fault) {
      case "crashBefore":
        crash(process);
        call.reject(new Crash());
        return false;
      case "pause":
        process.pausedUntil = clock.nowMs() + random.between(1, random.pick(LONGEST_PAUSES)) * MINUTE;
        lastAccident = Math.max(lastAccident, process.pausedUntil);
        accidents.stoodStill(process);
        waiting.push({ ...call, isSpared: true });
        return false;
      case "lockLost":
        accidents.lockLost(process);
        return true;
      case "clockJump":
        await clock.advance(random.between(1, 40 * 60) * 1000);
        lastAccident = Math.max(lastAccident, clock.nowMs());
        accidents.stoodStill("all");
        return true;
      case "outsideBefore":
        accidents.outsideChange();
        return true;
      default:
        return true;
    }
  };

  const make = async (call: WaitingCall): Promise<void> => {
    steps++;
    const fault = call.isSpared ? undefined : plan.take(call.step);
    if (!(await meetBefore(call, fault))) return;
    try {
      const value = await call.perform(fault);
      trace(`${call.process.name}: ${call.step}`);
      if (fault === "outsideAfter") accidents.outsideChange();
      if (fault === "crashAfter") throw new Crash();
      call.resolve(value);
    } catch (error) {
      if (error instanceof Crash) crash(call.process);
      else trace(`${call.process.name}: ${call.step} failed: ${String(error)}`);
      call.reject(error);
    }
  };

  const passTime = async (): Promise<boolean> => {
    const workAt = nextWorkAt();
    const wakeUps = [...timers.map(({ at }) => at), ...waiting.map(({ process }) => process.pausedUntil)];
    // Work that is due already waits for a process that can take it.
    if (workAt !== undefined && workAt > clock.nowMs()) wakeUps.push(workAt);
    if (wakeUps.length === 0) return false;
    const next = wakeUps.reduce((first, at) => Math.min(first, at));
    await clock.advance(Math.max(0, next - clock.nowMs()));
    const due = timers.filter(({ at }) => at <= clock.nowMs());
    timers = timers.filter(({ at }) => at > clock.nowMs());
    for (const timer of due) timer.run();
    return true;
  };

  const scheduler: Scheduler = {
    crash,
    lastAccident: () => lastAccident,
    steps: () => steps,
    call: <T>(process: ServerProcess, step: Step, perform: (fault: FaultKind | undefined) => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        if (!process.isAlive) reject(new Crash());
        else waiting.push({ process, step, isSpared: false, perform, resolve, reject });
      }),
    sleep: (process, ms) =>
      new Promise<void>((resolve, reject) => {
        scheduler.at(clock.nowMs() + ms, () => {
          if (process.isAlive) resolve();
          else reject(new Crash());
        });
      }),
    at: (ms, run) => void timers.push({ at: ms, run }),
    async drive(isOver, startWork) {
      for (;;) {
        await everybodyWaits();
        if (isOver()) return;
        const ready = waiting.filter(({ process }) => process.pausedUntil <= clock.nowMs());
        const isStarted = (ready.length === 0 || random.chance(0.3)) && startWork();
        if (isStarted) continue;
        if (ready.length > 0) {
          const chosen = random.pick(ready);
          waiting = waiting.filter((call) => call !== chosen);
          await make(chosen);
        } else if (!(await passTime())) return;
      }
    },
  };
  return scheduler;
}

/** Between two calls a process does nothing but compute: one turn of the event loop later it waits for the next. */
function everybodyWaits(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
