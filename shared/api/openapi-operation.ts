import type { z } from "zod";
import { errorsOf } from "./common-errors";
import type { JsonSchema, SchemaBook } from "./openapi-schemas";
import { ProblemDocument } from "./problem-document";
import type { Concurrency, ResponseDeclaration, Route } from "./route";

type Json = Record<string, unknown>;

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  required: true,
  description:
    "New for each request, kept for its repeats: a repeat is answered like the first one and does nothing twice. " +
    "Remembered for 30 days.",
  schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" },
};

const PREFER = {
  name: "Prefer",
  in: "header",
  required: false,
  description: "`wait=n`: hold the answer for up to n seconds (at most 20) until the change has come to its end.",
  schema: { type: "string", examples: ["wait=20"] },
};

/** The Operation Object of one route. `security` is what routes with a caller demand. */
export function operationOf(route: Route, book: SchemaBook, security: readonly Json[]): Json {
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.operations.length === 0 ? {} : { "x-operations": [...route.operations] }),
    "x-permission": route.permission,
    security: route.permission === "anonymous" ? [] : security,
    parameters: parametersOf(route, book),
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route.body, book) }),
    responses: responsesOf(route, book),
  };
}

function parametersOf(route: Route, book: SchemaBook): Json[] {
  const parameters: Json[] = [];
  if (route.params !== undefined) parameters.push(...fieldsOf(route.params, "path", book));
  if (route.query !== undefined) parameters.push(...fieldsOf(route.query, "query", book));
  if (route.method !== "GET") parameters.push(IDEMPOTENCY_KEY);
  if (route.concurrency !== undefined) parameters.push(...preconditionsOf(route.concurrency));
  if (route.responses[202] !== undefined) parameters.push(PREFER);
  return parameters;
}

function fieldsOf(schema: z.ZodObject, place: "path" | "query", book: SchemaBook): Json[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    // Whether a field may be absent is a question to the schema itself: defaults and optionals differ in form only.
    const required = place === "path" || !(field as z.ZodType).safeParse(undefined).success;
    const { description, ...rest } = book.schemaOf(field as z.ZodType);
    return { name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest };
  });
}

function preconditionsOf(concurrency: Concurrency): Json[] {
  const either = concurrency === "ifMatchOrNoneMatch";
  const ifMatch = {
    name: "If-Match",
    in: "header",
    required: !either,
    description: `The ETag of the version you read${either ? ", to replace it" : ""}; \`*\` is not accepted.`,
    schema: { type: "string" },
  };
  const ifNoneMatch = {
    name: "If-None-Match",
    in: "header",
    required: !either,
    description: "`*`: create it; it must not exist yet.",
    schema: { type: "string", enum: ["*"] },
  };
  if (either) return [ifMatch, ifNoneMatch];
  return concurrency === "ifMatch" ? [ifMatch] : [ifNoneMatch];
}

function requestBodyOf(body: z.ZodType, book: SchemaBook): Json {
  return {
    required: !body.safeParse(undefined).success,
    content: { "application/json": { schema: book.bodySchemaOf(body) } },
  };
}

function responsesOf(route: Route, book: SchemaBook): Json {
  const responses = new Map<number, Json>();
  for (const [status, declared] of Object.entries(route.responses)) {
    responses.set(Number(status), responseOf(Number(status), declared, book));
  }
  for (const [status, problem] of problemsOf(route, book)) {
    const own = responses.get(status);
    responses.set(status, own === undefined ? problem : bothOf(own, problem));
  }
  return Object.fromEntries([...responses].sort(([a], [b]) => a - b).map(([status, it]) => [String(status), it]));
}

/** A status that is a declared answer and a refusal too has one entry with both media types. */
function bothOf(own: Json, problem: Json): Json {
  return {
    ...own,
    description: `${String(own["description"])}\n\n${String(problem["description"])}`,
    content: { ...(own["content"] as Json | undefined), ...(problem["content"] as Json) },
  };
}

function responseOf(status: number, declared: ResponseDeclaration, book: SchemaBook): Json {
  const mediaType = declared.contentType ?? "application/json";
  const hasBody = declared.schema !== undefined || declared.contentType !== undefined;
  const schema: JsonSchema = declared.schema === undefined ? { type: "string" } : book.schemaOf(declared.schema);
  return {
    description: declared.description,
    headers: headersOf(status, declared),
    ...(hasBody ? { content: { [mediaType]: { schema }, ...otherContentOf(declared) } } : {}),
  };
}

function otherContentOf({ otherContentType }: ResponseDeclaration): Json {
  return otherContentType === undefined ? {} : { [otherContentType]: { schema: { type: "string" } } };
}

function headersOf(status: number, declared: ResponseDeclaration): Json {
  const headers: Record<string, string> = { "x-correlation-id": "The request's name in every log." };
  if (status === 202) {
    headers["Operation-Location"] = "Where to watch the change; absolute.";
    headers["Retry-After"] = "Seconds until it is worth looking.";
  }
  if (status === 302 || status === 303) headers["Location"] = "Where the browser goes next.";
  return described({ ...headers, ...declared.headers });
}

/** What says when to come back does so with these statuses only. */
function problemHeadersOf(status: number): Record<string, string> {
  const correlation = { "x-correlation-id": "The request's name in every log." };
  if (status !== 429 && status !== 503) return correlation;
  return { ...correlation, "Retry-After": "Seconds after which another try makes sense, where that is known." };
}

function described(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: "string" } }]),
  );
}

/** An upstream that says when to come back will heal: its 502 is then sent as 503 with Retry-After. */
function sentAs(status: number): number[] {
  return status === 502 ? [502, 503] : [status];
}

function problemsOf(route: Route, book: SchemaBook): Map<number, Json> {
  const byStatus = new Map<number, [code: string, description: string][]>();
  for (const [code, { status, description }] of Object.entries(errorsOf(route))) {
    for (const sent of sentAs(status)) byStatus.set(sent, [...(byStatus.get(sent) ?? []), [code, description]]);
  }
  const problems = new Map<number, Json>();
  for (const [status, codes] of byStatus) {
    const code = { type: "string", enum: codes.map(([name]) => name) };
    problems.set(status, {
      description: codes.map(([name, description]) => `\`${name}\`: ${description}`).join("\n\n"),
      headers: described(problemHeadersOf(status)),
      content: {
        "application/problem+json": {
          schema: { allOf: [book.schemaOf(ProblemDocument), { type: "object", properties: { code } }] },
        },
      },
    });
  }
  return problems;
}
