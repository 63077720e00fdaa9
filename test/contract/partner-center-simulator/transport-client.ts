import { createHash } from "node:crypto";
import { VirtualClock } from "../../../local/virtual-clock";
import type { FaultInput } from "../../../local/partner-center-simulator/faults";
import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from "../../../local/partner-center-simulator/start-simulator";
import type { SwitchSettings } from "../../../local/partner-center-simulator/switches";

/** Where every test begins: a Monday, far from month ends and clock changes. */
export const START = new Date("2026-11-16T09:00:00Z");

/** A JSON object of the wire. */
export type Json = Record<string, unknown>;

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  body: Json;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  token?: string;
  signal?: AbortSignal;
}

/** An access token whose claims count and whose signature nobody checks. */
export function unsignedToken(claims: Json = {}): string {
  const encode = (value: Json): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = {
    aud: "https://api.partnercenter.microsoft.com",
    tid: samplePartner.tenantId,
    appid: "22222222-2222-4222-8222-222222222222",
    oid: "33333333-3333-4333-8333-333333333333",
    ...claims,
  };
  return `${encode({ alg: "RS256", typ: "JWT" })}.${encode(all)}.none`;
}

export const appToken = unsignedToken({ idtyp: "app" });
export const userToken = unsignedToken({
  scp: "user_impersonation",
  upn: "ada@fabrikamcloud.onmicrosoft.com",
  amr: ["pwd", "mfa"],
});

/** A simulator on a clock that stands still, and a client that only knows HTTP. */
export interface Bench {
  simulator: Simulator;
  clock: VirtualClock;
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  control(method: string, path: string, body?: unknown): Promise<Json>;
  addFault(fault: FaultInput): Promise<string>;
  set(switches: SwitchSettings): Promise<void>;
}

export async function startBench(options: SimulatorOptions = {}): Promise<Bench> {
  const clock = options.clock ?? new VirtualClock({ start: START, running: false });
  const simulator = await startSimulator({ clock, ...options });
  const send = async (method: string, url: string, options: CallOptions): Promise<Reply> => {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${options.token ?? userToken}`,
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString("utf8");
    return { status: response.status, headers: response.headers, text, body: parse(text) };
  };
  const control = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const reply = await send(method, `${simulator.url}/_control${path}`, body === undefined ? {} : { body });
    if (reply.status >= 400) throw new Error(`${reply.status}: ${reply.text}`);
    return reply.body;
  };
  return {
    simulator,
    clock,
    call: (method, path, options = {}) => send(method, simulator.url + path, options),
    control,
    addFault: async (fault) => String((await control("POST", "/faults", fault))["id"]),
    set: async (switches) => {
      await control("PUT", "/switches", switches);
    },
  };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as Json;
  } catch {
    return {};
  }
}

/** A stable GUID for a name, so that tests read well. */
export function guid(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
