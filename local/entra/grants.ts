import { createHash, randomBytes } from "node:crypto";
import type { VirtualClock } from "../virtual-clock";

export const codeLifetimeMs = 10 * 60_000;
/** A refresh token dies after 90 days without use; each redemption gives a new one (partner-center-api.md §2.4). */
export const refreshLifetimeMs = 90 * 86_400_000;

/** A sign-in of one account for one app, carried from the code through all refresh tokens. */
export interface UserGrant {
  appId: string;
  oid: string;
  /** Directory in which the account signed in. */
  tenantId: string;
  /** Authentication methods: `pwd`, and `mfa` where done. */
  amr: string[];
  /** The account's epoch at sign-in; see `Account`. */
  epoch: number;
  /** As asked for at sign-in; used again where a redemption names no scope. */
  scope: string;
  nonce?: string;
}

/** A `code` that may be redeemed once. */
export interface IssuedCode {
  grant: UserGrant;
  redirectUri: string;
  challenge?: { value: string; method: "S256" | "plain" };
  issuedAt: number;
  redeemed: boolean;
}

interface IssuedRefreshToken {
  grant: UserGrant;
  issuedAt: number;
}

/** A signed-in browser. */
export interface Session {
  oid: string;
  amr: string[];
  epoch: number;
}

/** One line of the journal of `GET /_control/grants`. It never holds a code or token. */
export interface GrantRecord {
  at: string;
  kind: "code" | "authorization_code" | "refresh_token" | "client_credentials" | "password" | "service";
  appId: string;
  tenantId: string;
  upn?: string;
  resource: string;
  permissions: string[];
  amr?: string[];
}

const journalLength = 2_000;

/** Everything handed out, in memory. */
export interface Grants {
  issueCode(code: Omit<IssuedCode, "issuedAt" | "redeemed">): string;
  code(value: string): IssuedCode | undefined;
  issueRefreshToken(grant: UserGrant): string;
  refreshToken(value: string): IssuedRefreshToken | undefined;
  startSession(session: Session): string;
  session(id: string): Session | undefined;
  endSession(id: string): void;
  record(entry: Omit<GrantRecord, "at">): void;
  journal(): GrantRecord[];
}

export function createGrants(clock: VirtualClock): Grants {
  const codes = new Map<string, IssuedCode>();
  const refreshTokens = new Map<string, IssuedRefreshToken>();
  const sessions = new Map<string, Session>();
  const journal: GrantRecord[] = [];
  const put = <T>(map: Map<string, T>, prefix: string, value: T): string => {
    const key = prefix + randomBytes(48).toString("base64url");
    map.set(key, value);
    return key;
  };
  return {
    issueCode: (code) => put(codes, "1.AQ", { ...code, issuedAt: clock.nowMs(), redeemed: false }),
    code: (value) => codes.get(value),
    issueRefreshToken: (grant) => put(refreshTokens, "1.AX", { grant, issuedAt: clock.nowMs() }),
    refreshToken: (value) => refreshTokens.get(value),
    startSession: (session) => put(sessions, "", session),
    session: (id) => sessions.get(id),
    endSession: (id) => void sessions.delete(id),
    record(entry) {
      journal.push({ at: clock.now().toISOString(), ...entry });
      if (journal.length > journalLength) journal.shift();
    },
    journal: () => [...journal],
  };
}

/** Whether the verifier belongs to the challenge sent at sign-in (RFC 7636). */
export function matchesChallenge(challenge: IssuedCode["challenge"], verifier: string | undefined): boolean {
  if (!challenge) return true;
  if (verifier === undefined) return false;
  const derived = challenge.method === "plain" ? verifier : createHash("sha256").update(verifier).digest("base64url");
  return derived === challenge.value;
}
