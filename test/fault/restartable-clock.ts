import { VirtualClock, type Cancel } from "../../local/virtual-clock";

/**
 * A frozen clock that can begin again at the same moment: one running simulator serves many runs, and every run sees
 * the same dates. What was due in the run before is forgotten.
 */
export class RestartableClock extends VirtualClock {
  private current: VirtualClock;

  constructor(private readonly beginning: Date) {
    super({ start: beginning, running: false });
    this.current = new VirtualClock({ start: beginning, running: false });
  }

  restart(): void {
    this.current.stop();
    this.current = new VirtualClock({ start: this.beginning, running: false });
  }

  override nowMs(): number {
    return this.current.nowMs();
  }

  override now(): Date {
    return this.current.now();
  }

  override get offsetMs(): number {
    return this.current.offsetMs;
  }

  override at(atMs: number, run: () => void | Promise<void>): Cancel {
    return this.current.at(atMs, run);
  }

  override after(delayMs: number, run: () => void | Promise<void>): Cancel {
    return this.current.after(delayMs, run);
  }

  override advance(ms: number): Promise<void> {
    return this.current.advance(ms);
  }

  override stop(): void {
    this.current.stop();
  }
}
