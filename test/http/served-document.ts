import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { bodyOf, type Answer } from "./wire";

interface Operation {
  operationId: string;
  responses: Record<string, { headers?: Record<string, unknown>; content?: Record<string, { schema: object }> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** The OpenAPI document that a running system serves, as a judge of what that system answers. */
export interface ServedDocument {
  /**
   * Throws when an answer is not one the document promises: another status, media type or body (JSON Schema 2020-12; a
   * field it does not name is one too many), or a header missing. Addresses that the document does not have pass.
   */
  check(method: string, address: string, answer: Answer): void;
}

const DOCUMENT = "openapi";

/** Reads the document once; every schema is compiled when its first answer comes. */
export async function readServedDocument(apiUrl: string): Promise<ServedDocument> {
  const document = (await (await fetch(`${apiUrl}/api/openapi.json`)).json()) as Document;
  // An OpenAPI document is no schema: words such as `paths` mean nothing to the validator, and need not.
  const ajv = new Ajv2020({ strict: false, allErrors: true, verbose: true });
  addFormats(ajv);
  ajv.addSchema(closed(document) as object, DOCUMENT);
  const operations = operationsOf(document);
  const compiled = new Map<string, ValidateFunction>();
  const validatorAt = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `${DOCUMENT}#${pointer}` });
    compiled.set(pointer, known);
    return known;
  };
  return {
    check(method, address, answer) {
      const { pathname } = new URL(address);
      const found = operations.find((one) => one.method === method && one.pattern.test(pathname));
      if (found === undefined) return;
      const fault = faultOf(found, answer, validatorAt);
      if (fault !== undefined) throw new Error(`${found.operation.operationId} answered ${answer.status}: ${fault}`);
    },
  };
}

interface Place {
  method: string;
  pattern: RegExp;
  /** JSON pointer of the operation, as the fragment of a URI. */
  pointer: string;
  operation: Operation;
}

function operationsOf({ paths }: Document): Place[] {
  const places = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{[^}]*\}/g, "[^/]+")}$`),
      pointer: `/paths/${fragment(path)}/${method}`,
      parameters: path.split("{").length,
      operation,
    })),
  );
  // As routers do: an address that is spelled out wins over one with a parameter in its place.
  return places.sort((a, b) => a.parameters - b.parameters);
}

/** What is wrong with an answer, or undefined. */
function faultOf(
  { operation, pointer }: Place,
  { status, headers, body }: Answer,
  validatorAt: (pointer: string) => ValidateFunction,
): string | undefined {
  const promised = operation.responses[String(status)];
  if (promised === undefined) return "a status the document does not have.";
  const mediaType = plain(headers.get("content-type") ?? undefined);
  const missing = Object.keys(promised.headers ?? {}).filter((name) => !headers.has(name));
  // A problem has headers of its own; beside a declared answer the document names those of both.
  if (missing.length > 0 && mediaType !== "application/problem+json") return `without ${missing.join(", ")}.`;
  if (mediaType === undefined) {
    const bodies = Object.keys(promised.content ?? {}).filter((type) => type !== "application/problem+json");
    return bodies.length === 0 ? undefined : `without a body; promised: ${bodies.join(", ")}.`;
  }
  const known = Object.keys(promised.content ?? {}).find((type) => isOf(mediaType, plain(type)));
  if (known === undefined) return `${mediaType}, which the document does not have.`;
  const validate = validatorAt(`${pointer}/responses/${status}/content/${fragment(known)}/schema`);
  if (validate(body)) return undefined;
  return JSON.stringify(
    validate.errors?.map(({ instancePath, message, params }) => [instancePath, message, params]).slice(0, 5),
  );
}

/** A media type without its parameters. */
function plain(type: string | undefined): string | undefined {
  return type?.replace(/\s*;.*$/, "");
}

/** Whether a media type is the one named, or of the range named (`text/*`). */
function isOf(mediaType: string, named: string | undefined): boolean {
  return named === mediaType || (named?.endsWith("/*") === true && mediaType.startsWith(named.slice(0, -1)));
}

/** One token of a JSON pointer, as it stands in the fragment of a URI (RFC 6901 §6). */
function fragment(token: string): string {
  return encodeURIComponent(token.replaceAll("~", "~0").replaceAll("/", "~1"));
}

/**
 * The document with every object closed that does not say what else it may hold: clients are to tolerate new fields, but
 * a field nobody described is how a secret gets out. Parts of an `allOf` describe one object together and stay open.
 */
function closed(json: unknown, isPart = false): unknown {
  if (Array.isArray(json)) return json.map((item) => closed(item, isPart));
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).map(([name, value]) => [name, closed(value, name === "allOf")] as const);
  const isOpen = "properties" in json && !("additionalProperties" in json) && json["type" as never] === "object";
  return Object.fromEntries([...entries, ...(isOpen && !isPart ? [["additionalProperties", false] as const] : [])]);
}

/** `fetch` for a browser in these tests: what the API answers to it is checked like everything else. */
export function checkedFetch(document: ServedDocument, apiUrl: string): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const address = input instanceof Request ? input.url : String(input);
    if (!address.startsWith(apiUrl)) return response;
    const { status, headers } = response;
    const text = await response.clone().text();
    document.check(init?.method ?? "GET", address, { status, headers, text, body: bodyOf(headers, text) });
    return response;
  };
}
