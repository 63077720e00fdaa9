import { execFile, execFileSync, spawnSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { accessTokenOf } from "../../local/demo/access-token";
import { loadDemoData } from "../../local/demo/load-demo-data";
import { inspectApp } from "../../local/functions-host/host-process";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform } from "../../local/platform/start-platform";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { createAuthority, writeAuthority } from "../../local/tls/authority";
import { fetchTrusting } from "./platform-trusting-fetch";
import { until } from "./running-system";
import { unpack } from "./unpack";

jest.setTimeout(120_000);

const repository = path.resolve(__dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "package-"));
const app = path.join(folder, "unpacked");
const { version } = JSON.parse(readFileSync(path.join(repository, "package.json"), "utf8")) as { version: string };

/** Makes the package in a folder of its own; returns the zip file. */
function makePackage(name: string, environment: Record<string, string> = {}): string {
  const out = path.join(folder, name);
  const script = path.join(repository, "scripts/package.mjs");
  execFileSync(process.execPath, [script, "--out", out], { env: { ...process.env, ...environment }, stdio: "pipe" });
  return path.join(out, `csp-marketplace-${version}.zip`);
}

let packed = "";
let names: string[] = [];
beforeAll(() => {
  packed = makePackage("made");
  names = unpack(packed, app);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("the package holds the bundle, the API reference and the two files of the host: nothing else", () => {
  expect(names).toEqual([
    "assets/swagger-ui-bundle.js",
    "assets/swagger-ui.css",
    "host.json",
    "index.js",
    "package.json",
  ]);
  expect(JSON.parse(readFileSync(path.join(app, "package.json"), "utf8"))).toEqual({
    name: "csp-marketplace",
    version,
    private: true,
    license: "MIT",
    type: "commonjs",
    main: "index.js",
    engines: { node: ">=20.19" },
  });
  expect(readFileSync(path.join(app, "host.json"), "utf8")).toBe(
    readFileSync(path.join(repository, "host.json"), "utf8"),
  );
});

test("made again elsewhere, in another time zone, it is the same to the byte", () => {
  const hash = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
  expect(hash(makePackage("elsewhere/again", { TZ: "Pacific/Auckland" }))).toBe(hash(packed));
});

test("without settings it does not start and names what is missing; the source map finds the line that says so", () => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(app, "index.js")], {
    env: { PATH: process.env["PATH"] },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toContain("KEY_VAULT_URL");
  expect(stderr).toMatch(/readConfig \(.*index\.js:\d+:\d+\)/);
  const reader = [path.join(repository, "scripts/read-stack.mjs"), packed.replace(/\.zip$/, ".js.map")];
  const readable = spawnSync(process.execPath, reader, { input: stderr, encoding: "utf8" }).stdout;
  const [, line = ""] = /readConfig \(shared\/config\.ts:(\d+):\d+\)/.exec(readable) ?? [];
  const source = readFileSync(path.join(repository, "shared/config.ts"), "utf8").split("\n");
  expect(source[Number(line) - 1]).toContain("The settings are not valid");
});

describe("in the Functions host, with the settings that the template gives it and its managed identity alone", () => {
  /** What Azure itself sets for an app with an identity. */
  const GIVEN_BY_AZURE = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"];
  /** There is nothing on this machine that takes telemetry. */
  const TELEMETRY = /^APPLICATIONINSIGHTS_/;
  const deployed = deployedSettings();
  let platform: Platform;
  let trusting: typeof fetch;

  beforeAll(async () => {
    const authority = await createAuthority();
    trusting = fetchTrusting(authority.caPem);
    platform = await startPlatform({
      ...{ ports: ANY_PORTS, appDir: repository, packageDir: app, simulatorSeed: () => demo() },
      tls: { authority, caFile: await writeAuthority(authority, folder) },
      settings: (usual) => Promise.resolve(asDeployed(usual)),
    });
  });
  afterAll(() => platform.close());

  /**
   * The settings of the template. Where this machine has an address of its own the usual ones say so; everything else has the
   * value that the template gives it.
   */
  function asDeployed(usual: Readonly<Record<string, string>>): Record<string, string | undefined> {
    const others = Object.keys(usual).filter((name) => !(name in deployed) && !GIVEN_BY_AZURE.includes(name));
    const fixed = Object.entries(deployed).filter(([name, value]) => !(name in usual) && !value.startsWith("["));
    return {
      ...Object.fromEntries(others.map((name) => [name, undefined])),
      ...Object.fromEntries(fixed.filter(([name]) => !TELEMETRY.test(name))),
      ...{ WRITE_MODE: deployed["WRITE_MODE"], LOG_LEVEL: deployed["LOG_LEVEL"] },
    };
  }

  test("it has every setting of the template, and no connection string", () => {
    const names = Object.keys(platform.settings).sort();
    const expected = Object.keys(deployed).filter((name) => !TELEMETRY.test(name));
    expect(names).toEqual([...expected, ...GIVEN_BY_AZURE].sort());
    expect(JSON.stringify(platform.settings)).not.toMatch(
      /AccountKey|SharedAccessKey|ConnectionString|UseDevelopment/i,
    );
    expect(platform.settings).toMatchObject({ WRITE_MODE: "off", AzureWebJobsStorage__credential: "managedidentity" });
  });

  test("it registers what the source registers, and every function can run", async () => {
    const [ofPackage, ofSource] = await Promise.all(
      [app, repository].map((appDir) => inspectApp({ appDir, env: platform.settings })),
    );
    expect(ofPackage).toEqual(ofSource);
    expect(platform.host?.errors).toEqual([]);
  });

  test("it is ready, and its API reference is served from the package", async () => {
    const ready = await fetch(`${platform.apiUrl}/api/health/ready`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: "ready" }]);
    const page = await (await fetch(`${platform.apiUrl}/api/docs`)).text();
    const [script = ""] = /\/[^"]*swagger-ui-bundle\.js[^"]*/.exec(page) ?? [];
    expect((await fetch(platform.apiUrl + script)).status).toBe(200);
  });

  test("the smoke test of a deployment passes, and fails where nothing answers", async () => {
    const smoke = (address: string) =>
      promisify(execFile)(process.execPath, [path.join(repository, "scripts/smoke-test.mjs"), address, "0"]);
    const { stdout } = await smoke(platform.apiUrl);
    expect(stdout.match(/^ {2}\d{3}/gm)).toEqual(["  200", "  200", "  200", "  401"]);
    await expect(smoke("http://127.0.0.1:9")).rejects.toMatchObject({ code: 1 });
  });

  test("once writes are on, a seat is bought exactly once, with tokens of that identity and no other", async () => {
    const { apiUrl, entra, clock, simulator } = platform;
    await loadDemoData({ apiUrl, entraUrl: entra.url, now: clock.now(), fetch: trusting });
    const token = await accessTokenOf(entra.url, `admin@${mspTenant.domain}`, trusting);
    const ask = async (route: string, init: { method?: string; body?: object; etag?: string } = {}) => {
      const response = await fetch(`${apiUrl}/api/v1/csp${route}`, {
        method: init.method ?? "GET",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": randomUUID(),
          ...(init.etag === undefined ? {} : { "if-match": init.etag }),
        },
        ...(init.body ? { body: JSON.stringify(init.body) } : {}),
      });
      if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
      return { etag: response.headers.get("etag") ?? "", body: await response.json() };
    };
    const tenant = `/tenants/${customerTenants.mueller.tenantId}`;
    const { body: list } = await ask(`${tenant}/subscriptions?search=Stammbelegschaft`);
    const subscriptionId = (list as { value: { id: string }[] }).value[0]?.id ?? "";
    const { body: accepted } = await ask(`${tenant}/subscriptions/apply-changes`, {
      method: "POST",
      body: { changes: [{ subscriptionId, delta: 1 }] },
    });
    const changeId = (accepted as { results: { changeId: string }[] }).results[0]?.changeId ?? "";
    const change = async () => (await ask(`${tenant}/changes/${changeId}`)).body as { state: string; isFinal: boolean };
    expect(await change()).toMatchObject({ isFinal: false });
    expect(simulator.simulation.world.books).toEqual([]);

    const { etag } = await ask("/settings/write-mode");
    await ask("/settings/write-mode", {
      method: "PUT",
      etag,
      body: { mode: "on", reason: "The installation is ready" },
    });
    await until(async () => (await change()).isFinal, "the change is over");

    expect(await change()).toMatchObject({ state: "Completed" });
    const { books } = simulator.simulation.world;
    expect(books.map(({ effective, effects }) => [effective, effects[0]?.delta])).toEqual([[true, 1]]);
    const calls = platform.identity.calls();
    expect(new Set(calls.map(({ clientId }) => clientId))).toEqual(
      new Set([platform.settings["MANAGED_IDENTITY_CLIENT_ID"]]),
    );
    expect(new Set(calls.map(({ resource }) => resource.replace(/\/$/, "")))).toEqual(
      new Set(["https://storage.azure.com", "https://servicebus.azure.net", "https://vault.azure.net"]),
    );
  });
});

/** The settings of the production app, as the compiler predicts them; what only Azure knows is an expression there. */
function deployedSettings(): Record<string, string> {
  const text = readFileSync(path.join(repository, "infra/main.prod.snapshot.json"), "utf8");
  const { predictedResources } = JSON.parse(text) as {
    predictedResources: { type: string; properties: Record<string, string> }[];
  };
  const settings = predictedResources.find(({ type }) => type === "Microsoft.Web/sites/config")?.properties;
  if (!settings) throw new Error("The prediction has no settings of the app.");
  return settings;
}
