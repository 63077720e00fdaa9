import type { HostClock } from "./clock";

export interface LockRenewalOptions {
  clock: HostClock;
  /** As the broker says it: in the machine's time, for the sake of the SDK's own renewal. */
  lockedUntil: Date;
  /** How long locks are kept up from now on (`maxAutoLockRenewalDuration`); 0: never renewed. */
  forMs: number;
  /** Renews the lock and returns until when it is held now, again in the machine's time. */
  renew: () => Promise<Date>;
  onLost: (error: unknown) => void;
}

/** Renew this long before the end of a lock, or at half of what is left of a shorter one. */
const MARGIN_MS = 10_000;
/** Never renew faster than this, whatever the broker answers. */
const SHORTEST_WAIT_MS = 250;

/**
 * Keeps a message or session lock until the returned function is called. The SDK could do so too, but a lock runs out in
 * virtual time: when the clock is moved to shortly before its end, it must be renewed now and not a minute later.
 */
export function keepLocked({ clock, lockedUntil, forMs, renew, onLost }: LockRenewalOptions): () => void {
  const stop = new AbortController();
  const renewUntil = clock.nowMs() + forMs;
  const toVirtual = (machineTime: Date) => machineTime.getTime() + clock.published.offsetMs;

  const run = async () => {
    let until = toVirtual(lockedUntil);
    while (until < renewUntil) {
      const left = until - clock.nowMs();
      const wait = Math.max(left / 2, left - MARGIN_MS, SHORTEST_WAIT_MS);
      if (!(await clock.waitUntil(clock.nowMs() + wait, stop.signal))) return;
      until = toVirtual(await renew());
    }
  };
  run().catch((error: unknown) => {
    if (!stop.signal.aborted) onLost(error);
  });
  return () => stop.abort();
}
