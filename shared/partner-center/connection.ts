import { randomUUID } from "node:crypto";
import type { Clock } from "../domain/access/clock";
import type { ResellerIdentity } from "../domain/resellers/reseller-identity";
import type { Logger } from "../logger";
import { retryAfterSeconds, type Time } from "../retry";
import type { AccessTokens, OnTrouble } from "./access-tokens";
import { parseRefusalBody, type Refusal } from "./refusal";
import type { Gate } from "./reseller-gates";
import type { Transport, WireAnswer } from "./transport";

/** What reads and paid writes share: one way to one Partner Center. */
export interface PartnerCenterConnection {
  baseUrl: string;
  applicationName: string;
  locale: string;
  accessTokens: Pick<AccessTokens, "get" | "forget">;
  onTrouble: OnTrouble;
  gateOf(resellerKey: string): Gate;
  transport: Transport;
  clock: Clock;
  time: Time;
  logger: Logger;
}

/** Ids Microsoft's support asks for. */
export interface CallIds {
  requestId: string;
  correlationId: string;
}

export function newCallIds(): CallIds {
  return { requestId: randomUUID(), correlationId: randomUUID() };
}

/** The ids under names of their own: `correlationId` in a log line is that of the request to us. */
export function loggedIds({ requestId, correlationId }: CallIds): Readonly<Record<string, string>> {
  return { remoteRequestId: requestId, remoteCorrelationId: correlationId };
}

/** Reads and writes of a reseller pass the same gate, whatever token they carry. */
export function gateKey(reseller: ResellerIdentity): string {
  return reseller.resellerId;
}

/** The headers of every call (fact sheet §1.2). */
export function callHeaders(
  connection: Pick<PartnerCenterConnection, "applicationName" | "locale">,
  accessToken: string,
  ids: CallIds,
): Record<string, string> {
  return {
    Authorization: `Bearer ${accessToken}`,
    Accept: "application/json",
    "MS-Contract-Version": "v1",
    "MS-RequestId": ids.requestId,
    "MS-CorrelationId": ids.correlationId,
    "X-Locale": connection.locale,
    "MS-PartnerCenter-Application": connection.applicationName,
  };
}

/** The JSON of an answer; `unreadable` for anything else, such as a gateway's HTML. */
export function readBody(answer: WireAnswer): { body: unknown } | "unreadable" {
  try {
    const body: unknown = JSON.parse(answer.text);
    return { body };
  } catch {
    return "unreadable";
  }
}

/** When Partner Center says it answered; undefined without a readable `Date` header. */
export function answeredAt(answer: WireAnswer): Date | undefined {
  const ms = Date.parse(answer.header("date") ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms);
}

export function refusalOf(answer: WireAnswer, ids: CallIds, now: Date): Refusal {
  const read = readBody(answer);
  return {
    status: answer.status,
    ...parseRefusalBody(read === "unreadable" ? undefined : read.body),
    // A date form of Retry-After is relative to the clock that wrote it.
    retryAfterSeconds: retryAfterSeconds(answer.header("retry-after"), answeredAt(answer) ?? now),
    requestId: ids.requestId,
    correlationId: ids.correlationId,
  };
}
