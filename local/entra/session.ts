import type { FastifyReply, FastifyRequest } from "fastify";
import { same, type AccountPlace } from "./directories";
import type { Session } from "./grants";
import type { EntraState } from "./state";

const cookieName = "ESTSAUTH";

/** The account signed in with this browser, unless its sessions were revoked or it was disabled. */
export function signedInAccount(state: EntraState, request: FastifyRequest): AccountPlace | undefined {
  const session = state.grants.session(sessionId(request) ?? "");
  const place = session && state.directories.account(session.oid);
  if (!place || place.account.epoch !== session.epoch || place.account.disabled) return undefined;
  return place;
}

/** Whether a signed-in account is the one the app hints at. */
export function fitsHint({ account }: AccountPlace, hint: string | undefined): boolean {
  return hint === undefined || same(hint, account.upn);
}

export function startSession(state: EntraState, reply: FastifyReply, session: Session): void {
  const secure = state.url().startsWith("https:") ? "; Secure" : "";
  const id = state.grants.startSession(session);
  void reply.header("Set-Cookie", `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Lax${secure}`);
}

export function endSession(state: EntraState, request: FastifyRequest, reply: FastifyReply): void {
  state.grants.endSession(sessionId(request) ?? "");
  void reply.header("Set-Cookie", `${cookieName}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`);
}

function sessionId(request: FastifyRequest): string | undefined {
  const cookies = (request.headers.cookie ?? "").split(/;\s*/);
  return cookies.find((cookie) => cookie.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
}
