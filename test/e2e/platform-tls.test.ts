import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { createAuthority, writeAuthority } from "../../local/tls/authority";
import { fetchTrusting } from "./platform-trusting-fetch";
import { until } from "./running-system";

jest.setTimeout(90_000);

const folder = mkdtempSync(path.join(tmpdir(), "platform-tls-"));
let platform: Platform;
let trusting: typeof fetch;
const hostLines: string[] = [];

beforeAll(async () => {
  const authority = await createAuthority();
  trusting = fetchTrusting(authority.caPem);
  platform = await startPlatform({
    ...{ ports: ANY_PORTS, appDir: path.resolve(__dirname, "../.."), simulatorSeed: () => demo() },
    onHostLine: (line) => hostLines.push(line),
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
    BACKUP_STORAGE__blobServiceUri: platform.blobUrl,
    SERVICE_BUS__fullyQualifiedNamespace: `localhost:${platform.serviceBus.port}`,
  });
  expect(JSON.stringify(settings)).not.toMatch(/AccountKey|SharedAccessKey/);
});

test("the identity endpoint gives tokens to the app's own identity only", async () => {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, MANAGED_IDENTITY_CLIENT_ID } = platform.settings;
  const ask = async (more: string): Promise<number> => {
    const url = `${IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://vault.azure.net${more}`;
    return (await trusting(url, { headers: { "x-identity-header": IDENTITY_HEADER ?? "" } })).status;
  };
  expect(await ask(`&client_id=${MANAGED_IDENTITY_CLIENT_ID}`)).toBe(200);
  expect(await ask("")).toBe(400);
  expect(await ask("&client_id=11111111-1111-4111-8111-111111111111")).toBe(400);
});

test("without a token the tables are closed", async () => {
  const answer = await trusting(`${platform.tables.url}/state()`, { headers: { accept: "application/json" } });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await answer.text()).not.toContain("PartitionKey");
});

test("the hourly backup is written with the identity of the app alone", async () => {
  await platform.advance(3_600_000);
  await until(() => hostLines.some((line) => line.includes("a backup was taken")), "a backup was taken");
});
