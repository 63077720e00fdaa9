import type { Cancel, VirtualClock } from "../virtual-clock";
import { guarded } from "./guard";

interface Entry {
  at: number;
  order: number;
  run: (() => void) | undefined;
}

/**
 * Everything the broker has to do later: locks and messages that expire, schedules that fall due. A binary heap behind a
 * single entry of the clock, because the clock looks through all its entries each time and a queue may hold thousands.
 * What falls due at the same moment runs in the order in which it was planned.
 */
export class Agenda {
  private heap: Entry[] = [];
  private order = 0;
  private cancelled = 0;
  private waiting: { at: number; cancel: Cancel } | undefined;

  constructor(private readonly clock: VirtualClock) {}

  nowMs(): number {
    return this.clock.nowMs();
  }

  /** The same moment by the machine's clock, by which clients measure how long a lock still holds. */
  machineTime(ms: number): Date {
    return new Date(ms - this.clock.offsetMs);
  }

  /** Runs `run` once when the clock reaches `at` (epoch milliseconds; `Infinity` is never). */
  at(at: number, run: () => void): Cancel {
    if (!Number.isFinite(at)) return () => undefined;
    const entry: Entry = { at, order: this.order++, run };
    this.heap.push(entry);
    this.rise(this.heap.length - 1);
    this.arm();
    return () => {
      if (!entry.run) return;
      entry.run = undefined;
      this.cancelled++;
      this.forgetCancelled();
    };
  }

  /** Forgets everything, so that nothing of it keeps the clock busy. */
  clear(): void {
    this.heap = [];
    this.cancelled = 0;
    this.waiting?.cancel();
    this.waiting = undefined;
  }

  private runDue(): void {
    this.waiting = undefined;
    for (let next = this.heap[0]; next && next.at <= this.nowMs(); next = this.heap[0]) {
      this.removeFirst();
      const { run } = next;
      next.run = undefined;
      if (run) guarded(run)(undefined);
      else this.cancelled--;
    }
    this.arm();
  }

  private arm(): void {
    const first = this.heap[0];
    if (!first || (this.waiting && this.waiting.at <= first.at)) return;
    this.waiting?.cancel();
    this.waiting = { at: first.at, cancel: this.clock.at(first.at, () => this.runDue()) };
  }

  /** A settled message leaves its expiry behind; without this, two weeks of them would pile up. */
  private forgetCancelled(): void {
    if (this.cancelled < 64 || this.cancelled * 2 < this.heap.length) return;
    const kept = this.heap.filter((entry) => entry.run).sort(earlier);
    this.heap = kept;
    this.cancelled = 0;
  }

  private rise(index: number): void {
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  private removeFirst(): void {
    const last = this.heap.pop();
    if (!last || this.heap.length === 0) return;
    this.heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.isEarlier(right, left) ? right : left;
      if (!this.swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  private swapIfEarlier(a: number, b: number): boolean {
    const first = this.heap[a];
    const second = this.heap[b];
    if (!first || !second || earlier(first, second) >= 0) return false;
    this.heap[a] = second;
    this.heap[b] = first;
    return true;
  }

  private isEarlier(a: number, b: number): boolean {
    const first = this.heap[a];
    const second = this.heap[b];
    return first !== undefined && second !== undefined && earlier(first, second) < 0;
  }
}

function earlier(a: Entry, b: Entry): number {
  return a.at - b.at || a.order - b.order;
}
