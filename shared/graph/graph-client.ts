import { z } from "zod";
import { AppError } from "../errors";
import { retryAfterSeconds, retryRead, systemTime, type RetryVerdict, type Time } from "../retry";

/** Reads of Microsoft Graph with a token for one directory (fact sheet §10). */
export interface GraphClient {
  /**
   * The directory's own organisation. `refused`: the token is not accepted (401) or lacks the permission (403).
   * Throws `upstreamError` when Graph gives no usable answer.
   */
  readOrganization: (
    accessToken: string,
  ) => Promise<{ kind: "found"; id: string; displayName: string } | { kind: "refused" }>;
}

const Organizations = z.looseObject({
  value: z.array(z.looseObject({ id: z.string(), displayName: z.string().nullish() })).min(1),
});

export function createGraphClient(options: { baseUrl: string; timeoutMs?: number; time?: Time }): GraphClient {
  const { timeoutMs = 30_000, time = systemTime } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  return {
    async readOrganization(accessToken) {
      const url = `${baseUrl}/v1.0/organization?$select=id,displayName`;
      const { status, body } = await retryRead(() => get(url, accessToken, timeoutMs), judge, { time });
      if (status === 401 || status === 403) return { kind: "refused" };
      const parsed = Organizations.safeParse(body);
      const organization = parsed.data?.value[0];
      if (status !== 200 || !organization) throw unusable(status);
      return { kind: "found", id: organization.id, displayName: organization.displayName ?? "" };
    },
  };
}

async function get(url: string, accessToken: string, timeoutMs: number): Promise<{ status: number; body: unknown }> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    if (response.status === 429 || response.status >= 500) {
      throw unusable(response.status, retryAfterSeconds(response.headers.get("retry-after"), new Date()));
    }
    const body: unknown = response.status === 200 ? JSON.parse(text) : undefined;
    return { status: response.status, body };
  } catch (error) {
    throw error instanceof AppError ? error : unusable(undefined, undefined, error);
  }
}

function judge(error: unknown): RetryVerdict {
  if (!(error instanceof AppError)) return { again: false };
  const seconds = error.retryAfterSeconds;
  return seconds === undefined ? { again: true } : { again: true, afterMs: seconds * 1000 };
}

function unusable(status: number | undefined, waitSeconds?: number, cause?: unknown): AppError {
  return new AppError("upstream", "upstreamError", "Microsoft Graph gave no usable answer.", {
    cause,
    extensions: { remote: "graph", remoteStatus: status },
    ...(waitSeconds === undefined ? {} : { retryAfterSeconds: waitSeconds }),
  });
}
