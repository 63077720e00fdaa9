import { z } from "zod";

const known = new WeakMap<z.ZodType, z.ZodType>();

/**
 * The same schema, but fields it does not name stay on what it reads, at every depth: a row that a newer release wrote
 * keeps what only that release knows when this one writes it again. What the schema names is checked as ever.
 */
export function tolerant<S extends z.ZodType>(schema: S): S {
  const made = known.get(schema) ?? loosened(schema);
  known.set(schema, made);
  // The same schema but for unnamed fields, which its type does not show.
  return made as S;
}

function loosened(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodObject) {
    const shape = Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, inner(field)]));
    return schema.clone({ ...schema.def, shape, catchall: z.unknown() });
  }
  if (schema instanceof z.ZodArray) return schema.clone({ ...schema.def, element: inner(schema.def.element) });
  if (schema instanceof z.ZodRecord) return schema.clone({ ...schema.def, valueType: inner(schema.def.valueType) });
  if (schema instanceof z.ZodUnion) return schema.clone({ ...schema.def, options: schema.def.options.map(inner) });
  if (schema instanceof z.ZodOptional) return schema.clone({ ...schema.def, innerType: inner(schema.def.innerType) });
  if (schema instanceof z.ZodDefault) return schema.clone({ ...schema.def, innerType: inner(schema.def.innerType) });
  if (schema instanceof z.ZodNullable) return schema.clone({ ...schema.def, innerType: inner(schema.def.innerType) });
  return schema;
}

/** Zod types parts of a schema as its core; the classic ones are all that is used here. */
function inner(part: unknown): z.ZodType {
  if (part instanceof z.ZodType) return tolerant(part);
  throw new TypeError("A schema of a row is made of other parts than z.… gives.");
}
