import path from "node:path";
import { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { accessTokenOf } from "../local/demo/access-token";
import { loadDemoData } from "../local/demo/load-demo-data";
import { inspectApp, startHostProcess, type HostProcess } from "../local/functions-host/host-process";
import { demo } from "../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../local/platform/ports";
import { startPlatform, type Platform } from "../local/platform/start-platform";
import { resellerApps } from "../local/presets/demo-apps";
import { customerTenants, mspTenant, resellerTenants } from "../local/presets/tenants";
import type { BaselineSample } from "./baseline-sample";
import { startCallTap, type CallTap } from "./call-tap";

/** Where the bundle is built to is where this program is built to: `dist` of the checkout. */
export const REPOSITORY = path.resolve(__dirname, "../..");
export const BASELINE_TABLE = "baseline";

/** The system under measurement: stand-ins in this process, the hosts in processes of their own. */
export interface BenchSystem {
  platform: Platform;
  tap: CallTap;
  /** Authorization of an Admin. */
  token: string;
  tenantId: string;
  /** Two subscriptions of the tenant whose seats can be increased: one for either side. */
  subscriptions: { ours: string; baseline: string };
  close(): Promise<void>;
}

const Subscriptions = z.object({
  value: z.array(
    z.object({ id: z.string(), allowedActions: z.array(z.object({ action: z.string(), allowed: z.boolean() })) }),
  ),
});

export interface BenchOptions {
  /** Timers that stay on; absent: none, so that no sweep falls into a measurement. */
  timers?: readonly string[] | "all";
  onHostLine?: (line: string) => void;
}

/** Starts the platform with demo data. */
export async function startBenchSystem({ timers = [], onHostLine }: BenchOptions = {}): Promise<BenchSystem> {
  const tap = startCallTap();
  const platform = await startPlatform({
    ports: ANY_PORTS,
    appDir: REPOSITORY,
    simulatorSeed: () => demo(),
    settings: async (usual) =>
      timers === "all"
        ? {}
        : disabled(await functionsOf(usual, (kind, name) => kind === "timer" && !timers.includes(name))),
    ...(onHostLine ? { onHostLine } : {}),
  });
  try {
    await loadDemoData({ apiUrl: platform.apiUrl, entraUrl: platform.entra.url, now: platform.clock.now() });
    const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
    const { tenantId } = customerTenants.mueller;
    const listUrl = `${platform.apiUrl}/api/v1/csp/tenants/${tenantId}/subscriptions`;
    const { value } = Subscriptions.parse(await call(listUrl, { headers: { authorization: `Bearer ${token}` } }));
    const buyable = value.filter((s) => s.allowedActions.some((a) => a.action === "increaseSeats" && a.allowed));
    const [ours, baseline] = buyable.map((s) => s.id);
    if (ours === undefined || baseline === undefined) throw new Error("The demo tenant has too few subscriptions.");
    const close = async (): Promise<void> => {
      tap.stop();
      await platform.close();
    };
    return { platform, tap, token, tenantId, subscriptions: { ours, baseline }, close };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Our app with its HTTP functions alone and writes off: what it accepts stays accepted, and nothing runs beside. */
export async function startRequestHost({ platform }: BenchSystem): Promise<HostProcess> {
  const others = await functionsOf(platform.settings, (kind) => kind !== "http");
  const env = { ...platform.settings, ...disabled(others), WRITE_MODE: "off" };
  return startHostProcess({ appDir: REPOSITORY, env, clock: platform.clock, onLine: showErrors });
}

/** The app of bare SDK calls, in the same kind of process. */
export async function startBaselineHost({ platform }: BenchSystem, sample: BaselineSample): Promise<HostProcess> {
  const { STATE_STORAGE, SERVICE_BUS, PARTNER_CENTER_URL } = platform.settings;
  return startHostProcess({
    appDir: path.join(REPOSITORY, "bench/baseline-app"),
    env: {
      ...{ STATE_STORAGE, SERVICE_BUS, PARTNER_CENTER_URL, BASELINE_TABLE },
      PARTNER_CENTER_TOKEN: await partnerCenterToken(platform),
      BASELINE_SAMPLE: JSON.stringify(sample),
    },
    clock: platform.clock,
    onLine: showErrors,
  });
}

/** A table of the running platform, with the bare SDK. */
export function tableOf({ platform }: BenchSystem, name: string): TableClient {
  return TableClient.fromConnectionString(platform.tables.connectionString, name, { allowInsecureConnection: true });
}

/** The parsed answer of a call that has to succeed. */
export async function call(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${init?.method ?? "GET"} ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

/** Whatever a host calls an error ends the bench with an answer of 500; its reason stands here. */
function showErrors(line: string): void {
  if (/\b(error|critical)\b/i.test(line)) console.error(line);
}

/** Names of the functions whose kind of trigger is wanted. */
async function functionsOf(
  env: Readonly<Record<string, string>>,
  wanted: (kind: string, name: string) => boolean,
): Promise<string[]> {
  const lines = await inspectApp({ appDir: REPOSITORY, env });
  return lines.flatMap((line) => {
    const [name = "", kind = ""] = line.split(" ");
    return wanted(kind, name) ? [name] : [];
  });
}

/** Every function of the running app: its name, the kind of its trigger, and what the trigger listens to. */
export async function functionLines({
  platform,
}: BenchSystem): Promise<{ name: string; kind: string; rest: string }[]> {
  const lines = await inspectApp({ appDir: REPOSITORY, env: platform.settings });
  return lines.map((line) => {
    const [name = "", kind = "", ...rest] = line.split(" ");
    return { name, kind, rest: rest.join(" ") };
  });
}

function disabled(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`AzureWebJobs.${name}.Disabled`, "true"]));
}

/** The reseller's own application signs in: the simulator takes app-only tokens for subscriptions and orders. */
async function partnerCenterToken({ entra, settings }: Platform): Promise<string> {
  const { appId, secret } = resellerApps.nordlicht;
  const answer = await call(`${entra.url}/${resellerTenants.nordlicht.tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: appId,
      client_secret: secret,
      scope: `${settings["PARTNER_CENTER_RESOURCE"] ?? ""}/.default`,
    }),
  });
  return z.object({ access_token: z.string() }).parse(answer).access_token;
}
