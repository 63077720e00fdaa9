import type { TableEntity } from "@azure/data-tables";
import { checkBody, checkKey } from "./table-limits";

/** Version of the rows this code writes. Older rows are read tolerantly; newer ones are refused. */
const SCHEMA_VERSION = 1;
/** A string property holds 32 K UTF-16 characters (azure-platform.md §2.1). */
const CHUNK_CHARS = 30_000;

/** The entity that carries a value: its JSON text cut into properties `body0`, `body1`, … */
export function toEntity(partition: string, row: string, value: object): TableEntity {
  const body = checkBody(JSON.stringify(value));
  const entity: TableEntity = {
    partitionKey: checkKey(partition),
    rowKey: checkKey(row),
    schemaVersion: SCHEMA_VERSION,
  };
  chunksOf(body).forEach((chunk, i) => (entity[`body${i}`] = chunk));
  return entity;
}

/** Never cuts a character in two: half of a surrogate pair is no text, and a service may replace it. */
function chunksOf(body: string): string[] {
  const chunks: string[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + CHUNK_CHARS;
    const isHighSurrogate = (body.charCodeAt(end - 1) & 0xfc00) === 0xd800;
    chunks.push(body.slice(at, isHighSurrogate ? end - 1 : end));
    at += chunks.at(-1)?.length ?? CHUNK_CHARS;
  }
  return chunks;
}

/** The value an entity carries. Throws when a newer version of this software wrote it. */
export function fromEntity(entity: Readonly<Record<string, unknown>>): unknown {
  const version = entity["schemaVersion"];
  if (typeof version === "number" && version > SCHEMA_VERSION) {
    throw new Error(
      `This row was written by a newer version (row schema ${version}; this version knows ${SCHEMA_VERSION}).`,
    );
  }
  let body = "";
  for (let i = 0; ; i++) {
    const part = entity[`body${i}`];
    if (typeof part !== "string") break;
    body += part;
  }
  return JSON.parse(body);
}
