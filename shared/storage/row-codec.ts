import type { TableEntity } from "@azure/data-tables";
import { DATA_VERSIONS, type DataVersion, type RowKey } from "../domain/decisions/data-versions";
import { NewerVersionError } from "../domain/decisions/newer-version";
import { checkBody, checkKey } from "./table-limits";

type Entity = Readonly<Record<string, unknown>>;

/** Writes rows of the newest version, reads those of every version up to it, and newer ones that say it may. */
export interface RowCodec {
  /** Version of the rows it writes. */
  readonly version: number;
  readonly toEntity: (partition: string, row: string, value: object) => TableEntity;
  /** The value as the newest version has it. Throws `NewerVersionError` for a row that only a newer one may read. */
  readonly fromEntity: (entity: Entity) => unknown;
  /** False for a row that only a newer version may read. */
  readonly canRead: (entity: Entity) => boolean;
}

/** The version a row was written in; rows from before versions count as the first. */
export function versionOf(entity: Entity): number {
  const version = entity["schemaVersion"];
  return typeof version === "number" ? version : 1;
}

/** The oldest version that may read and rewrite a row; its writer's own where the row does not say. */
function readableFromOf(entity: Entity): number {
  const oldest = entity["readableFrom"];
  return typeof oldest === "number" ? oldest : versionOf(entity);
}

/** A string property holds 32 K UTF-16 characters (azure-platform.md §2.1). */
const CHUNK_CHARS = 30_000;

/** A codec whose newest version comes after these, the first excepted. */
export function createRowCodec(versions: readonly DataVersion[]): RowCodec {
  const version = versions.length + 1;
  const canRead = (entity: Entity): boolean => isRecord(keyOf(entity).row) || readableFromOf(entity) <= version;
  return {
    version,
    canRead,
    toEntity(partition, row, value) {
      const body = checkBody(JSON.stringify(value));
      const keys = { partitionKey: checkKey(partition), rowKey: checkKey(row) };
      const readableFrom = isRecord(row) ? 1 : oldestReader(versions, value, { partition, row });
      const entity: TableEntity = { ...keys, schemaVersion: version, readableFrom };
      chunksOf(body).forEach((chunk, i) => (entity[`body${i}`] = chunk));
      return entity;
    },
    fromEntity(entity) {
      const key = keyOf(entity);
      if (!canRead(entity)) throw new NewerVersionError(key, { needed: readableFromOf(entity), known: version });
      const value = JSON.parse(bodyOf(entity)) as unknown;
      // The audit log is chained by the hash of what was written: it stays as it is, for good.
      if (isRecord(key.row)) return value;
      const since = versions.slice(versionOf(entity) - 1);
      return since.reduce((older, { upgrade }) => (upgrade ? upgrade(older, key) : older), value);
    },
  };
}

/** No version forgets what one before it asked for. */
function oldestReader(versions: readonly DataVersion[], value: object, key: RowKey): number {
  return Math.max(1, ...versions.map(({ rowReadableFrom }) => rowReadableFrom?.(value, key) ?? 1));
}

function keyOf(entity: Entity): RowKey {
  return { partition: String(entity["partitionKey"]), row: String(entity["rowKey"]) };
}

/** True for an audit entry, which no version changes and every version may read. */
export function isRecord(row: string): boolean {
  return row.startsWith("audit_");
}

/** The codec of this version. */
export const rowCodec = createRowCodec(DATA_VERSIONS);
export const { toEntity, fromEntity, canRead } = rowCodec;

function bodyOf(entity: Entity): string {
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
