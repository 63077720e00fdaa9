import { z } from "zod";

/** A JSON Schema (draft 2020-12) as it stands in an OpenAPI 3.1 document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface SchemaBook {
  /** The schema for use in place; named parts (`.meta({ id })`) become references into `components`. */
  schemaOf(schema: z.ZodType): JsonSchema;
  /** A request body, of which every object must refuse unknown fields: throws a `TypeError` where one does not. */
  bodySchemaOf(schema: z.ZodType): JsonSchema;
  /** All named schemas met so far, by name. */
  components(): Record<string, JsonSchema>;
}

/**
 * Collects schemas of one document. They describe the wire, so it is always the input side that is written down: what
 * a request holds before parsing, and what an answer holds before a client parses it.
 */
export function createSchemaBook(): SchemaBook {
  const named = new Map<string, JsonSchema>();

  function schemaOf(schema: z.ZodType): JsonSchema {
    const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io: "input", override: tidy });
    for (const [id, definition] of Object.entries($defs ?? {})) {
      const { $id: _id, id: _meta, ...rest } = pointToComponents(definition) as JsonSchema;
      const known = named.get(id);
      if (id.startsWith("__")) throw new TypeError("A recursive schema needs a name: .meta({ id }).");
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(rest)) {
        throw new TypeError(`Two different schemas are named ${id}.`);
      }
      named.set(id, rest);
    }
    return pointToComponents(json) as JsonSchema;
  }

  return {
    schemaOf,
    bodySchemaOf(schema) {
      const loose = findLoose(z.toJSONSchema(schema, { io: "input" }), "");
      if (loose !== undefined) throw new TypeError(`The request body takes unknown fields at ${loose || "/"}.`);
      return schemaOf(schema);
    },
    components: () => Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Leaves out what a reader cannot use: patterns that only repeat a format, and the largest safe integer as a limit. */
function tidy({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  if (jsonSchema["format"] !== undefined) delete jsonSchema["pattern"];
  if (jsonSchema["maximum"] === Number.MAX_SAFE_INTEGER) delete jsonSchema["maximum"];
  if (jsonSchema["minimum"] === Number.MIN_SAFE_INTEGER) delete jsonSchema["minimum"];
}

function pointToComponents(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(pointToComponents);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      name === "$ref" && typeof value === "string"
        ? value.replace(/^#\/\$defs\//, "#/components/schemas/")
        : pointToComponents(value),
    ]),
  );
}

function findLoose(json: unknown, at: string): string | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  if ("properties" in json && (!("additionalProperties" in json) || json.additionalProperties !== false)) return at;
  for (const [name, value] of Object.entries(json)) {
    const found = findLoose(value, `${at}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
