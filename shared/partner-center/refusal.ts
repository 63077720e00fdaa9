import { z } from "zod";
import { AppError } from "../errors";

/** An answer of Partner Center that is not a success, whatever its shape was. */
export interface Refusal {
  status: number;
  /** Partner Center's number as text; undefined for gateway answers. It means something only beside `status`. */
  code: string | undefined;
  /** Text for people, cut to length; never to be matched on. */
  description: string;
  retryAfterSeconds: number | undefined;
  requestId: string;
  correlationId: string;
}

const anyCode = z.union([z.string(), z.number()]).transform(String);
const RemoteError = z.looseObject({
  code: anyCode.optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  /** The gateway's 429 has another shape: `{statusCode, message}` (fact sheet §1.5). */
  message: z.string().optional().catch(undefined),
});

/** Reads the body of a refusal: number or text codes, the gateway's shape, HTML and nothing at all are all normal. */
export function parseRefusalBody(body: unknown): { code: string | undefined; description: string } {
  const parsed = RemoteError.safeParse(body);
  if (!parsed.success) return { code: undefined, description: "" };
  const { code, description, message } = parsed.data;
  return { code, description: (description ?? message ?? "").slice(0, 500) };
}

/** The one meaning a refused read has for the domain (ports `SubscriptionSource`, `RemoteHistory`). */
export function toAppError(refusal: Refusal): AppError {
  const { status, code, retryAfterSeconds } = refusal;
  if (status === 429) return throttled(retryAfterSeconds);
  if (status === 401 && code === "900421") {
    return new AppError("conflict", "mfaRequired", "Partner Center wants a sign-in with multi-factor authentication.", {
      extensions: { ...facts(refusal), resellerState: "Revoked" },
    });
  }
  if (status === 401) {
    return new AppError(
      "conflict",
      "resellerNotAuthorized",
      "Partner Center no longer accepts this reseller's sign-in.",
      {
        extensions: { ...facts(refusal), resellerState: "Revoked" },
      },
    );
  }
  if (status === 403 && code === "20002") {
    return new AppError("conflict", "relationshipRemoved", "The customer is no longer a customer of this reseller.", {
      extensions: facts(refusal),
    });
  }
  const named = code === undefined ? `HTTP ${status}` : `HTTP ${status}, code ${code}`;
  return new AppError("upstream", "upstreamError", `Partner Center refused (${named}).`, {
    extensions: facts(refusal),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** Partner Center wants us to wait: everybody who calls for this reseller, not only this call. */
export function throttled(retryAfterSeconds: number | undefined): AppError {
  return new AppError("upstream", "upstreamThrottled", "Partner Center asks to wait before the next call.", {
    retryAfterSeconds: retryAfterSeconds ?? DEFAULT_PAUSE_SECONDS,
  });
}

/** When a 429 names no time. */
export const DEFAULT_PAUSE_SECONDS = 10;

function facts(refusal: Refusal): Record<string, unknown> {
  const { status, code, description, requestId, correlationId } = refusal;
  return { remoteStatus: status, remoteCode: code, remoteDescription: description, requestId, correlationId };
}
