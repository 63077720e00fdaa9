import { readFileSync } from "node:fs";
import path from "node:path";
import { appSettings, IDENTITY_HEADER } from "../../local/platform/app-settings";
import { DEFAULT_PORTS } from "../../local/platform/ports";
import { DEVELOPMENT_ACCOUNT } from "../../local/tables/start-tables";
import { readConfig, SETTING_NAMES } from "../../shared/config";

const GUID = "10000000-0000-4000-8000-000000000001";

/** A cloud installation that states only what it must. */
const CLOUD: Readonly<Record<string, string>> = {
  STATE_STORAGE__tableServiceUri: "https://larkspur.table.core.windows.net",
  SERVICE_BUS__fullyQualifiedNamespace: "larkspur.servicebus.windows.net",
  KEY_VAULT_URL: "https://larkspur.vault.azure.net",
  PUBLIC_URL: "https://csp.larkspur.example",
  RETURN_TO_ORIGINS: "https://csp.larkspur.example",
  ENTRA_AUTHORITY: "https://login.microsoftonline.com",
  API_CLIENT_ID: GUID,
  MSP_TENANT_ID: GUID,
  TENANT_APP_CLIENT_ID: GUID,
  TENANT_APP_SECRET_NAME: "tenant-app",
  PARTNER_CENTER_URL: "https://api.partnercenter.microsoft.com",
  PARTNER_CENTER_RESOURCE: "https://api.partnercenter.microsoft.com",
  PRICE_SHEETS_URL: "https://api.partner.microsoft.com",
  PRICE_SHEETS_RESOURCE: "https://api.partner.microsoft.com",
  GRAPH_URL: "https://graph.microsoft.com",
  GRAPH_RESOURCE: "https://graph.microsoft.com",
};
const LOOPBACK_TABLES = "AccountName=a;AccountKey=k;TableEndpoint=http://127.0.0.1:10002/a;";
const LOOPBACK_BUS = "Endpoint=sb://localhost:5672;SharedAccessKeyName=n;SharedAccessKey=k;";
const LOOPBACK_BLOBS = "AccountName=a;AccountKey=k;BlobEndpoint=http://127.0.0.1:10000/a;";
const BLOBS = "https://larkspur.blob.core.windows.net";
const REQUIRED = Object.keys(CLOUD);

/** The names that the error of these settings complains about. */
function complaints(differing: Record<string, string | undefined>): string[] {
  try {
    readConfig({ ...CLOUD, ...differing });
  } catch (error) {
    return [...String(error).matchAll(/^ {2}([A-Z_a-z]+)/gm)].map(([, name]) => name ?? "").sort();
  }
  return [];
}

test("a cloud installation starts with writes off and the ledger's own time limits", () => {
  expect(readConfig(CLOUD)).toMatchObject({
    storage: { tableServiceUri: "https://larkspur.table.core.windows.net" },
    serviceBus: { fullyQualifiedNamespace: "larkspur.servicebus.windows.net" },
    managedIdentityClientId: undefined,
    writeMode: "off",
    logLevel: "info",
    ledger: { sendWindowMs: 30_000, callTimeoutMs: 60_000, fenceMarginMs: 30_000, settleDelayMs: 900_000 },
  });
});

test("all missing settings are named at once", () => {
  const nothing = Object.fromEntries(REQUIRED.map((name) => [name, undefined]));
  expect(complaints(nothing)).toEqual([...REQUIRED].sort());
});

test("all bad settings are named at once", () => {
  const nonsense = Object.fromEntries(REQUIRED.map((name) => [name, "not a / value"]));
  expect(complaints(nonsense)).toEqual([...REQUIRED].sort());
});

test.each(REQUIRED)("without %s nothing starts, be it missing or empty", (name) => {
  expect(complaints({ [name]: undefined })).toEqual([name]);
  expect(complaints({ [name]: "" })).toEqual([name]);
});

test.each(["PARTNER_CENTER_URL", "KEY_VAULT_URL", "ENTRA_AUTHORITY", "GRAPH_URL", "PUBLIC_URL", "RETURN_TO_ORIGINS"])(
  "%s is https, or plain http on this machine",
  (name) => {
    expect(complaints({ [name]: "http://csp.larkspur.example" })).toEqual([name]);
    expect(complaints({ [name]: "http://127.0.0.1.larkspur.example" })).toEqual([name]);
    expect(complaints({ [name]: "http://localhost@larkspur.example" })).toEqual([name]);
    expect(complaints({ [name]: "ftp://127.0.0.1" })).toEqual([name]);
    for (const local of ["http://127.0.0.1:7072", "http://localhost:7072", "http://[::1]:7072"]) {
      expect(complaints({ [name]: local })).toEqual([]);
    }
  },
);

test("Service Bus is a host name, with a port on this machine only", () => {
  const name = "SERVICE_BUS__fullyQualifiedNamespace";
  expect(complaints({ [name]: "localhost:5671" })).toEqual([]);
  expect(complaints({ [name]: "sb-larkspur.servicebus.windows.net:5671" })).toEqual([name]);
  expect(complaints({ [name]: "https://sb-larkspur.servicebus.windows.net" })).toEqual([name]);
});

test("a slash at the end of an address does not matter", () => {
  expect(readConfig({ ...CLOUD, PUBLIC_URL: "https://csp.larkspur.example/" }).publicUrl).toBe(
    "https://csp.larkspur.example",
  );
});

test("people may return to several places, each of them checked", () => {
  const two = "https://a.example, http://localhost:5173";
  expect(readConfig({ ...CLOUD, RETURN_TO_ORIGINS: two }).returnToOrigins).toEqual([
    "https://a.example",
    "http://localhost:5173",
  ]);
  expect(() => readConfig({ ...CLOUD, RETURN_TO_ORIGINS: `${two},http://b.example` })).toThrow("RETURN_TO_ORIGINS");
  expect(complaints({ RETURN_TO_ORIGINS: " , " })).toEqual(["RETURN_TO_ORIGINS"]);
});

describe("a connection string carries a key, so it", () => {
  const local = { STATE_STORAGE__tableServiceUri: undefined, SERVICE_BUS__fullyQualifiedNamespace: undefined };

  test("works for stand-ins on this machine", () => {
    const config = readConfig({ ...CLOUD, ...local, STATE_STORAGE: LOOPBACK_TABLES, SERVICE_BUS: LOOPBACK_BUS });
    expect(config.storage).toEqual({ connectionString: LOOPBACK_TABLES });
    expect(config.serviceBus).toEqual({ connectionString: LOOPBACK_BUS });
  });

  test.each([
    "AccountName=a;AccountKey=k;TableEndpoint=https://larkspur.table.core.windows.net/;",
    "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k;EndpointSuffix=core.windows.net",
    "AccountName=a;AccountKey=k;TableEndpoint=http://127.0.0.1.larkspur.example/a;",
    "UseDevelopmentStorage=true",
  ])("is refused for storage elsewhere: %s", (connection) => {
    expect(complaints({ STATE_STORAGE__tableServiceUri: undefined, STATE_STORAGE: connection })).toEqual([
      "STATE_STORAGE",
    ]);
  });

  test.each(["Endpoint=sb://larkspur.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=k", "nonsense"])(
    "is refused for queues elsewhere: %s",
    (connection) => {
      expect(complaints({ SERVICE_BUS__fullyQualifiedNamespace: undefined, SERVICE_BUS: connection })).toEqual([
        "SERVICE_BUS",
      ]);
    },
  );

  test("does not stand beside the address of the same service", () => {
    expect(complaints({ STATE_STORAGE: LOOPBACK_TABLES })).toEqual(["STATE_STORAGE__tableServiceUri"]);
    expect(complaints({ SERVICE_BUS: LOOPBACK_BUS })).toEqual(["SERVICE_BUS__fullyQualifiedNamespace"]);
    expect(complaints({ BACKUP_STORAGE: LOOPBACK_BLOBS, BACKUP_STORAGE__blobServiceUri: BLOBS })).toEqual([
      "BACKUP_STORAGE__blobServiceUri",
    ]);
  });
});

test("backups are taken where there is a place for them, and nowhere else", () => {
  expect(readConfig(CLOUD).backupStorage).toBeUndefined();
  expect(readConfig({ ...CLOUD, BACKUP_STORAGE__blobServiceUri: "" }).backupStorage).toBeUndefined();
  expect(readConfig({ ...CLOUD, BACKUP_STORAGE__blobServiceUri: `${BLOBS}/` }).backupStorage).toEqual({
    blobServiceUri: BLOBS,
  });
  expect(readConfig({ ...CLOUD, BACKUP_STORAGE: LOOPBACK_BLOBS }).backupStorage).toEqual({
    connectionString: LOOPBACK_BLOBS,
  });
  expect(complaints({ BACKUP_STORAGE: LOOPBACK_BLOBS.replace("127.0.0.1", "larkspur.example") })).toEqual([
    "BACKUP_STORAGE",
  ]);
});

const FLOORS = {
  LEDGER_SEND_WINDOW_SECONDS: 30,
  LEDGER_CALL_TIMEOUT_SECONDS: 60,
  LEDGER_FENCE_MARGIN_SECONDS: 30,
  LEDGER_SETTLE_DELAY_SECONDS: 900,
  LEDGER_BACKOFF_BASE_SECONDS: 30,
};

describe.each(Object.entries(FLOORS))("%s", (name, floor) => {
  test("does not go below its floor against the real Partner Center", () => {
    expect(complaints({ [name]: String(floor - 1) })).toEqual([name]);
    expect(complaints({ [name]: String(floor) })).toEqual([]);
  });

  test("may be short against a simulator on this machine, but is never nothing", () => {
    const simulator = { PARTNER_CENTER_URL: "http://127.0.0.1:7072" };
    expect(complaints({ ...simulator, [name]: "1" })).toEqual([]);
    for (const bad of ["0", "-5", "1.5", "soon", "86401"])
      expect(complaints({ ...simulator, [name]: bad })).toEqual([name]);
  });
});

test("settings of the ledger are told in seconds and kept in milliseconds", () => {
  const { ledger } = readConfig({ ...CLOUD, LEDGER_SETTLE_DELAY_SECONDS: "1200", LEDGER_BACKOFF_BASE_SECONDS: "45" });
  expect(ledger).toMatchObject({ settleDelayMs: 1_200_000, backoffBaseMs: 45_000 });
});

describe.each([
  ["RATE_LIMIT_READS_PER_MINUTE", 60],
  ["RATE_LIMIT_WRITES_PER_MINUTE", 12],
  ["RATE_LIMIT_ANONYMOUS_PER_MINUTE", 60],
])("%s", (name, floor) => {
  test("leaves enough for somebody at the portal, and is never without bounds", () => {
    for (const good of [floor, 60_000]) expect(complaints({ [name]: String(good) })).toEqual([]);
    for (const bad of [String(floor - 1), "0", "60001", "1.5", "none"])
      expect(complaints({ [name]: bad })).toEqual([name]);
  });
});

test("without a word about it, a caller has 600 reads and 120 writes a minute, an address 300 requests", () => {
  const expected = { readsPerMinute: 600, writesPerMinute: 120, anonymousPerMinute: 300 };
  expect(readConfig(CLOUD).rateLimits).toEqual(expected);
});

test("the first Admin is a person of the MSP's directory", () => {
  expect(readConfig(CLOUD).firstAdmin).toBeUndefined();
  const oid = "20000000-0000-4000-8000-00000000000A";
  expect(readConfig({ ...CLOUD, FIRST_ADMIN_OBJECT_ID: oid }).firstAdmin).toBe(`${GUID}_${oid.toLowerCase()}`);
  expect(complaints({ FIRST_ADMIN_OBJECT_ID: "ada@larkspur.example" })).toEqual(["FIRST_ADMIN_OBJECT_ID"]);
});

test("telemetry goes nowhere unless a connection string says where", () => {
  const name = "APPLICATIONINSIGHTS_CONNECTION_STRING";
  const connection = `InstrumentationKey=${GUID};IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/`;
  expect(readConfig(CLOUD).telemetryConnection).toBeUndefined();
  expect(readConfig({ ...CLOUD, [name]: connection }).telemetryConnection).toBe(connection);
  expect(complaints({ [name]: "IngestionEndpoint=https://elsewhere.example" })).toEqual([name]);
});

test("an unknown write mode or log level is refused, not guessed", () => {
  expect(complaints({ WRITE_MODE: "yes", LOG_LEVEL: "loud" })).toEqual(["LOG_LEVEL", "WRITE_MODE"]);
});

test("an error never shows the value of a setting", () => {
  const secret = "Endpoint=sb://elsewhere.example;SharedAccessKey=c2VjcmV0";
  expect(() => readConfig({ ...CLOUD, SERVICE_BUS__fullyQualifiedNamespace: undefined, SERVICE_BUS: secret })).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining("c2VjcmV0") as string }) as Error,
  );
});

describe("local.settings.sample.json", () => {
  const root = path.resolve(__dirname, "../..");
  const sample = JSON.parse(readFileSync(path.join(root, "local.settings.sample.json"), "utf8")) as {
    IsEncrypted: boolean;
    Values: Record<string, string>;
    Host: { LocalHttpPort: number };
  };
  /** Read by the Functions host and by the Azure SDK, not by us. */
  const PLATFORM_OWN = ["AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"];
  /** Three are the cloud's way to what the sample reaches by connection strings; the others have nothing to name here. */
  const CLOUD_ONLY = [
    "STATE_STORAGE__tableServiceUri",
    "BACKUP_STORAGE__blobServiceUri",
    "SERVICE_BUS__fullyQualifiedNamespace",
    "MANAGED_IDENTITY_CLIENT_ID",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
  ];

  test("names every setting there is, and none that nobody reads", () => {
    const expected = [...SETTING_NAMES.filter((name) => !CLOUD_ONLY.includes(name)), ...PLATFORM_OWN];
    expect(Object.keys(sample.Values).sort()).toEqual(expected.sort());
  });

  test("is valid as it stands", () => {
    expect(readConfig(sample.Values)).toMatchObject({ writeMode: "on" });
    expect(sample.IsEncrypted).toBe(false);
  });

  test("says what the local platform says with its usual ports", () => {
    const at = (port: number): string => `http://127.0.0.1:${port}`;
    const { name, key } = DEVELOPMENT_ACCOUNT;
    const tables = `TableEndpoint=${at(DEFAULT_PORTS.tables)}/${name};`;
    const blobs = `BlobEndpoint=${at(DEFAULT_PORTS.blobs)}/${name};`;
    const bus = `Endpoint=sb://127.0.0.1:${DEFAULT_PORTS.serviceBus};`;
    const settings = appSettings({
      publicUrl: `http://localhost:${DEFAULT_PORTS.api}`,
      hostStorage: "UseDevelopmentStorage=true",
      connections: {
        STATE_STORAGE: `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=${key};${tables}`,
        BACKUP_STORAGE: `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=${key};${blobs}`,
        SERVICE_BUS: `${bus}SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=local;UseDevelopmentEmulator=true;`,
      },
      keyVault: at(DEFAULT_PORTS.keyVault),
      identity: at(DEFAULT_PORTS.identity),
      entra: at(DEFAULT_PORTS.entra),
      graph: at(DEFAULT_PORTS.graph),
      partnerCenter: at(DEFAULT_PORTS.simulator),
    });
    expect(sample.Values).toEqual(settings);
    expect(sample.Values["IDENTITY_HEADER"]).toBe(IDENTITY_HEADER);
    expect(sample.Host.LocalHttpPort).toBe(DEFAULT_PORTS.api);
  });
});
