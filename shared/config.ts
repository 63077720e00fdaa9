import { z } from "zod";
import { Principal, TenantId } from "./domain/access/ids";
import { WriteMode } from "./domain/changes/write-mode";
import { DEFAULT_LEDGER_SETTINGS, type LedgerSettings } from "./domain/changes/ledger-settings";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether an address leads to this machine. */
export function isLoopback(address: string): boolean {
  return URL.canParse(address) && LOOPBACK.test(new URL(address).hostname);
}

/** Https anywhere, plain http on this machine only. */
const serviceUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !text.startsWith("http:") || isLoopback(text), "must be https (http only on loopback)")
  .transform((text) => text.replace(/\/+$/, ""));

/** A host name, as Azure has them; a port may follow on this machine only. */
const namespaceHost = z
  .string()
  .refine(
    (text) => z.hostname().safeParse(text.replace(/^localhost:\d{1,5}$/, "localhost")).success,
    "must be a host name (with a port on this machine only)",
  );

/** A connection string carries a key: it works against stand-ins on this machine only. */
const loopbackConnection = (member: string) =>
  z.string().refine((text) => {
    const value = new RegExp(`(?:^|;)${member}=([^;]+)`).exec(text)?.[1] ?? "";
    return isLoopback(value.replace(/^sb:/, "http:"));
  }, `must name a ${member} on this machine; a cloud installation uses its identity instead`);

const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);
const seconds = (floor: number) => z.coerce.number().int().min(floor).max(86_400);

const perMinute = (floor: number) => z.coerce.number().int().min(floor).max(60_000);

const Settings = z.object({
  STATE_STORAGE: loopbackConnection("TableEndpoint").optional(),
  STATE_STORAGE__tableServiceUri: serviceUrl.optional(),
  BACKUP_STORAGE: loopbackConnection("BlobEndpoint").optional(),
  BACKUP_STORAGE__blobServiceUri: serviceUrl.optional(),
  SERVICE_BUS: loopbackConnection("Endpoint").optional(),
  SERVICE_BUS__fullyQualifiedNamespace: namespaceHost.optional(),
  MANAGED_IDENTITY_CLIENT_ID: z.guid().optional(),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z
    .string()
    .regex(
      /(?:^|;)InstrumentationKey=[0-9a-f-]{36}(?:;|$)/i,
      "must be the connection string of an Application Insights",
    )
    .optional(),
  KEY_VAULT_URL: serviceUrl,
  PUBLIC_URL: serviceUrl,
  RETURN_TO_ORIGINS: list.pipe(z.array(serviceUrl).min(1)),
  ENTRA_AUTHORITY: serviceUrl,
  API_CLIENT_ID: z.guid(),
  MSP_TENANT_ID: TenantId,
  FIRST_ADMIN_OBJECT_ID: z.guid().optional(),
  TENANT_APP_CLIENT_ID: z.guid(),
  TENANT_APP_SECRET_NAME: z.string().regex(/^[0-9a-zA-Z-]{1,127}$/, "must be a Key Vault secret name"),
  PARTNER_CENTER_URL: serviceUrl,
  PARTNER_CENTER_RESOURCE: z.url(),
  PRICE_SHEETS_URL: serviceUrl,
  PRICE_SHEETS_RESOURCE: z.url(),
  GRAPH_URL: serviceUrl,
  GRAPH_RESOURCE: z.url(),
  WRITE_MODE: WriteMode.default("off"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  // The floors of the change ledger: below them a slow answer could be taken for none (change ledger §8).
  LEDGER_SEND_WINDOW_SECONDS: seconds(1).default(30),
  LEDGER_CALL_TIMEOUT_SECONDS: seconds(1).default(60),
  LEDGER_FENCE_MARGIN_SECONDS: seconds(1).default(30),
  LEDGER_SETTLE_DELAY_SECONDS: seconds(1).default(900),
  LEDGER_BACKOFF_BASE_SECONDS: seconds(1).default(60),
  // Of one caller or address, and of each instance. The floors are what somebody at the portal needs.
  RATE_LIMIT_READS_PER_MINUTE: perMinute(60).default(600),
  RATE_LIMIT_WRITES_PER_MINUTE: perMinute(12).default(120),
  RATE_LIMIT_ANONYMOUS_PER_MINUTE: perMinute(60).default(300),
});
type Settings = z.infer<typeof Settings>;

/** What was given, before it is parsed; empty settings count as missing. */
type Given = Readonly<Record<string, string | undefined>>;

interface Problem {
  name: string;
  message: string;
}

/** Where the cloud has an address that an identity opens, one machine has a connection string. */
const ALTERNATIVES: readonly { local: keyof Settings; cloud: keyof Settings; isNeeded: boolean }[] = [
  { local: "STATE_STORAGE", cloud: "STATE_STORAGE__tableServiceUri", isNeeded: true },
  { local: "BACKUP_STORAGE", cloud: "BACKUP_STORAGE__blobServiceUri", isNeeded: false },
  { local: "SERVICE_BUS", cloud: "SERVICE_BUS__fullyQualifiedNamespace", isNeeded: true },
];

function alternativeProblems(given: Given): Problem[] {
  return ALTERNATIVES.filter(({ local, cloud, isNeeded }) => {
    const count = [local, cloud].filter((name) => given[name] !== undefined).length;
    return count > 1 || (isNeeded && count === 0);
  }).map(({ local, cloud }) => ({ name: cloud, message: `set either ${cloud} or, on one machine, ${local}` }));
}

const FLOORS = {
  LEDGER_SEND_WINDOW_SECONDS: 30,
  LEDGER_CALL_TIMEOUT_SECONDS: 60,
  LEDGER_FENCE_MARGIN_SECONDS: 30,
  LEDGER_SETTLE_DELAY_SECONDS: 900,
  LEDGER_BACKOFF_BASE_SECONDS: 30,
} as const;

function floorProblems(given: Given): Problem[] {
  if (isLoopback(given["PARTNER_CENTER_URL"] ?? "")) return [];
  return Object.entries(FLOORS)
    .filter(([name, floor]) => Number(given[name] ?? floor) < floor)
    .map(([name, floor]) => ({ name, message: `must be at least ${floor} against the real Partner Center` }));
}

/** Everything the app is told from outside, parsed. */
export interface Config {
  storage: { connectionString: string } | { tableServiceUri: string };
  /** Absent: no backups are taken. */
  backupStorage: { connectionString: string } | { blobServiceUri: string } | undefined;
  serviceBus: { connectionString: string } | { fullyQualifiedNamespace: string };
  managedIdentityClientId: string | undefined;
  /** Where telemetry goes; absent: nowhere. Its key opens nothing, the identity does. */
  telemetryConnection: string | undefined;
  keyVaultUrl: string;
  publicUrl: string;
  returnToOrigins: string[];
  entraAuthority: string;
  apiClientId: string;
  mspTenantId: TenantId;
  /** Admin of everything, whatever Entra and our grants say: how an installation gets its first one, and keeps one. */
  firstAdmin: Principal | undefined;
  tenantApp: { clientId: string; secretName: string };
  partnerCenter: { url: string; resource: string };
  /** Another host than Partner Center's, with tokens of its own. */
  priceSheets: { url: string; resource: string };
  graph: { url: string; resource: string };
  writeMode: WriteMode;
  logLevel: Settings["LOG_LEVEL"];
  ledger: LedgerSettings;
  /** Requests of one caller, or of one address, that one instance answers. */
  rateLimits: { readsPerMinute: number; writesPerMinute: number; anonymousPerMinute: number };
}

/** Names of all settings the app reads, for the sample file and the deployment to be checked against. */
export const SETTING_NAMES: readonly string[] = Object.keys(Settings.shape);

/** Parses the settings. Throws one error that names every bad one; the app does not start with a guess. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given: Given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const parsed = Settings.safeParse(given);
  const problems: Problem[] = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({ name: path.join("."), message })),
    ...alternativeProblems(given),
    ...floorProblems(given),
  ];
  if (!parsed.success || problems.length > 0) {
    const lines = problems.map(({ name, message }) => `  ${name}: ${message}`);
    throw new Error(`The settings are not valid:\n${lines.join("\n")}`);
  }
  return toConfig(parsed.data);
}

function backupStorageOf(s: Settings): Config["backupStorage"] {
  if (s.BACKUP_STORAGE) return { connectionString: s.BACKUP_STORAGE };
  return s.BACKUP_STORAGE__blobServiceUri ? { blobServiceUri: s.BACKUP_STORAGE__blobServiceUri } : undefined;
}

function toConfig(s: Settings): Config {
  return {
    storage: s.STATE_STORAGE
      ? { connectionString: s.STATE_STORAGE }
      : { tableServiceUri: s.STATE_STORAGE__tableServiceUri ?? "" },
    backupStorage: backupStorageOf(s),
    serviceBus: s.SERVICE_BUS
      ? { connectionString: s.SERVICE_BUS }
      : { fullyQualifiedNamespace: s.SERVICE_BUS__fullyQualifiedNamespace ?? "" },
    managedIdentityClientId: s.MANAGED_IDENTITY_CLIENT_ID,
    telemetryConnection: s.APPLICATIONINSIGHTS_CONNECTION_STRING,
    keyVaultUrl: s.KEY_VAULT_URL,
    publicUrl: s.PUBLIC_URL,
    returnToOrigins: s.RETURN_TO_ORIGINS,
    entraAuthority: s.ENTRA_AUTHORITY,
    apiClientId: s.API_CLIENT_ID,
    mspTenantId: s.MSP_TENANT_ID,
    firstAdmin: s.FIRST_ADMIN_OBJECT_ID ? Principal.parse(`${s.MSP_TENANT_ID}_${s.FIRST_ADMIN_OBJECT_ID}`) : undefined,
    tenantApp: { clientId: s.TENANT_APP_CLIENT_ID, secretName: s.TENANT_APP_SECRET_NAME },
    partnerCenter: { url: s.PARTNER_CENTER_URL, resource: s.PARTNER_CENTER_RESOURCE },
    priceSheets: { url: s.PRICE_SHEETS_URL, resource: s.PRICE_SHEETS_RESOURCE },
    graph: { url: s.GRAPH_URL, resource: s.GRAPH_RESOURCE },
    writeMode: s.WRITE_MODE,
    logLevel: s.LOG_LEVEL,
    ledger: {
      ...DEFAULT_LEDGER_SETTINGS,
      sendWindowMs: s.LEDGER_SEND_WINDOW_SECONDS * 1000,
      callTimeoutMs: s.LEDGER_CALL_TIMEOUT_SECONDS * 1000,
      fenceMarginMs: s.LEDGER_FENCE_MARGIN_SECONDS * 1000,
      settleDelayMs: s.LEDGER_SETTLE_DELAY_SECONDS * 1000,
      recordDelayMs: s.LEDGER_SETTLE_DELAY_SECONDS * 1000,
      backoffBaseMs: s.LEDGER_BACKOFF_BASE_SECONDS * 1000,
    },
    rateLimits: {
      readsPerMinute: s.RATE_LIMIT_READS_PER_MINUTE,
      writesPerMinute: s.RATE_LIMIT_WRITES_PER_MINUTE,
      anonymousPerMinute: s.RATE_LIMIT_ANONYMOUS_PER_MINUTE,
    },
  };
}
