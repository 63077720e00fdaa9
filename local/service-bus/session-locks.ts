import type { Cancel } from "../virtual-clock";
import type { Agenda } from "./agenda";
import { sessionLockLost } from "./refusal";
import type { Consumer } from "./stored-message";

interface Session {
  state: Buffer | undefined;
  owner: Consumer | undefined;
  lockedUntilMs: number;
  cancelExpiry: Cancel;
}

/** Who holds which session of one queue, until when, and the state that applications keep with a session. */
export class SessionLocks {
  private readonly sessions = new Map<string, Session>();

  constructor(
    private readonly agenda: Agenda,
    private readonly durationMs: number,
    private readonly onExpired: (sessionId: string, owner: Consumer) => void,
  ) {}

  isFree(sessionId: string): boolean {
    return this.sessions.get(sessionId)?.owner === undefined;
  }

  /** Gives a free session to a consumer; returns the end of the lock (epoch milliseconds). */
  lock(sessionId: string, owner: Consumer): number {
    const session = this.session(sessionId);
    session.owner = owner;
    return this.prolong(sessionId, session, owner);
  }

  /** Takes the session from this consumer, if it holds it. */
  unlock(sessionId: string, owner: Consumer): boolean {
    const session = this.sessions.get(sessionId);
    if (session?.owner !== owner) return false;
    session.cancelExpiry();
    session.owner = undefined;
    this.forgetIfEmpty(sessionId, session);
    return true;
  }

  lockedUntilMs(sessionId: string): number {
    return this.sessions.get(sessionId)?.lockedUntilMs ?? 0;
  }

  /**
   * The consumer that holds the session. Throws when nobody does, or not the link that is named: a receiver that lost
   * its session must not act on the lock of its successor.
   */
  owner(sessionId: string, linkName?: string): Consumer {
    const owner = this.sessions.get(sessionId)?.owner;
    if (!owner || (linkName !== undefined && owner.linkName !== linkName)) throw sessionLockLost(sessionId);
    return owner;
  }

  /** Starts the lock anew and returns its end. Throws when it is not held by that link. */
  renew(sessionId: string, linkName?: string): number {
    return this.prolong(sessionId, this.session(sessionId), this.owner(sessionId, linkName));
  }

  state(sessionId: string): Buffer | undefined {
    return this.sessions.get(sessionId)?.state;
  }

  setState(sessionId: string, state: Buffer | undefined): void {
    const session = this.session(sessionId);
    session.state = state;
    this.forgetIfEmpty(sessionId, session);
  }

  withState(): string[] {
    return [...this.sessions].filter(([, session]) => session.state !== undefined).map(([id]) => id);
  }

  private session(sessionId: string): Session {
    const known = this.sessions.get(sessionId);
    if (known) return known;
    const session: Session = {
      state: undefined,
      owner: undefined,
      lockedUntilMs: 0,
      cancelExpiry: () => undefined,
    };
    this.sessions.set(sessionId, session);
    return session;
  }

  private prolong(sessionId: string, session: Session, owner: Consumer): number {
    session.cancelExpiry();
    session.lockedUntilMs = this.agenda.nowMs() + this.durationMs;
    session.cancelExpiry = this.agenda.at(session.lockedUntilMs, () => {
      if (this.unlock(sessionId, owner)) this.onExpired(sessionId, owner);
    });
    return session.lockedUntilMs;
  }

  private forgetIfEmpty(sessionId: string, session: Session): void {
    if (!session.owner && session.state === undefined) this.sessions.delete(sessionId);
  }
}
