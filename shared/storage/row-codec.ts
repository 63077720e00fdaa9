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
  for (let i = 0; i * CHUNK_CHARS < body.length; i++) {
    entity[`body${i}`] = body.slice(i * CHUNK_CHARS, (i + 1) * CHUNK_CHARS);
  }
  return entity;
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
