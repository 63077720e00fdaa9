import type { CspCustomerId, SubscriptionId } from "../domain/access/ids";
import {
  maySend,
  type PaidWrite,
  type SubscriptionWriter,
  type WriteAnswer,
} from "../domain/changes/subscription-writer";
import type { ResellerIdentity } from "../domain/resellers/reseller-identity";
import { AppError } from "../errors";
import { answeredAt, callHeaders, gateKey, loggedIds, readBody, refusalOf } from "./connection";
import type { PartnerCenterConnection } from "./connection";
import { createGatedAgent } from "./gated-agent";
import { resolveLink } from "./links";
import { DEFAULT_PAUSE_SECONDS } from "./refusal";
import { NoAnswerError, type WireAnswer } from "./transport";

/**
 * The one door to paid writes (change ledger §4.7). One call puts at most one request on the wire: no retry, no
 * redirect, and none after `sendBy`. Everything that came back, 401 and redirects included, is an answer for the
 * caller to judge; an answer that is not JSON has the body undefined.
 */
export function createSubscriptionWriter(
  connection: PartnerCenterConnection,
  options: { timeoutMs?: number } = {},
): SubscriptionWriter {
  const { timeoutMs = 60_000 } = options;
  return {
    async patch(reseller, customer, subscription, write) {
      const accessToken = await tokenFor(connection, reseller);
      if (typeof accessToken !== "string") return accessToken;
      const leave = await enterGate(connection, reseller, write.sendBy);
      if (typeof leave !== "function") return leave;
      try {
        const target = patchTarget(connection, customer, subscription);
        return await sendOnce({ connection, reseller, accessToken, target, write, timeoutMs });
      } finally {
        leave();
      }
    },
  };
}

async function tokenFor(
  connection: PartnerCenterConnection,
  reseller: ResellerIdentity,
): Promise<string | WriteAnswer> {
  try {
    return await connection.accessTokens.get(reseller);
  } catch (error) {
    if (!(error instanceof AppError)) {
      connection.logger.error("no token for a paid write", { resellerId: reseller.resellerId, error });
      return { kind: "notSent", reason: "noToken", detail: error instanceof Error ? error.name : "unknown" };
    }
    const state = error.extensions["resellerState"];
    if (state === "SecretInvalid") return { kind: "notSent", reason: "secretInvalid" };
    if (state === "Revoked") return { kind: "notSent", reason: "resellerRevoked" };
    return { kind: "notSent", reason: "noToken", detail: error.code };
  }
}

/** Waits for its turn, but never beyond the moment after which nothing may be sent. */
async function enterGate(
  connection: PartnerCenterConnection,
  reseller: ResellerIdentity,
  sendBy: Date,
): Promise<(() => void) | WriteAnswer> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), Math.max(0, sendBy.getTime() - connection.clock().getTime()));
  try {
    return await connection.gateOf(gateKey(reseller)).enter({ kind: "write", latest: sendBy, signal: giveUp.signal });
  } catch (error) {
    const detail =
      error instanceof AppError ? `${error.code}, ${error.retryAfterSeconds ?? 0} s` : "no free place in time";
    return { kind: "notSent", reason: "tooLate", detail };
  } finally {
    clearTimeout(timer);
  }
}

function patchTarget({ baseUrl }: PartnerCenterConnection, customer: CspCustomerId, subscription: SubscriptionId): URL {
  return resolveLink(baseUrl, `/v1/customers/${customer}/subscriptions/${subscription}`);
}

interface Send {
  connection: PartnerCenterConnection;
  reseller: ResellerIdentity;
  accessToken: string;
  target: URL;
  write: PaidWrite;
  timeoutMs: number;
}

async function sendOnce({ connection, reseller, accessToken, target, write, timeoutMs }: Send): Promise<WriteAnswer> {
  const { requestId, correlationId, etag, sendBy } = write;
  const ids = { requestId, correlationId };
  const headers = callHeaders(connection, accessToken, ids);
  headers["Content-Type"] = "application/json";
  if (etag !== undefined) headers["If-Match"] = quoted(etag);
  const body = JSON.stringify(write.body);

  const gated = createGatedAgent(target.protocol === "https:", () => maySend(sendBy, connection.clock()));
  const log = connection.logger.child({ method: "PATCH", path: target.pathname, ...loggedIds(ids) });
  try {
    const answer = await connection.transport({
      method: "PATCH",
      url: target,
      headers,
      body,
      agent: gated.agent,
      timeoutMs,
    });
    log.info("partner center answered a paid write", { status: answer.status });
    if (answer.status === 429) {
      const { retryAfterSeconds } = refusalOf(answer, ids, connection.clock());
      connection.gateOf(gateKey(reseller)).pause(retryAfterSeconds ?? DEFAULT_PAUSE_SECONDS);
    }
    // The next attempt is not made with a token that was just refused.
    if (answer.status === 401) connection.accessTokens.forget(reseller, accessToken);
    return toWriteAnswer(answer, connection.clock());
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    if (gated.progress.state === "tooLate") return { kind: "notSent", reason: "tooLate" };
    log.warn("a paid write got no answer", { reason: error.message, connection: gated.progress.state });
    const reason = gated.progress.state === "connecting" ? `not connected: ${error.message}` : error.message;
    return { kind: "noAnswer", reason };
  } finally {
    gated.close();
  }
}

function toWriteAnswer(answer: WireAnswer, now: Date): WriteAnswer {
  const read = readBody(answer);
  const { retryAfterSeconds } = refusalOf(answer, { requestId: "", correlationId: "" }, now);
  const at = answeredAt(answer);
  return {
    kind: "answered",
    status: answer.status,
    body: read === "unreadable" ? undefined : read.body,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(at === undefined ? {} : { answeredAt: at }),
  };
}

/** Partner Center wants the etag in double quotes; the one inside the resource may lack them (fact sheet §1.2). */
function quoted(etag: string): string {
  return /^(W\/)?".*"$/.test(etag) ? etag : `"${etag}"`;
}
