import path from "node:path";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { isRunning } from "./platform-process";
import { until } from "./running-system";

jest.setTimeout(60_000);

const appDir = path.resolve(__dirname, "../..");
const hostLines: string[] = [];
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({
    ...{ ports: ANY_PORTS, appDir, simulatorSeed: () => demo() },
    onHostLine: (line) => hostLines.push(line),
  });
});
afterAll(() => platform.close());

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function ask(
  method: string,
  route: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(platform.controlUrl + route, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const simulatorTime = async (): Promise<number> => {
  const response = await fetch(`${platform.simulator.url}/_control/clock`);
  return Date.parse(((await response.json()) as { now: string }).now);
};

test("GET / lists every call, and each of them exists", async () => {
  const { body } = await ask("GET", "/");
  const calls = body["calls"] as { call: string; does: string }[];
  expect(calls.map(({ call }) => call)).toEqual([
    "GET /clock",
    "POST /clock/advance",
    "POST /host/kill",
    "POST /host/restart",
    "POST /host/run",
    "GET /status",
  ]);
  expect(calls.every(({ does }) => does.length > 20)).toBe(true);
});

test("GET /status names every part with the address it answers at, and the process of the host", async () => {
  const { body } = await ask("GET", "/status");
  const parts = body["parts"] as { name: string; url: string; startedInMs: number }[];
  expect(parts.map(({ name }) => name)).toEqual([
    "Storage (Azurite)",
    "Entra",
    "Partner Center simulator",
    "Graph",
    "Service Bus",
    "Key Vault",
    "Managed identity",
    "Functions host",
    "Platform control",
  ]);
  expect(parts.find(({ name }) => name === "Platform control")?.url).toBe(platform.controlUrl);
  for (const { url } of parts.filter((part) => part.url.startsWith("http:")))
    expect((await fetch(url)).status).toBeLessThan(500);
  expect(body).toMatchObject({ apiUrl: platform.apiUrl, pid: process.pid });
  const host = body["host"] as { pid: number; functions: number; errors: string[] };
  expect(host).toMatchObject({ running: true, errors: [] });
  expect(host.functions).toBeGreaterThan(20);
  expect(isRunning(host.pid)).toBe(true);
});

test("advancing the clock moves the simulator and starts the app's timers", async () => {
  const before = await simulatorTime();
  const runs = (): number => hostLines.filter((line) => line.includes("Executing 'Functions.sweepWork'")).length;
  const runsBefore = runs();
  const { status, body } = await ask("POST", "/clock/advance", '{"minutes": 5, "seconds": 1.5}');
  expect(status).toBe(200);
  expect(await simulatorTime()).toBeGreaterThanOrEqual(before + 301_500);
  expect(body["offsetMs"]).toBeGreaterThanOrEqual(301_500);
  await until(() => runs() > runsBefore, "the timer that was due has run");
});

test("moves asked for at the same time add up", async () => {
  const before = await simulatorTime();
  await Promise.all([1, 2, 3].map((hours) => ask("POST", "/clock/advance", JSON.stringify({ hours }))));
  const moved = (await simulatorTime()) - before;
  expect(moved).toBeGreaterThanOrEqual(6 * 3_600_000);
  expect(moved).toBeLessThan(6 * 3_600_000 + 60_000);
});

test.each([
  ["a negative move", '{"minutes": -1}', "minutes"],
  ["an unknown unit", '{"weeks": 1}', "weeks"],
  ["a text in place of a number", '{"days": "seven"}', "days"],
  ["a list", "[1]", "object"],
  ["more than ten years", '{"days": 4000}', "ten years"],
  ["what is no JSON", "minutes=5", "no JSON"],
])("%s is refused, and the clock stays", async (_case, body, why) => {
  const offset = (await ask("GET", "/clock")).body["offsetMs"];
  const answer = await ask("POST", "/clock/advance", body);
  expect(answer.status).toBe(400);
  expect(answer.body["error"]).toContain(why);
  expect((await ask("GET", "/clock")).body["offsetMs"]).toBe(offset);
});

test("a timer is started now, though the host's own admin API is closed", async () => {
  const runs = (): number => hostLines.filter((line) => line.includes("Executing 'Functions.tendResellers'")).length;
  const before = runs();
  expect((await fetch(`${platform.apiUrl}/admin/functions/tendResellers`, { method: "POST" })).status).toBe(401);
  const { status, body } = await ask("POST", "/host/run", '{"function": "tendResellers"}');
  expect({ status, body }).toEqual({ status: 200, body: { started: "tendResellers" } });
  await until(() => runs() > before, "the timer has run");
  const unknown = await ask("POST", "/host/run", '{"function": "../host/status"}');
  expect(unknown).toEqual({ status: 404, body: { error: "../host/status was not started: the host answered 404." } });
});

test("an unknown call and a wrong method are 404, in JSON, with the way to the list", async () => {
  for (const [method, route] of [
    ["GET", "/host"],
    ["POST", "/clock"],
  ] as const) {
    const { status, body } = await ask(method, route, method === "POST" ? "{}" : undefined);
    expect(status).toBe(404);
    expect(body["error"]).toBe(`There is no ${method} ${route}; GET / lists the calls.`);
  }
});

test("a page of another site may not control the platform", async () => {
  const { status, body } = await ask("POST", "/host/kill", "{}", { origin: "https://example.com" });
  expect(status).toBe(403);
  expect(body["error"]).toContain("other sites");
  expect(platform.host?.pid).not.toBe(0);
});

test("the host can be killed and started again, on the same port and at the platform's time", async () => {
  const pid = platform.host?.pid ?? 0;
  expect((await ask("POST", "/host/kill")).body).toEqual({ killed: true });
  expect(isRunning(pid)).toBe(false);
  expect((await ask("GET", "/status")).body["host"]).toMatchObject({ pid: 0, running: false });
  await expect(fetch(`${platform.apiUrl}/api/health/live`)).rejects.toThrow();
  const { body } = await ask("POST", "/host/restart");
  expect(body["pid"]).not.toBe(pid);
  expect(isRunning(Number(body["pid"]))).toBe(true);
  expect((await fetch(`${platform.apiUrl}/api/health/live`)).status).toBe(200);
});

test("without a host of its own, calls about the host are refused", async () => {
  const services = await startPlatform({ ports: ANY_PORTS, appDir, simulatorSeed: () => demo(), withHost: false });
  try {
    for (const call of ["kill", "restart"]) {
      const response = await fetch(`${services.controlUrl}/host/${call}`, { method: "POST" });
      expect(response.status).toBe(409);
    }
    const status = (await (await fetch(`${services.controlUrl}/status`)).json()) as Record<string, unknown>;
    expect(status["host"]).toBeNull();
  } finally {
    await services.close();
  }
});
