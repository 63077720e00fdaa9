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
const LONGEST_JUMP_S = 40 * 60;

/** One instance of the server. What it holds in memory is gone when it crashes. */
export interface ServerProcess {
  readonly name: string;
  isAlive: boolean;
  /** It stands still until this moment (epoch milliseconds): nothing it waits for comes back. */
  pausedUntil: number;
}

/** For the story of a run: what a call is about, and what came of it. */
interface Telling<T> {
  about?: string | undefined;
  result?: (value: T) => string;
}

interface WaitingCall {
  process: ServerProcess;
  step: Step;
  about: string;
  /** It was stopped at this call already, and is spared a second accident. */
  isSpared: boolean;
  /** Makes the call, hands the result on, and tells it in a few words. */
  perform(fault: FaultKind | undefined): Promise<{ told: string; handOn: () => void }>;
  reject(error: unknown): void;
}

interface Timer {
  at: number;
  run(): void;
}

/** What accidents do beyond the call itself. */
export interface Accidents {
  crashed(process: ServerProcess): Promise<void>;
  lockLost(process: ServerProcess): Promise<void>;
  outsideChange(): void;
}

/** What the scheduler is given to do beside the calls that wait. */
interface Agenda {
  /** Asked whenever nobody has anything to do before time passes. */
  isOver(): Promise<boolean> | boolean;
  /** Begins something new, if there is something to begin. */
  startWork(): Promise<boolean>;
  /** Between two steps, as often as time may have passed. */
  keepAlive(): Promise<void>;
}

/**
 * Decides who goes on. Every call that leaves a process waits here; one at a time is chosen by chance, made to its end,
 * and its caller runs on to its next call. So any interleaving of processes can happen, and the same seed gives the
 * same one, though real sockets are used. Time passes when nobody has anything to do, or by accident.
 */
export interface Scheduler {
  call<T>(
    process: ServerProcess,
    step: Step,
    perform: (fault: FaultKind | undefined) => Promise<T>,
    telling?: Telling<T>,
  ): Promise<T>;
  sleep(process: ServerProcess, ms: number): Promise<void>;
  /** Runs once, when the time has come and nobody else has anything to do. */
  at(ms: number, run: () => void): void;
  /** Goes on until it is over, or nothing is left to happen. */
  drive(agenda: Agenda): Promise<void>;
  /** Every call fails from now on, and all that wait. */
  crash(process: ServerProcess): Promise<void>;
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

  const crash = async (process: ServerProcess): Promise<void> => {
    process.isAlive = false;
    const lost = waiting.filter((call) => call.process === process);
    waiting = waiting.filter((call) => call.process !== process);
    await accidents.crashed(process);
    for (const call of lost) call.reject(new Crash());
  };

  const pause = (call: WaitingCall): void => {
    const minutes = random.between(1, random.pick(LONGEST_PAUSES));
    trace(`${call.process.name}: stands still for ${minutes} minutes`);
    call.process.pausedUntil = clock.nowMs() + minutes * MINUTE;
    lastAccident = Math.max(lastAccident, call.process.pausedUntil);
    waiting.push({ ...call, isSpared: true });
  };

  /** What happens before the call is made; false: it is not made now. */
  const meetBefore = async (call: WaitingCall, fault: FaultKind | undefined): Promise<boolean> => {
    const { process } = call;
    if (fault === undefined) return true;
    lastAccident = Math.max(lastAccident, clock.nowMs());
    trace(`${process.name}: ${fault} @ ${call.step}${call.about}`);
    switch (fault) {
      case "crashBefore":
        await crash(process);
        call.reject(new Crash());
        return false;
      case "pause":
        pause(call);
        return false;
      case "lockLost":
        await accidents.lockLost(process);
        return true;
      case "clockJump":
        await clock.advance(random.between(1, LONGEST_JUMP_S) * 1000);
        lastAccident = Math.max(lastAccident, clock.nowMs());
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
    const who = `${call.process.name}: ${call.step}${call.about}`;
    try {
      const { told, handOn } = await call.perform(fault);
      trace(`${who}${told}`);
      if (fault === "outsideAfter") accidents.outsideChange();
      if (fault === "crashAfter") throw new Crash();
      handOn();
    } catch (error) {
      if (error instanceof Crash) await crash(call.process);
      else trace(`${who} failed: ${String(error)}`);
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
    call: <T>(
      process: ServerProcess,
      step: Step,
      perform: (fault: FaultKind | undefined) => Promise<T>,
      { about, result }: Telling<T> = {},
    ) =>
      new Promise<T>((resolve, reject) => {
        if (!process.isAlive) {
          reject(new Crash());
          return;
        }
        waiting.push({
          ...{ process, step, reject, isSpared: false, about: about === undefined ? "" : ` ${about}` },
          perform: async (fault) => {
            const value = await perform(fault);
            return { told: result ? ` → ${result(value)}` : "", handOn: () => resolve(value) };
          },
        });
      }),
    sleep: (process, ms) =>
      new Promise<void>((resolve, reject) => {
        scheduler.at(clock.nowMs() + ms, () => {
          if (process.isAlive) resolve();
          else reject(new Crash());
        });
      }),
    at: (ms, run) => void timers.push({ at: ms, run }),
    async drive({ isOver, startWork, keepAlive }) {
      for (;;) {
        await everybodyWaits();
        await keepAlive();
        const ready = waiting.filter(({ process }) => process.pausedUntil <= clock.nowMs());
        const isStarted = (ready.length === 0 || random.chance(0.3)) && (await startWork());
        if (isStarted) continue;
        if (ready.length > 0) {
          const chosen = random.pick(ready);
          waiting = waiting.filter((call) => call !== chosen);
          await make(chosen);
        } else if ((await isOver()) || !(await passTime())) return;
      }
    },
  };
  return scheduler;
}

/** Between two calls a process does nothing but compute: one turn of the event loop later it waits for the next. */
function everybodyWaits(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
