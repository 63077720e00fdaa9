import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { accessTokenOf } from "../../local/demo/access-token";
import { loadDemoData } from "../../local/demo/load-demo-data";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { createAuthority, writeAuthority } from "../../local/tls/authority";
import { fetchTrusting } from "./platform-trusting-fetch";
import { until } from "./running-system";

jest.setTimeout(90_000);

const folder = mkdtempSync(path.join(tmpdir(), "platform-tls-"));
let platform: Platform;
let trusting: typeof fetch;

beforeAll(async () => {
  const authority = await createAuthority();
  trusting = fetchTrusting(authority.caPem);
  platform = await startPlatform({
    ...{ ports: ANY_PORTS, appDir: path.resolve(__dirname, "../.."), simulatorSeed: () => demo() },
    tls: { authority, caFile: await writeAuthority(authority, folder) },
  });
});
afterAll(async () => {
  await platform.close();
  rmSync(folder, { recursive: true });
});

test("with TLS every stand-in is reached by https, and no setting carries a key", () => {
  const { settings } = platform;
  for (const part of ["tables", "entra", "graph", "keyVault", "simulator", "identity"] as const)
    expect(platform[part].url).toMatch(/^https:/);
  expect(platform.serviceBus.url).toMatch(/^amqps:/);
  expect(settings).not.toHaveProperty("STATE_STORAGE");
  expect(settings).not.toHaveProperty("SERVICE_BUS");
  expect(settings).toMatchObject({
    STATE_STORAGE__tableServiceUri: platform.tables.url,
    SERVICE_BUS__fullyQualifiedNamespace: `localhost:${platform.serviceBus.port}`,
  });
  expect(JSON.stringify(settings)).not.toMatch(/AccountKey|SharedAccessKey/);
});

test("a seat is bought with the identity of the app alone, as in Azure", async () => {
  const { apiUrl, entra, clock, simulator } = platform;
  await loadDemoData({ apiUrl, entraUrl: entra.url, now: clock.now(), fetch: trusting });
  const token = await accessTokenOf(entra.url, `admin@${mspTenant.domain}`, trusting);
  const { tenantId } = customerTenants.mueller;
  const ask = async <T>(route: string, body?: object): Promise<T> => {
    const response = await fetch(`${apiUrl}/api/v1/csp/tenants/${tenantId}${route}`, {
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": randomUUID(),
      },
      ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.json() as Promise<T>;
  };
  const { value } = await ask<{ value: { id: string }[] }>("/subscriptions?search=Stammbelegschaft");
  const subscriptionId = value[0]?.id ?? "";
  const { results } = await ask<{ results: { changeId: string }[] }>("/subscriptions/apply-changes", {
    changes: [{ subscriptionId, delta: 1 }],
  });
  const change = (): Promise<{ state: string; isFinal: boolean }> => ask(`/changes/${results[0]?.changeId}`);
  await until(async () => (await change()).isFinal, "the change is over");

  const { books } = simulator.simulation.world;
  expect(books.map(({ effective, effects }) => [effective, effects[0]?.delta])).toEqual([[true, 1]]);
  const resources = new Set(platform.identity.calls().map(({ resource }) => resource.replace(/\/$/, "")));
  expect(resources).toEqual(
    new Set(["https://storage.azure.com", "https://servicebus.azure.net", "https://vault.azure.net"]),
  );
});

test("without a token the tables are closed", async () => {
  const answer = await trusting(`${platform.tables.url}/state()`, { headers: { accept: "application/json" } });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await answer.text()).not.toContain("PartitionKey");
});
