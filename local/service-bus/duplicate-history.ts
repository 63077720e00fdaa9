/**
 * The message ids of the last `windowMs`. A message whose id is among them is taken from the sender and dropped, as the
 * service does; a dropped one does not lengthen the window.
 */
export class DuplicateHistory {
  /** Id and when it was first seen, oldest first. */
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly windowMs: number,
    private readonly nowMs: () => number,
  ) {}

  /** Remembers the id; false when it is already known. */
  add(messageId: string): boolean {
    if (this.windowMs === 0) return true;
    const now = this.nowMs();
    for (const [id, seenAt] of this.seen) {
      if (seenAt > now - this.windowMs) break;
      this.seen.delete(id);
    }
    if (this.seen.has(messageId)) return false;
    this.seen.set(messageId, now);
    return true;
  }
}
