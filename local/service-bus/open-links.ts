import type { Connection, link as Link, Session } from "rhea";

/**
 * What must happen when a link ends, however it ends: closed alone, with its session, with its connection, or because
 * the client is gone without a word.
 */
export class OpenLinks {
  private readonly endings = new Map<Link, () => void>();

  /** Runs `onEnd` once when the link ends. */
  track(link: Link, onEnd: () => void): void {
    this.endings.set(link, onEnd);
  }

  forget(link: Link): void {
    this.endings.delete(link);
  }

  linkEnded(link: Link): void {
    const onEnd = this.endings.get(link);
    this.endings.delete(link);
    onEnd?.();
  }

  sessionEnded(session: Session): void {
    this.endWhere((link) => link.session === session);
  }

  connectionEnded(connection: Connection): void {
    this.endWhere((link) => link.connection === connection);
  }

  private endWhere(matches: (link: Link) => boolean): void {
    for (const link of [...this.endings.keys()]) if (matches(link)) this.linkEnded(link);
  }
}
