import { z } from "zod";
import { AppError } from "../errors";
import { retryAfterSeconds, retryRead, type Time } from "../retry";

/** An answer of Entra: whatever the status, the body as JSON. */
interface EntraAnswer {
  status: number;
  body: unknown;
}

export interface EntraHttp {
  get(url: string): Promise<EntraAnswer>;
  /** `repeatable`: asking again with the same form is harmless. A code is not: redeemed once, it is used up. */
  postForm(url: string, form: Readonly<Record<string, string>>, repeatable: boolean): Promise<EntraAnswer>;
}

/** `temporarily_unavailable` comes with a 400 at times. */
const Transient = z.looseObject({ error: z.enum(["temporarily_unavailable", "server_error"]) });

/**
 * Calls to Entra, on Node's own `fetch`: the traffic is small, nothing here costs money when repeated, and it is what
 * `jose` uses for the keys. Redirects are not followed. What stays without a usable answer is `upstreamError`.
 */
export function createEntraHttp(options: { timeoutMs: number; time: Time; fetch?: typeof fetch }): EntraHttp {
  const ask = options.fetch ?? fetch;
  const send = async (url: string, init: RequestInit): Promise<EntraAnswer> => {
    try {
      const signal = AbortSignal.timeout(options.timeoutMs);
      const response = await ask(url, {
        ...init,
        redirect: "manual",
        signal,
        headers: { accept: "application/json" },
      });
      const body = parseJson(await response.text());
      const refusesForNow = response.status === 429 || response.status >= 500 || Transient.safeParse(body).success;
      if (refusesForNow || body === undefined) throw unreachable(response);
      return { status: response.status, body };
    } catch (error) {
      throw error instanceof AppError ? error : unreachable(undefined, error);
    }
  };
  const judge = (error: unknown): { again: true; afterMs?: number } | { again: false } => {
    if (!(error instanceof AppError)) return { again: false };
    const seconds = error.retryAfterSeconds;
    return seconds === undefined ? { again: true } : { again: true, afterMs: seconds * 1000 };
  };
  return {
    get: (url) => retryRead(() => send(url, {}), judge, { time: options.time }),
    postForm(url, form, repeatable) {
      const once = (): Promise<EntraAnswer> => send(url, { method: "POST", body: new URLSearchParams(form) });
      return repeatable ? retryRead(once, judge, { time: options.time }) : once();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(response: Response | undefined, cause?: unknown): AppError {
  const seconds = response && retryAfterSeconds(response.headers.get("retry-after"), new Date());
  return new AppError("upstream", "upstreamError", "Microsoft Entra cannot be reached at the moment.", {
    cause,
    extensions: { remote: "entra", remoteStatus: response?.status },
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  });
}
