import type { IncomingMessage, ServerResponse } from "node:http";
import { isMasterKey, presentedKey } from "./access-keys";
import { readBody } from "./http-server";
import type { HostKeys } from "./settings";

/** A function as the admin API shows it. */
export interface FunctionListing {
  name: string;
  isDisabled: boolean;
  /** Only for HTTP functions. */
  invoke_url_template?: string;
  config: { bindings: ({ name: string } & Record<string, unknown>)[] };
}

export interface AdminDeps {
  keys: HostKeys;
  functions: readonly FunctionListing[];
  startedAt: number;
  /** Starts a function with a text as trigger input; false for functions that only HTTP can start. */
  runNow(functionName: string, input: string): boolean;
}

const BODY_LIMIT = 1_048_576;

/**
 * `/admin/host/status`, `/admin/host/ping`, `/admin/functions`, `/admin/functions/{name}`; `POST` to the last runs a
 * function now. The master key opens it, and nothing else does; without a configured one it answers nobody.
 */
export function createAdminApi(deps: AdminDeps) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const { status, value } = await answer(deps, request, url);
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
    response.end(value === undefined ? "" : JSON.stringify(value));
  };
}

interface Answer {
  status: number;
  value?: unknown;
}

async function answer(deps: AdminDeps, request: IncomingMessage, url: URL): Promise<Answer> {
  // A page of another site must not be able to start functions on this machine.
  const { origin } = request.headers;
  if (origin !== undefined && origin !== url.origin) return { status: 403 };
  const key = presentedKey(request, url);
  if (!isMasterKey(deps.keys, key)) return { status: 401 };

  const [, , area, name, ...rest] = url.pathname.toLowerCase().replace(/\/$/, "").split("/");
  if (rest.length > 0) return { status: 404 };
  if (area === "host" && name === "status") return { status: 200, value: hostStatus(deps.startedAt) };
  if (area === "host" && name === "ping") return { status: 200 };
  if (area !== "functions") return { status: 404 };
  if (name === undefined) return request.method === "GET" ? { status: 200, value: deps.functions } : { status: 404 };

  const known = deps.functions.find((one) => one.name.toLowerCase() === name);
  if (known && request.method === "GET") return { status: 200, value: known };
  return known && request.method === "POST" ? start(deps, known.name, request) : { status: 404 };
}

async function start(deps: AdminDeps, functionName: string, request: IncomingMessage): Promise<Answer> {
  const body = await readBody(request, BODY_LIMIT);
  const input = body && parseInput(body.toString("utf8"));
  if (input === undefined) {
    return { status: 400, value: { error: 'The body must be empty or JSON such as {"input": "text"}.' } };
  }
  if (deps.runNow(functionName, input)) return { status: 202 };
  return { status: 400, value: { error: `${functionName} cannot be started here: call its own URL, or see the log.` } };
}

function hostStatus(startedAt: number) {
  return {
    id: "local",
    state: "Running",
    version: "4.1000.0-local",
    versionDetails: "4.1000.0-local",
    processUptime: Math.round(performance.now() - startedAt),
  };
}

/** The text for the trigger: `input` of a JSON object, itself as JSON when it is not text. `undefined`: not readable. */
function parseInput(body: string): string | undefined {
  if (body.trim() === "") return "";
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  if (!("input" in parsed) || parsed.input === null) return "";
  return typeof parsed.input === "string" ? parsed.input : JSON.stringify(parsed.input);
}
