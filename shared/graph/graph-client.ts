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
  /** The verified domains of the directory. Refused and thrown as above. */
  readDomains: (accessToken: string) => Promise<{ kind: "found"; domains: Domain[] } | { kind: "refused" }>;
}

interface Domain {
  domain: string;
  isDefault: boolean;
  isInitial: boolean;
}

const Organizations = z.looseObject({
  value: z.array(z.looseObject({ id: z.string(), displayName: z.string().nullish() })).min(1),
});

const VerifiedDomains = z.looseObject({
  value: z
    .array(
      z.looseObject({
        verifiedDomains: z.array(z.looseObject({ name: z.string(), isDefault: z.boolean(), isInitial: z.boolean() })),
      }),
    )
    .min(1),
});

export function createGraphClient(options: {
  baseUrl: string;
  timeoutMs?: number;
  time?: Time;
  fetch?: typeof fetch;
}): GraphClient {
  const { timeoutMs = 30_000, time = systemTime, fetch: send = fetch } = options;
  const baseUrl = options.baseUrl.replace(/\/+$/, "");
  const organization = (accessToken: string, fields: string): Promise<GraphAnswer> =>
    retryRead(() => get(send, `${baseUrl}/v1.0/organization?$select=${fields}`, accessToken, timeoutMs), judge, {
      time,
    });
  return {
    async readOrganization(accessToken) {
      const { status, body } = await organization(accessToken, "id,displayName");
      if (status === 401 || status === 403) return { kind: "refused" };
      const found = Organizations.safeParse(body).data?.value[0];
      if (status !== 200 || !found) throw unusable(status);
      return { kind: "found", id: found.id, displayName: found.displayName ?? "" };
    },
    async readDomains(accessToken) {
      const { status, body } = await organization(accessToken, "verifiedDomains");
      if (status === 401 || status === 403) return { kind: "refused" };
      const found = VerifiedDomains.safeParse(body).data?.value[0];
      if (status !== 200 || !found) throw unusable(status);
      const domains = found.verifiedDomains.map(({ name, isDefault, isInitial }) => ({
        domain: name,
        isDefault,
        isInitial,
      }));
      return { kind: "found", domains };
    },
  };
}

interface GraphAnswer {
  status: number;
  body: unknown;
}

async function get(send: typeof fetch, url: string, accessToken: string, timeoutMs: number): Promise<GraphAnswer> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
  try {
    const response = await send(url, { headers, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
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
