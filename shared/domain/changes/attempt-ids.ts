import { createHash } from "node:crypto";
import type { Change } from "./change";

/** What an attempt is known by at Microsoft: `MS-RequestId` and `MS-CorrelationId`. */
export interface AttemptIds {
  requestId: string;
  correlationId: string;
}

/** Separates these hashes from all others ever made of the same text. */
const NAMESPACE = "csp-marketplace/attempt/1";
/** Fourteen bits hold it; a row is full long before. */
const MAX_NUMBER = 0x3fff;

/**
 * The ids of an attempt, made from the change alone and not by chance: whoever knows the change knows them, also when the
 * row that the attempt was stored in is lost (ADR 15). UUIDs of version 8 (RFC 9562), of which the first 60 bits say whose
 * they are, the next 14 count the attempt, and the last 48 tell the two ids apart.
 */
export function attemptIds(change: Pick<Change, "id" | "origin">, number: number): AttemptIds {
  if (number < 1 || number > MAX_NUMBER) throw new Error(`An attempt has a number up to ${MAX_NUMBER}, not ${number}.`);
  const origin = originOf(change);
  return {
    requestId: uuid(origin, number, "request"),
    correlationId: uuid(origin, number, "correlation"),
  };
}

/** The number of the attempt of this change that has this correlation id; undefined when it is none of it. */
export function attemptNumber(change: Pick<Change, "id" | "origin">, correlationId: string): number | undefined {
  const parsed = PARTS.exec(correlationId.toLowerCase());
  if (!parsed) return undefined;
  const number = Number.parseInt(`${parsed[3]}${parsed[4]}`, 16) & MAX_NUMBER;
  return number > 0 && attemptIds(change, number).correlationId === correlationId.toLowerCase() ? number : undefined;
}

/** What all ids of a change begin with: 15 hexadecimal digits. */
export function originTag(change: Pick<Change, "id" | "origin">): string {
  return sha256(NAMESPACE, originOf(change)).slice(0, 15);
}

/** The tag of the change that an id belongs to; undefined for one that is not made here. */
export function tagOf(correlationId: string): string | undefined {
  const parsed = PARTS.exec(correlationId.toLowerCase());
  return parsed ? `${parsed[1]}${parsed[2]}`.replace("-", "") : undefined;
}

/**
 * What the changes of a request begin with: the same request sent again, with the same key, makes changes with the same
 * ids, also when everything stored about the first is lost. A key that has had its time and is used anew is another
 * request: `formerUse` says when it was used before, else Microsoft could take a new purchase for the old one.
 */
export function originOfItem(
  request: { hash: string; bodyHash: string },
  index: number,
  formerUse: string | undefined,
): string {
  return sha256(request.hash, request.bodyHash, String(index), ...(formerUse === undefined ? [] : [formerUse]));
}

/** Changes from before origins were stored are known by their own id. */
function originOf({ id, origin }: Pick<Change, "id" | "origin">): string {
  return origin ?? id;
}

const PARTS = /^([0-9a-f]{8}-[0-9a-f]{4})-8([0-9a-f]{3})-([89ab])([0-9a-f]{3})-[0-9a-f]{12}$/;

function uuid(origin: string, number: number, purpose: "request" | "correlation"): string {
  const tag = sha256(NAMESPACE, origin);
  const count = (0x8000 | number).toString(16);
  const rest = sha256(NAMESPACE, origin, String(number), purpose).slice(0, 12);
  return `${tag.slice(0, 8)}-${tag.slice(8, 12)}-8${tag.slice(12, 15)}-${count}-${rest}`;
}

function sha256(...parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex");
}
