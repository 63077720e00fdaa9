import { HttpRequest, HttpResponse, InvocationContext } from "@azure/functions";
import type { Actor } from "../../../shared/domain/access/actor";
import { AppError } from "../../../shared/errors";
import type { Endpoint } from "../../../shared/http/endpoint";
import { createHttpHandler, type HttpEdge } from "../../../shared/http/http-handler";
import { createRequestLimits } from "../../../shared/http/request-limits";

const PUBLIC_URL = new URL("https://csp.example.com");

export const admin: Actor = {
  kind: "user",
  id: "11111111-1111-4111-8111-111111111111_22222222-2222-4222-8222-222222222222",
  name: "ada@msp.example",
  roles: ["Admin"],
  scope: { kind: "all" },
};

export interface LogLine {
  level: "info" | "warn" | "error";
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

export function recordingLog() {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (message: string, fields: LogLine["fields"]) => {
    lines.push({ level, message, fields });
  };
  return { lines, log: { info: at("info"), warn: at("warn"), error: at("error") } };
}

/** An edge that knows one caller, by the token `good`. */
export function testEdge(overrides: Partial<HttpEdge> = {}) {
  const { lines, log } = recordingLog();
  const edge: HttpEdge = {
    authenticate: (authorization) =>
      authorization === "Bearer good"
        ? Promise.resolve(admin)
        : Promise.reject(new AppError("unauthenticated", "unauthenticated", "The access token is not valid here.")),
    limits: createRequestLimits({
      ...{ readsPerMinute: 100, writesPerMinute: 100, anonymousPerMinute: 100 },
      ...{ clock: () => new Date(), log },
    }),
    log,
    publicUrl: PUBLIC_URL,
    ...overrides,
  };
  return { edge, lines };
}

export interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  /** Sent as JSON when it is not text or bytes. */
  body?: unknown;
}

/** Asks an endpoint the way the Functions library does; a good token and a key are there unless taken away by "". */
export async function ask(endpoint: Endpoint, edge: HttpEdge, asked: Asked = {}) {
  const url = new URL(asked.path ?? endpoint.route.path, "http://localhost:7071");
  const headers = Object.fromEntries(
    Object.entries({
      authorization: "Bearer good",
      ...(endpoint.route.method === "GET" ? {} : { "idempotency-key": "key-1" }),
      ...(asked.body === undefined ? {} : { "content-type": "application/json" }),
      ...asked.headers,
    }).filter(([, value]) => value !== ""),
  );
  const request = new HttpRequest({
    method: asked.method ?? endpoint.route.method,
    url: url.href,
    headers,
    params: paramsOf(endpoint.route.path, url.pathname),
    ...(asked.body === undefined ? {} : { body: bodyOf(asked.body) }),
  });
  const context = new InvocationContext({ functionName: endpoint.route.name });
  const answer = await createHttpHandler(endpoint, edge)(request, context);
  const response = answer instanceof HttpResponse ? answer : new HttpResponse(answer);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return {
    status: response.status,
    headers: response.headers,
    cookies: response.cookies,
    text,
    json: isJson ? (JSON.parse(text) as Record<string, unknown>) : undefined,
  };
}

function bodyOf(body: unknown): { string: string } | { bytes: Uint8Array } {
  if (body instanceof Uint8Array) return { bytes: body };
  return { string: typeof body === "string" ? body : JSON.stringify(body) };
}

/** What the host does: the decoded segments that stand where the route has names. */
export function paramsOf(template: string, pathname: string): Record<string, string> {
  const given = pathname.split("/");
  const names = template.split("/").map((part) => /^\{(.+)\}$/.exec(part)?.[1]);
  return Object.fromEntries(
    names.flatMap((name, i) => (name === undefined ? [] : [[name, decodeURIComponent(given[i] ?? "")]])),
  );
}
