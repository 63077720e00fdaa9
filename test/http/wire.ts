import { randomUUID } from "node:crypto";

/** What came back over the wire. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The JSON of the body; the text itself where it is none, `undefined` without a body. */
  body: unknown;
}

export interface RequestOptions {
  /** Sent as the bearer token. */
  token?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  rawBody?: string | Uint8Array;
  /** The Idempotency-Key: absent for a fresh one on every write, `null` for none. */
  key?: string | null;
  /** Win over everything else. */
  headers?: Record<string, string>;
}

/** One raw request; redirects are not followed. The typed client is not used here: these tests look at the wire. */
export async function request(address: string, method: string, options: RequestOptions = {}): Promise<Answer> {
  const { token, body, rawBody, key = method === "GET" ? null : randomUUID() } = options;
  const content = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = new Headers({
    ...(content === undefined ? {} : { "content-type": "application/json" }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(key === null ? {} : { "idempotency-key": key }),
    ...options.headers,
  });
  const init = { method, headers, redirect: "manual", ...(content === undefined ? {} : { body: content }) } as const;
  const response = await fetch(address, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: bodyOf(response.headers, text) };
}

/** The JSON of a body; the text itself where it is none, `undefined` without one. */
export function bodyOf(headers: Headers, text: string): unknown {
  if (text === "") return undefined;
  return /\bjson\b/.test(headers.get("content-type") ?? "") ? (JSON.parse(text) as unknown) : text;
}

/** A text field of a JSON answer, such as the id of what was made. Throws when it has none. */
export function textIn(answer: Answer, field: string): string {
  const value = fieldOf(answer, field);
  if (typeof value !== "string") throw new Error(`No ${field} in the answer: ${answer.status} ${answer.text}`);
  return value;
}

/** The items of a list answer. Throws when it is none. */
export function itemsIn(answer: Answer): Record<string, unknown>[] {
  const value = fieldOf(answer, "value");
  if (!Array.isArray(value)) throw new Error(`No list in the answer: ${answer.status} ${answer.text}`);
  return value as Record<string, unknown>[];
}

function fieldOf({ body }: Answer, field: string): unknown {
  return typeof body === "object" && body !== null ? (Reflect.get(body, field) as unknown) : undefined;
}
