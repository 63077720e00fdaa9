import type { Clock } from "../domain/access/clock";
import type { Time } from "../retry";
import { throttled } from "./refusal";

/** Lets a call out; calling it more than once does nothing. */
type Leave = () => void;

/** The way to Partner Center for one reseller: only so many calls at once, and none while it asked us to wait. */
export interface Gate {
  /**
   * Waits for a free place and for the end of a pause. Writes have places of their own: a few that Microsoft is slow to
   * answer must not keep people from reading. Throws `upstreamThrottled` at once, with the seconds to wait,
   * when the pause is longer than anybody should sit through or ends after `latest`.
   */
  enter(options: { kind: "read" | "write"; latest?: Date; signal?: AbortSignal }): Promise<Leave>;
  /** `Retry-After` counts for the reseller, not for one call: retrying early counts against us (fact sheet §1.7). */
  pause(seconds: number): void;
}

export interface GateOptions {
  clock: Clock;
  time: Time;
  /** Of each kind. */
  maxInFlight: number;
  longestWaitMs: number;
}

/** One gate per key, made on first use and kept: there are only as many as resellers. */
export function createGates(options: GateOptions): (key: string) => Gate {
  const gates = new Map<string, Gate>();
  return (key) => {
    const known = gates.get(key);
    if (known) return known;
    const made = createGate(options);
    gates.set(key, made);
    return made;
  };
}

function createGate({ clock, time, maxInFlight, longestWaitMs }: GateOptions): Gate {
  const places = { read: createPlaces(maxInFlight), write: createPlaces(maxInFlight) };
  let pausedUntil = 0;

  const remaining = (latest: Date | undefined): number => {
    const waitMs = pausedUntil - clock().getTime();
    const tooLong = waitMs > longestWaitMs || (latest !== undefined && pausedUntil >= latest.getTime());
    if (waitMs > 0 && tooLong) throw throttled(Math.ceil(waitMs / 1000));
    return waitMs;
  };

  return {
    async enter({ kind, latest, signal }) {
      remaining(latest);
      const leave = await places[kind].take(signal);
      try {
        // A clock that stands still must not hold us for ever: one pause is slept through once.
        for (let slept = 0; remaining(latest) > 0 && slept !== pausedUntil;) {
          slept = pausedUntil;
          await time.sleep(remaining(latest), signal);
        }
        return leave;
      } catch (error) {
        leave();
        throw error;
      }
    },
    pause(seconds) {
      pausedUntil = Math.max(pausedUntil, clock().getTime() + seconds * 1000);
    },
  };
}

function createPlaces(size: number): { take(signal?: AbortSignal): Promise<Leave> } {
  const waiting: (() => void)[] = [];
  let free = size;
  const give = (): void => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  const leaveOnce = (): Leave => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      give();
    };
  };
  return {
    async take(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free--;
        return leaveOnce();
      }
      await new Promise<void>((resolve, reject) => {
        const giveUp = (): void => {
          waiting.splice(waiting.indexOf(arrive), 1);
          reject(signal?.reason instanceof Error ? signal.reason : new Error("given up"));
        };
        const arrive = (): void => {
          signal?.removeEventListener("abort", giveUp);
          resolve();
        };
        waiting.push(arrive);
        signal?.addEventListener("abort", giveUp, { once: true });
      });
      return leaveOnce();
    },
  };
}
