import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { accessTokenOf } from "../../local/demo/access-token";
import { loadDemoData } from "../../local/demo/load-demo-data";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { resellerApps, robotApp, tenantApp } from "../../local/presets/demo-apps";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { createAuthority, writeAuthority } from "../../local/tls/authority";
import { METRICS } from "../../shared/domain/telemetry/metrics";
import { startIngestion, type BaseData, type Envelope, type Ingestion } from "./ingestion-stand-in";
import { fetchTrusting } from "./platform-trusting-fetch";
import { until } from "./running-system";

jest.setTimeout(120_000);

const CORRELATION = "purchase-of-the-telemetry-test";
const REFUSED = "request-while-nothing-is-received";
const { tenantId } = customerTenants.mueller;
const folder = mkdtempSync(path.join(tmpdir(), "telemetry-"));
const hostLines: string[] = [];
let platform: Platform;
let ingestion: Ingestion;
let trusting: typeof fetch;
let changeId: string;

/** The whole system with a receiver of telemetry; one seat is bought, then the app ends as Azure ends it. */
beforeAll(async () => {
  const authority = await createAuthority();
  ingestion = await startIngestion(await authority.issue());
  trusting = fetchTrusting(authority.caPem);
  platform = await startPlatform({
    ...{ ports: ANY_PORTS, appDir: path.resolve(__dirname, "../.."), simulatorSeed: () => demo() },
    tls: { authority, caFile: await writeAuthority(authority, folder) },
    onHostLine: (line) => hostLines.push(line),
    settings: () =>
      Promise.resolve({
        APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
        // The SDK tells Microsoft about itself unless it is told not to.
        APPLICATION_INSIGHTS_NO_STATSBEAT: "true",
      }),
  });
  await sayWhileRefused();
  await buyOneSeat();
  await measureNow();
  await platform.close();
});
afterAll(async () => {
  await ingestion.close();
  rmSync(folder, { recursive: true });
});

/** One request while the receiver takes nothing. */
async function sayWhileRefused(): Promise<void> {
  ingestion.refuse(400);
  await fetch(`${platform.apiUrl}/api/health/live`, { headers: { "x-correlation-id": REFUSED } });
  await until(() => hostLines.some((line) => line.includes(REFUSED)), "the line is on standard output");
  ingestion.refuse(undefined);
}

async function buyOneSeat(): Promise<void> {
  const { apiUrl, entra, clock } = platform;
  await loadDemoData({ apiUrl, entraUrl: entra.url, now: clock.now(), fetch: trusting });
  const token = await accessTokenOf(entra.url, `admin@${mspTenant.domain}`, trusting);
  const ask = async <T>(route: string, body?: object): Promise<T> => {
    const headers = { "content-type": "application/json", "x-correlation-id": CORRELATION };
    const response = await fetch(`${apiUrl}/api/v1/csp/tenants/${tenantId}${route}`, {
      headers: { ...headers, authorization: `Bearer ${token}`, "idempotency-key": randomUUID() },
      ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.json() as Promise<T>;
  };
  const { value } = await ask<{ value: { id: string }[] }>("/subscriptions?search=Stammbelegschaft");
  const { results } = await ask<{ results: { changeId: string }[] }>("/subscriptions/apply-changes", {
    changes: [{ subscriptionId: value[0]?.id, delta: 1 }],
  });
  changeId = results[0]?.changeId ?? "";
  await until(async () => (await ask<{ isFinal: boolean }>(`/changes/${changeId}`)).isFinal, "the change is over");
}

/** Runs the timer of the gauges, and waits until it is over. */
async function measureNow(): Promise<void> {
  await platform.runFunction("measureInstallation");
  const isOver = (): boolean =>
    hostLines.some((line) => line.includes("Executed 'Functions.measureInstallation' (Succeeded"));
  await until(isOver, "the gauges are told");
}

const ofType = (type: string): Envelope[] => ingestion.envelopes.filter(({ data }) => data.baseType === type);

/** The values of a metric whose attributes include these. */
function valuesOf(name: string, attributes: Readonly<Record<string, string>> = {}): number[] {
  return ofType("MetricData")
    .map(({ data }) => data.baseData)
    .filter(({ properties = {} }) => Object.entries(attributes).every(([key, value]) => properties[key] === value))
    .flatMap(({ metrics = [] }: BaseData) => metrics)
    .filter((metric) => metric.name === name)
    .map(({ value }) => value);
}
const sumOf = (...ask: Parameters<typeof valuesOf>): number => valuesOf(...ask).reduce((sum, value) => sum + value, 0);

test("telemetry is sent with the identity of the app, and never by its key alone", () => {
  expect(ingestion.credentials.length).toBeGreaterThan(0);
  for (const credential of ingestion.credentials) expect(credential).toMatch(/^Bearer eyJ/);
  expect(platform.identity.calls().map(({ resource }) => resource)).toContain("https://monitor.azure.com");
});

test("a purchase is counted once, with the answer of its write and the calls it took", () => {
  expect(sumOf("csp.changes.ended")).toBe(1);
  expect(sumOf("csp.changes.ended", { kind: "quantity", outcome: "Completed" })).toBe(1);
  expect(sumOf("csp.writes.answered")).toBe(1);
  expect(sumOf("csp.writes.answered", { answer: "done" })).toBe(1);
  expect(valuesOf("csp.upstream.duration", { api: "partnerCenter", method: "write", status: "2xx" })).toHaveLength(1);
  expect(valuesOf("csp.upstream.duration", { api: "partnerCenter", method: "read" }).length).toBeGreaterThan(0);
  expect(sumOf("csp.tokens.refreshed", { result: "done" })).toBeGreaterThan(0);
  expect(sumOf("csp.queue.handled", { queue: "changes", result: "done" })).toBeGreaterThan(0);
  expect(valuesOf("csp.queue.age", { queue: "changes" }).length).toBeGreaterThan(0);
  expect(valuesOf("csp.http.duration", { operation: "applyChanges", status: "2xx" })).toHaveLength(1);
});

test("what is left to do is told, zeroes too, and how the sign-ins stand", () => {
  // The timer may have fallen due by itself as well, every five minutes.
  expect(new Set(valuesOf("csp.changes.unknown_age"))).toEqual(new Set([0]));
  expect(new Set(valuesOf("csp.changes.open", { state: "NeedsReview" }))).toEqual(new Set([0]));
  expect(valuesOf("csp.outbox.oldest_age").length).toBeGreaterThanOrEqual(1);
  expect(valuesOf("csp.resellers.count", { state: "Authorized" })[0]).toBeGreaterThan(0);
  for (const age of valuesOf("csp.resellers.token_age")) expect(age).toBeLessThan(86_400);
  expect(sumOf("csp.timer.runs", { timer: "measureInstallation", result: "done" })).toBeGreaterThanOrEqual(1);
});

test("no metric arrives that is not declared, and none with an attribute that is not", () => {
  const own = ofType("MetricData").map(({ data }) => data.baseData);
  expect(own.length).toBeGreaterThan(20);
  const declared: Readonly<Record<string, { attributes: object }>> = METRICS;
  for (const { metrics = [], properties = {} } of own) {
    const [{ name } = { name: "" }] = metrics;
    if (name === "_OTELRESOURCE_") continue;
    expect([name, Object.keys(properties).sort()]).toEqual([
      name,
      Object.keys(declared[name]?.attributes ?? {}).sort(),
    ]);
    expect(Object.values(properties)).not.toContain("other");
  }
});

test("the worker's span is linked to the request that asked, and the write to Microsoft stands below it", () => {
  const request = ofType("MessageData").find(
    ({ data: { baseData } }) => baseData.message === "request" && baseData.properties?.["route"] === "applyChanges",
  );
  const asked = request?.tags["ai.operation.id"];
  expect(asked).toMatch(/^[0-9a-f]{32}$/);

  const spans = ofType("RemoteDependencyData");
  const worker = spans.find(({ data }) => data.baseData.name === "applyChange");
  const links = JSON.parse(worker?.data.baseData.properties?.["_MS.links"] ?? "[]") as { operation_Id: string }[];
  expect(links.map((link) => link.operation_Id)).toEqual([asked]);

  const write = spans.find(({ data }) => data.baseData.name?.startsWith("PATCH "));
  expect(write?.data.baseData.name).toBe("PATCH /v1/customers/{id}/subscriptions/{id}");
  expect(write?.tags["ai.operation.parentId"]).toBe(worker?.data.baseData.id);
});

test("the worker's log lines carry the correlation id of the request, and none is sampled", () => {
  const lines = ofType("MessageData").filter(({ data }) => data.baseData.properties?.["function"] === "applyChange");
  expect(lines.length).toBeGreaterThan(0);
  for (const { data, sampleRate } of lines) {
    expect(data.baseData.properties?.["correlationId"]).toBe(CORRELATION);
    expect(sampleRate ?? 100).toBe(100);
  }
});

test("a line that the receiver does not take is on standard output, and only such a line", () => {
  const lines = hostLines.filter((line) => line.startsWith("{"));
  expect(lines.some((line) => line.includes(REFUSED))).toBe(true);
  expect(lines.filter((line) => line.includes(CORRELATION))).toEqual([]);
  expect(JSON.stringify(ingestion.envelopes)).not.toContain(REFUSED);
});

test("nothing of it holds a secret, or the name of a person or of a customer", () => {
  const text = JSON.stringify(ingestion.envelopes);
  expect(text.length).toBeGreaterThan(10_000);
  expect(text).not.toMatch(/eyJ[\w-]{5,}\.[\w-]+\./);
  for (const { secret } of [tenantApp, robotApp, ...Object.values(resellerApps)]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/@[\w-]+\.(?:example|onmicrosoft\.com)/);
  for (const { name, domain } of Object.values(customerTenants)) {
    expect(text).not.toContain(name);
    expect(text).not.toContain(domain);
  }
});
