import type { TableEntity } from "@azure/data-tables";
import { checkBody, checkKey } from "./table-limits";

/** Turns the value of a row of one version into the next one's. `row` tells what it is: `change_…`, `tenant`. */
export type RowUpgrade = (value: unknown, key: { partition: string; row: string }) => unknown;

/** In order: the first one makes version 2 of version 1. Whoever adds one has `npm run migrate` run after the deployment. */
const UPGRADES: readonly RowUpgrade[] = [];

/** Writes rows of the newest version, reads those of every version up to it, and refuses newer ones. */
export interface RowCodec {
  /** Version of the rows it writes. */
  readonly version: number;
  readonly toEntity: (partition: string, row: string, value: object) => TableEntity;
  /** The value as the newest version has it. Throws when a newer version of this software wrote the row. */
  readonly fromEntity: (entity: Readonly<Record<string, unknown>>) => unknown;
}

/** The version a row was written in; rows from before versions count as the first. */
export function versionOf(entity: Readonly<Record<string, unknown>>): number {
  const version = entity["schemaVersion"];
  return typeof version === "number" ? version : 1;
}
/** A string property holds 32 K UTF-16 characters (azure-platform.md §2.1). */
const CHUNK_CHARS = 30_000;

/** A codec whose newest version comes after these upgrades. */
export function createRowCodec(upgrades: readonly RowUpgrade[]): RowCodec {
  const version = upgrades.length + 1;
  return {
    version,
    toEntity(partition, row, value) {
      const body = checkBody(JSON.stringify(value));
      const keys = { partitionKey: checkKey(partition), rowKey: checkKey(row) };
      const entity: TableEntity = { ...keys, schemaVersion: version };
      chunksOf(body).forEach((chunk, i) => (entity[`body${i}`] = chunk));
      return entity;
    },
    fromEntity(entity) {
      const written = versionOf(entity);
      if (written > version) {
        throw new Error(
          `This row was written by a newer version (row schema ${written}; this version knows ${version}).`,
        );
      }
      const key = { partition: String(entity["partitionKey"]), row: String(entity["rowKey"]) };
      const value = JSON.parse(bodyOf(entity)) as unknown;
      // The audit log is chained by the hash of what was written: it stays as it is, for good.
      if (isRecord(key.row)) return value;
      return upgrades.slice(written - 1).reduce((older, upgrade) => upgrade(older, key), value);
    },
  };
}

/** True for an audit entry, which no version changes. */
export function isRecord(row: string): boolean {
  return row.startsWith("audit_");
}

/** The codec of this version. */
export const rowCodec = createRowCodec(UPGRADES);
export const { toEntity, fromEntity } = rowCodec;

function bodyOf(entity: Readonly<Record<string, unknown>>): string {
  let body = "";
  for (let i = 0; ; i++) {
    const part = entity[`body${i}`];
    if (typeof part !== "string") return body;
    body += part;
  }
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
