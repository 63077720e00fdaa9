import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../errors";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { findReplay, remember, type IdempotencyKey } from "../decisions/idempotency";
import { ResellerId, TenantId } from "./ids";
import type { AuditFacts } from "../audit/audit-entry";

/** A sign-in at Microsoft that was started here and is not over (design §6). Single use, ten minutes. */
export const PendingAuthorization = z.object({
  purpose: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("reseller"), resellerId: ResellerId, reauthorize: z.boolean() }),
    z.object({ kind: z.literal("tenant"), tenantId: TenantId }),
  ]),
  startedBy: z.object({ kind: z.enum(["user", "app", "automation"]), id: z.string(), name: z.string() }),
  returnTo: z.string(),
  cookieHash: z.string(),
  expiresAt: z.iso.datetime(),
  usedAt: z.iso.datetime().optional(),
});
export type PendingAuthorization = z.infer<typeof PendingAuthorization>;
export type Purpose = PendingAuthorization["purpose"];

const LIFETIME_MS = 10 * 60_000;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function pendingRow(state: string): string {
  return `auth_${sha256(state)}`;
}

/** The PKCE verifier of a sign-in: derived, so that it is nowhere stored (RFC 7636; 43 characters). */
export function codeVerifier(key: string, state: string): string {
  return createHmac("sha256", key).update(`pkce:${state}`).digest("base64url");
}

/** `S256` challenge of a verifier. */
export function codeChallenge(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

export interface AuthorizationDeps extends DecideDeps {
  /** The installation's own key, from the vault: derives PKCE verifiers, states and cookies. */
  authorizationKey(): Promise<string>;
}

export interface StartedAuthorization {
  state: string;
  /** Goes into an HttpOnly cookie of the browser that started; the callback needs it back. */
  cookie: string;
  expiresAt: Date;
}

/**
 * Begins a sign-in: stores its row and the audit entry of the start. State and cookie are derived from the caller's
 * Idempotency-Key with a key only we have, so that a repeated request is answered with the same ones and neither has to
 * be stored. Throws `idempotencyKeyReused`.
 */
export async function startAuthorization(
  deps: AuthorizationDeps,
  ask: { purpose: Purpose; startedBy: PendingAuthorization["startedBy"]; returnTo: string },
  idempotency: IdempotencyKey,
  audit: AuditFacts,
): Promise<StartedAuthorization> {
  const key = await deps.authorizationKey();
  const derived = (what: string): string =>
    createHmac("sha256", key).update(`${what}:${idempotency.hash}`).digest("base64url");
  const [state, cookie] = [derived("state"), derived("cookie")];
  return decide(deps, MSP_PARTITION, async (decision) => {
    const isRepeat = (await findReplay(decision, idempotency)) !== undefined;
    const former = await decision.get(pendingRow(state), PendingAuthorization);
    if (isRepeat && former) return { state, cookie, expiresAt: new Date(former.value.expiresAt) };
    const expiresAt = new Date(decision.now.getTime() + LIFETIME_MS);
    const pending: PendingAuthorization = { ...ask, cookieHash: sha256(cookie), expiresAt: expiresAt.toISOString() };
    // A key used again after its thirty days starts anew.
    if (former) decision.replace(former, pending);
    else decision.create(pendingRow(state), pending);
    await remember(decision, idempotency, pendingRow(state));
    decision.record(audit);
    return { state, cookie, expiresAt };
  });
}

/**
 * Takes the sign-in a callback belongs to, once: it is marked used before anything is exchanged. Throws `stateExpired`
 * when there is none, it is too old, used, or the browser is not the one that started it.
 */
export async function takeAuthorization(
  deps: DecideDeps,
  ask: { state: string; cookie: string | undefined; kind: Purpose["kind"] },
): Promise<PendingAuthorization> {
  return decide(deps, MSP_PARTITION, async (decision) => {
    const found = await decision.get(pendingRow(ask.state), PendingAuthorization);
    const isUsable =
      found?.value.purpose.kind === ask.kind &&
      found.value.usedAt === undefined &&
      Date.parse(found.value.expiresAt) > decision.now.getTime() &&
      ask.cookie !== undefined &&
      timingSafeEqual(Buffer.from(sha256(ask.cookie)), Buffer.from(found.value.cookieHash));
    if (!isUsable)
      throw new AppError("invalid", "stateExpired", "This sign-in has expired or was used already. Start it again.");
    decision.replace(found, { ...found.value, usedAt: decision.now.toISOString() });
    decision.record({
      action: "authorization.callback",
      actor: found.value.startedBy,
      object: { type: found.value.purpose.kind, id: purposeId(found.value.purpose) },
      result: "success",
    });
    return found.value;
  });
}

function purposeId(purpose: Purpose): string {
  return purpose.kind === "reseller" ? purpose.resellerId : purpose.tenantId;
}
