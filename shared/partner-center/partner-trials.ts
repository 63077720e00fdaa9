import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { PartnerTrials, TrialAnswer } from "../domain/resellers/partner-trials";
import { AppError } from "../errors";
import { retryAfterSeconds } from "../retry";
import { callHeaders } from "./connection";
import { parseRefusalBody } from "./refusal";

/** Prices of Microsoft 365 seats (fact sheet §7). */
const PRICE_SHEET_VIEW = "updatedlicensebased";

const Profile = z.looseObject({
  defaultAddress: z.looseObject({ country: z.string().optional() }).optional(),
});

/**
 * Trials by Node's `fetch`, past the gate and the repeats of ordinary reads: a person waits for them, and a refusal is
 * what they are after. A price sheet has tens of megabytes, so its body is dropped unread.
 */
export function createPartnerTrials(options: {
  baseUrl: string;
  /** Host of the price sheets. */
  priceSheetsUrl: string;
  applicationName: string;
  locale?: string;
  timeoutMs?: number;
}): PartnerTrials {
  const { locale = "en-US", timeoutMs = 30_000, applicationName } = options;

  const ask = async (url: string, accessToken: string, more: Record<string, string> = {}): Promise<Response> => {
    const ids = { requestId: randomUUID(), correlationId: randomUUID() };
    const headers = { ...callHeaders({ applicationName, locale }, accessToken, ids), ...more };
    let response: Response;
    try {
      response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    } catch (error) {
      throw noAnswer(undefined, error);
    }
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      throw noAnswer(response);
    }
    return response;
  };

  return {
    async profile(accessToken) {
      const url = `${options.baseUrl}/v1/profiles/organization`;
      const response = await ask(url, accessToken, { ValidateMfa: "true" });
      const body = await jsonOf(response);
      const country = Profile.safeParse(body).data?.defaultAddress?.country;
      const compliant = response.headers.get("ismfacompliant")?.toLowerCase();
      return {
        ...answerOf(response, body),
        ...(country ? { country } : {}),
        ...(compliant ? { mfaCompliant: compliant === "true" } : {}),
      };
    },
    async customers(accessToken) {
      const response = await ask(`${options.baseUrl}/v1/customers?size=1`, accessToken);
      return answerOf(response, await jsonOf(response));
    },
    async priceSheet(accessToken, country) {
      const name = `pricesheets(Market='${encodeURIComponent(country)}',PricesheetView='${PRICE_SHEET_VIEW}')`;
      const response = await ask(`${options.priceSheetsUrl}/v1.0/sales/${name}/$value`, accessToken);
      if (!response.ok) return answerOf(response, await jsonOf(response));
      await response.body?.cancel();
      return { status: response.status };
    },
  };
}

function answerOf(response: Response, body: unknown): TrialAnswer {
  const code = response.ok ? undefined : parseRefusalBody(body).code;
  return { status: response.status, ...(code === undefined ? {} : { code }) };
}

/** The body, where it is JSON; a byte-order mark before it is normal (fact sheet §1.4). */
async function jsonOf(response: Response): Promise<unknown> {
  try {
    return JSON.parse((await response.text()).replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

function noAnswer(response: Response | undefined, cause?: unknown): AppError {
  const seconds = response && retryAfterSeconds(response.headers.get("retry-after"), new Date());
  return new AppError("upstream", "upstreamError", "Partner Center gave no usable answer.", {
    cause,
    extensions: { remote: "partnerCenter", remoteStatus: response?.status },
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  });
}
