/** A point in virtual time at which something happens. Calling the returned function forgets it. */
export type Cancel = () => void;

interface Due {
  at: number;
  order: number;
  run: () => void | Promise<void>;
}

/** Node fires timers beyond this delay at once; longer waits are taken in several steps. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * The one clock of the local platform. It runs with real time plus an offset, or stands still (`running: false`) for
 * tests that want every moment under control. `advance` moves it forward and runs everything that falls due on the way,
 * in order of its due time, each seeing its own moment as "now".
 */
export class VirtualClock {
  private readonly due = new Set<Due>();
  private timer: NodeJS.Timeout | undefined;
  private order = 0;
  private skewMs: number;
  private frozenAt: number | undefined;

  constructor(options: { start?: Date; running?: boolean } = {}) {
    const start = options.start?.getTime() ?? Date.now();
    this.skewMs = start - Date.now();
    this.frozenAt = options.running === false ? start : undefined;
  }

  nowMs(): number {
    return this.frozenAt ?? Date.now() + this.skewMs;
  }

  now(): Date {
    return new Date(this.nowMs());
  }

  /** Milliseconds this clock is ahead of the machine's. */
  get offsetMs(): number {
    return this.frozenAt === undefined ? this.skewMs : this.frozenAt - Date.now();
  }

  /** Runs `run` once, when the clock has reached `atMs` (epoch milliseconds). A moment already past runs soon. */
  at(atMs: number, run: () => void | Promise<void>): Cancel {
    if (!Number.isFinite(atMs)) return () => undefined;
    const entry: Due = { at: atMs, order: this.order++, run };
    this.due.add(entry);
    this.arm();
    return () => {
      this.due.delete(entry);
    };
  }

  after(delayMs: number, run: () => void | Promise<void>): Cancel {
    return this.at(this.nowMs() + delayMs, run);
  }

  /** Moves the clock forward by `ms`, running what falls due in between. Resolves when all of it has run. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError("The clock only moves forward: advance needs zero or more milliseconds.");
    const target = this.nowMs() + ms;
    for (let next = this.earliest(); next !== undefined && next.at <= target; next = this.earliest()) {
      this.moveTo(Math.max(next.at, this.nowMs()));
      this.due.delete(next);
      await next.run();
    }
    this.moveTo(Math.max(target, this.nowMs()));
    this.arm();
  }

  /** Forgets everything that is due later; a stopped platform keeps no timer alive. */
  stop(): void {
    this.due.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private moveTo(ms: number): void {
    if (this.frozenAt === undefined) this.skewMs = ms - Date.now();
    else this.frozenAt = ms;
  }

  private earliest(): Due | undefined {
    let first: Due | undefined;
    for (const entry of this.due) {
      if (!first || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry;
    }
    return first;
  }

  private arm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.frozenAt !== undefined) return;
    const first = this.earliest();
    if (!first) return;
    const delay = Math.min(Math.max(0, first.at - this.nowMs()), LONGEST_DELAY_MS);
    this.timer = setTimeout(() => this.runDue(), delay);
    this.timer.unref();
  }

  private runDue(): void {
    for (let next = this.earliest(); next !== undefined && next.at <= this.nowMs(); next = this.earliest()) {
      this.due.delete(next);
      void Promise.resolve(next.run()).catch((error: unknown) => {
        process.emitWarning(error instanceof Error ? error : new Error(String(error)));
      });
    }
    this.arm();
  }
}
