import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { accessTokenOf } from "../../local/demo/access-token";
import { servicesScreen } from "../../local/demo/services-screen";
import { appSettings } from "../../local/platform/app-settings";
import { ANY_PORTS, DEFAULT_PORTS } from "../../local/platform/ports";
import { startPlatform } from "../../local/platform/start-platform";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { mspTenant } from "../../local/presets/tenants";
import { endPrograms, startProgram, watch, type Program } from "./platform-process";
import { until } from "./running-system";

jest.setTimeout(90_000);

const repository = path.resolve(__dirname, "../..");
const sample = JSON.parse(readFileSync(path.join(repository, "local.settings.sample.json"), "utf8")) as {
  Values: Record<string, string>;
  Host: { LocalHttpPort: number };
};

afterEach(endPrograms);

/** The Values that the screen says to change, as somebody would read them. */
function printedValues(screen: string): Record<string, string> {
  const lines = screen.split("\n").filter((line) => /^ +"\w+": ".*",?$/.test(line));
  return JSON.parse(`{${lines.join("\n")}}`) as Record<string, string>;
}

/** Runs the app as `func start` does: in a process of its own, with the Values as its environment. */
function startApp(values: Record<string, string>, port: number): Program {
  const { PATH = "", HOME = "" } = process.env;
  const script = path.join(repository, "dist/local/functions-host/main.js");
  return watch(
    spawn(process.execPath, [script, "--app", repository, "--port", String(port)], {
      env: { PATH, HOME, ...values },
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

test("the sample settings are those of the stand-ins on their usual ports", () => {
  const at = (port: keyof typeof DEFAULT_PORTS): string => `http://127.0.0.1:${DEFAULT_PORTS[port]}`;
  const settings = appSettings({
    publicUrl: `http://localhost:${DEFAULT_PORTS.api}`,
    hostStorage: "UseDevelopmentStorage=true",
    connections: {
      STATE_STORAGE: sample.Values["STATE_STORAGE"]?.replace(/http:\/\/127[^/]+/, at("tables")) ?? "",
      BACKUP_STORAGE: sample.Values["BACKUP_STORAGE"]?.replace(/http:\/\/127[^/]+/, at("blobs")) ?? "",
      SERVICE_BUS: sample.Values["SERVICE_BUS"]?.replace(/127[^;]+/, `127.0.0.1:${DEFAULT_PORTS.serviceBus}`) ?? "",
    },
    ...{ keyVault: at("keyVault"), identity: at("identity"), entra: at("entra"), graph: at("graph") },
    partnerCenter: at("simulator"),
  });
  expect(settings).toEqual(sample.Values);
  expect(sample.Host.LocalHttpPort).toBe(DEFAULT_PORTS.api);
});

test("the app runs in a host of its own with the settings that are printed, and then gets the demo data", async () => {
  const services = startProgram("start.js", ["--services-only"]);
  const [, apiUrl = ""] = await services.says(/Demo data is loaded as soon as the API answers at (http\S+)/);
  expect(services.output).toContain("cp local.settings.sample.json local.settings.json");
  const [, port] = await services.says(/func start --port (\d+)/);
  expect(apiUrl).toBe(`http://localhost:${port}`);
  // Nothing of ours is at the port of the API.
  await expect(fetch(`${apiUrl}/api/health/live`)).rejects.toThrow();

  const values = { ...sample.Values, ...printedValues(services.output) };
  startApp(values, Number(port));
  await services.says(/Demo data +loaded through the API/);
  expect((await fetch(`${apiUrl}/api/health/ready`)).status).toBe(200);

  const token = await accessTokenOf(values["ENTRA_AUTHORITY"] ?? "", `admin@${mspTenant.domain}`);
  const tenants = async (): Promise<unknown[]> => {
    const response = await fetch(`${apiUrl}/api/v1/csp/tenants`, { headers: { authorization: `Bearer ${token}` } });
    return ((await response.json()) as { value: unknown[] }).value;
  };
  await until(async () => (await tenants()).length === 5, "the five connected tenants of the demo are listed");
  services.process.kill("SIGINT");
  expect(await services.ended).toBe(0);
});

test("blobs and queues are there for Core Tools, which keep leases and keys in them", async () => {
  const platform = await startPlatform({
    ...{ ports: ANY_PORTS, appDir: repository, simulatorSeed: () => demo(), withHost: false },
  });
  try {
    const hostStorage = platform.settings["AzureWebJobsStorage"] ?? "";
    for (const service of ["Blob", "Queue", "Table"]) {
      const [, endpoint = ""] = new RegExp(`${service}Endpoint=([^;]+)`).exec(hostStorage) ?? [];
      expect((await fetch(`${endpoint}?comp=list`)).headers.get("server")).toContain(`Azurite-${service}`);
    }
    expect(servicesScreen(platform, repository, 1)).toContain('"AzureWebJobsStorage": "DefaultEndpointsProtocol=http;');
    const onUsualPorts = { ...platform, settings: sample.Values, apiUrl: "http://localhost:7071" };
    expect(servicesScreen(onUsualPorts, repository, 1)).toContain("local.settings.json\n    func start\n");
  } finally {
    await platform.close();
  }
});
