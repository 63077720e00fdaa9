import { z } from "zod";

/** Entra's "no" (RFC 6749 §5.2 with Entra's numbers). Decide on `error`, then on `code`; never on the text. */
export class TokenRefused extends Error {
  constructor(
    /** Such as `invalid_grant`. */
    readonly error: string,
    /** The AADSTS number, the first of `error_codes`. */
    readonly code: number | undefined,
    readonly status: number,
    readonly traceId: string | undefined,
  ) {
    // The description may quote user names: it stays out of our logs.
    super(`Entra refused a token: ${error}${code === undefined ? "" : `, AADSTS${code}`}`);
    this.name = "TokenRefused";
  }
}

const Body = z.looseObject({
  error: z.string(),
  error_codes: z.array(z.coerce.number().int()).optional().catch(undefined),
  trace_id: z.string().optional().catch(undefined),
});

/** The refusal in a token answer; undefined when the body is none. */
export function parseTokenRefusal(status: number, body: unknown): TokenRefused | undefined {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return undefined;
  const { error, error_codes: codes, trace_id: traceId } = parsed.data;
  return new TokenRefused(error, codes?.[0], status, traceId);
}
