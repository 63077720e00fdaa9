import { z } from "zod";
import type { Route } from "../api/route";
import { AppError, type FieldError } from "../errors";

const MOST_ERRORS = 50;
const MOST_PARAMETERS = 32;

/** The path parameters. A malformed id answers 404 like an unknown one, so that the shape of ids tells nothing. */
export function parseParams(route: Route, raw: Readonly<Record<string, string>>): Record<string, unknown> {
  const result = (route.params ?? z.strictObject({})).safeParse(route.params === undefined ? {} : raw);
  if (!result.success) throw new AppError("not-found", "notFound", "There is nothing at this address.");
  return result.data;
}

/** The query, of at most 32 parameters, unknown names refused. A repeated name is fine only where the schema says array. */
export function parseQuery(route: Route, raw: URLSearchParams): Record<string, unknown> {
  if ([...raw.keys()].length > MOST_PARAMETERS) {
    const message = `At most ${MOST_PARAMETERS} parameters.`;
    throw new AppError("invalid", "validation", `/query: ${message}`, { errors: [{ pointer: "/query", message }] });
  }
  const schema = route.query ?? z.strictObject({});
  const values: Record<string, unknown> = {};
  for (const name of new Set(raw.keys())) {
    const all = raw.getAll(name);
    values[name] = all.length > 1 || takesArray(schema, name) ? all : all[0];
  }
  return parse(schema, values, "/query");
}

/** The JSON body, unknown fields refused. A route without a body accepts none and `{}`, which some clients always send. */
export function parseBody(route: Route, raw: unknown): unknown {
  if (route.body === undefined) {
    parse(z.strictObject({}).optional(), raw, "/body");
    return undefined;
  }
  return parse(route.body, raw, "/body");
}

function parse<T>(schema: z.ZodType<T>, value: unknown, pointer: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = fieldErrors(result.error, pointer);
  const where = errors.length === 1 ? `${errors[0]?.pointer ?? pointer}: ${errors[0]?.message ?? ""}` : undefined;
  throw new AppError("invalid", "validation", where ?? "Some fields are not valid; see errors.", { errors });
}

function takesArray(schema: z.ZodObject, name: string): boolean {
  let field: unknown = schema.shape[name];
  while (field instanceof z.ZodOptional || field instanceof z.ZodDefault) field = field.unwrap();
  return field instanceof z.ZodArray;
}

/** Each issue as a JSON pointer (RFC 6901) under `prefix`; unknown fields one by one. Values are never repeated. */
function fieldErrors(error: z.ZodError, prefix: string): FieldError[] {
  return error.issues.flatMap((issue) => issueErrors(issue, prefix)).slice(0, MOST_ERRORS);
}

function issueErrors(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const pointer = prefix + issue.path.map((part) => `/${escapePointer(String(part))}`).join("");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ pointer: `${pointer}/${escapePointer(key)}`, message: "Unknown field." }));
  }
  // Of several forms, the one with the least wrong is what was meant.
  const [nearest] = issue.code === "invalid_union" ? [...issue.errors].sort((a, b) => a.length - b.length) : [];
  if (nearest === undefined || nearest.length === 0) return [{ pointer, message: issue.message }];
  return nearest.flatMap((inner) => issueErrors(inner, pointer));
}

function escapePointer(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
