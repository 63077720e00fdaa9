import { z } from "zod";
import type { ResellerIdentity } from "../domain/resellers/reseller-identity";
import { AppError } from "../errors";
import { READ_RETRIES, retryRead, type RetryVerdict } from "../retry";
import { answeredAt, callHeaders, gateKey, loggedIds, newCallIds, readBody, refusalOf } from "./connection";
import type { PartnerCenterConnection } from "./connection";
import { resolveLink } from "./links";
import { DEFAULT_PAUSE_SECONDS, toAppError, type Refusal } from "./refusal";
import { NoAnswerError } from "./transport";
import { Collection } from "./wire";

/** Whose token a read carries: a reseller's, or a fresh one that is being tried out. */
type Reader = { reseller: ResellerIdentity } | { accessToken: string };

export type ReadAnswer = { kind: "ok"; body: unknown; at: Date } | { kind: "refused"; refusal: Refusal };

/** One page of a collection; `next` is where it goes on. */
interface CollectionPage {
  items: unknown[];
  next: PageLink | undefined;
  at: Date;
}

/** Seek paging wants the link and a header of its own (fact sheet §1.6). */
export const PageLink = z.object({ uri: z.string(), continuationToken: z.string().optional() });
export type PageLink = z.infer<typeof PageLink>;

/**
 * Reads of Partner Center: repeated where that may help (three times, jittered, `Retry-After` honoured for the whole
 * reseller), the token refreshed once on 401. Throws `upstreamThrottled` or `upstreamError` when no answer could be
 * had; a refusal that stays is returned.
 */
export interface PartnerCenterClient {
  get(reader: Reader, path: string, continuationToken?: string): Promise<ReadAnswer>;
  /** One page; a refusal is thrown as the `AppError` it means. */
  getPage(reader: Reader, link: PageLink): Promise<CollectionPage>;
  /** Every item of a collection, following `links.next` even where paging is not documented. All or an error. */
  getAll(reader: Reader, path: string): Promise<{ items: unknown[]; at: Date }>;
}

const MAX_PAGES = 500;
/** Whatever is not here will not get better by asking again. */
const TRANSIENT = new Set([408, 429, 500, 502, 503, 504]);

export function createClient(
  connection: PartnerCenterConnection,
  options: { timeoutMs: number; longestWaitMs: number },
): PartnerCenterClient {
  const policy = { ...READ_RETRIES, longestWaitMs: options.longestWaitMs };

  const get: PartnerCenterClient["get"] = async (reader, path, continuationToken) => {
    const url = resolveLink(connection.baseUrl, path);
    const read = { connection, reader, url, continuationToken, timeoutMs: options.timeoutMs };
    let refreshed = false;
    const attempt = async (): Promise<ReadAnswer> => {
      const { accessToken, answer } = await readOnce(read);
      const stale = answer.kind === "refused" && answer.refusal.status === 401 && answer.refusal.code !== "900421";
      if (!stale || refreshed || !("reseller" in reader)) return answer;
      refreshed = true;
      connection.accessTokens.forget(reader.reseller, accessToken);
      return (await readOnce(read)).answer;
    };
    try {
      const answer = await retryRead(attempt, judge, { time: connection.time, policy });
      if (isRefusedSignIn(answer) && "reseller" in reader) await reportRevoked(connection, reader.reseller);
      return answer;
    } catch (error) {
      if (error instanceof TransientRefusal) throw toAppError(error.refusal);
      if (error instanceof NoAnswerError) {
        throw new AppError("upstream", "upstreamError", "Partner Center did not answer.", { cause: error });
      }
      throw error;
    }
  };

  const getPage: PartnerCenterClient["getPage"] = async (reader, link) => {
    const { body, at } = okOrThrow(await get(reader, link.uri, link.continuationToken));
    const parsed = Collection.safeParse(body);
    if (!parsed.success) throw unreadable("collection");
    const { items, links } = parsed.data;
    return { items, at, next: links?.next ? pageLinkOf(links.next) : undefined };
  };

  return { get, getPage, getAll: (reader, path) => readAll((link) => getPage(reader, link), path) };
}

/** A fresh token was refused, or one without MFA: no other token of this sign-in will be accepted (fact sheet §2.5). */
function isRefusedSignIn(answer: ReadAnswer): boolean {
  return answer.kind === "refused" && answer.refusal.status === 401;
}

async function reportRevoked(connection: PartnerCenterConnection, reseller: ResellerIdentity): Promise<void> {
  try {
    await connection.onTrouble(reseller, "Revoked");
  } catch (error) {
    connection.logger.warn("trouble of a reseller could not be noted", { resellerId: reseller.resellerId, error });
  }
}

async function readAll(
  getPage: (link: PageLink) => Promise<CollectionPage>,
  path: string,
): Promise<{ items: unknown[]; at: Date }> {
  const first = await getPage({ uri: path });
  const items = [...first.items];
  const seen = new Set<string>();
  for (let { next } = first; next !== undefined;) {
    const mark = JSON.stringify(next);
    if (seen.has(mark) || seen.size >= MAX_PAGES) {
      const message = "A list of Partner Center does not end; it was not read completely.";
      throw new AppError("upstream", "upstreamError", message);
    }
    seen.add(mark);
    const page = await getPage(next);
    items.push(...page.items);
    next = page.next;
  }
  return { items, at: first.at };
}

/** The body of a success; a refusal is thrown as the `AppError` it means. */
export function okOrThrow(answer: ReadAnswer): { body: unknown; at: Date } {
  if (answer.kind === "refused") throw toAppError(answer.refusal);
  return answer;
}

export function unreadable(what: string, cause?: unknown): AppError {
  return new AppError("upstream", "upstreamError", `Partner Center sent a ${what} that cannot be read.`, { cause });
}

function pageLinkOf(next: NonNullable<NonNullable<Collection["links"]>["next"]>): PageLink {
  const header = next.headers?.find(({ key }) => key.toLowerCase() === "ms-continuationtoken");
  return { uri: next.uri, ...(header === undefined ? {} : { continuationToken: header.value }) };
}

interface Read {
  connection: PartnerCenterConnection;
  reader: Reader;
  url: URL;
  continuationToken: string | undefined;
  timeoutMs: number;
}

/** A refusal that may pass. */
class TransientRefusal extends Error {
  constructor(readonly refusal: Refusal) {
    super(`HTTP ${refusal.status}`);
  }
}

function judge(error: unknown): RetryVerdict {
  if (error instanceof NoAnswerError) return { again: true };
  if (!(error instanceof TransientRefusal)) return { again: false };
  const { retryAfterSeconds: seconds } = error.refusal;
  return seconds === undefined ? { again: true } : { again: true, afterMs: seconds * 1000 };
}

async function readOnce(read: Read): Promise<{ accessToken: string; answer: ReadAnswer }> {
  const { connection, reader, url, continuationToken, timeoutMs } = read;
  const isReseller = "reseller" in reader;
  const accessToken = isReseller ? await connection.accessTokens.get(reader.reseller) : reader.accessToken;
  const gate = isReseller ? connection.gateOf(gateKey(reader.reseller)) : undefined;
  const ids = newCallIds();
  const headers = callHeaders(connection, accessToken, ids);
  if (continuationToken !== undefined) headers["MS-ContinuationToken"] = continuationToken;

  const leave = await gate?.enter({ kind: "read" });
  const startedAt = connection.time.now();
  const log = connection.logger.child({ method: "GET", path: url.pathname, ...loggedIds(ids) });
  try {
    const answer = await connection.transport({ method: "GET", url, headers, timeoutMs });
    const tookMs = connection.time.now() - startedAt;
    const now = connection.clock();
    if (answer.status >= 200 && answer.status < 300) {
      log.debug("partner center answered", { status: answer.status, tookMs });
      const parsed = readBody(answer);
      if (parsed === "unreadable") throw new NoAnswerError(`unreadable answer (HTTP ${answer.status})`);
      return { accessToken, answer: { kind: "ok", body: parsed.body, at: answeredAt(answer) ?? now } };
    }
    const refusal = refusalOf(answer, ids, now);
    log.warn("partner center refused a read", { status: refusal.status, remoteCode: refusal.code, tookMs });
    if (refusal.status === 429) gate?.pause(refusal.retryAfterSeconds ?? DEFAULT_PAUSE_SECONDS);
    if (TRANSIENT.has(refusal.status)) throw new TransientRefusal(refusal);
    return { accessToken, answer: { kind: "refused", refusal } };
  } catch (error) {
    if (error instanceof NoAnswerError) log.warn("partner center did not answer", { reason: error.message });
    throw error;
  } finally {
    leave?.();
  }
}
