import { apiApp, tenantApp } from "../presets/demo-apps";
import { accountId, mspTenant } from "../presets/tenants";

/** Addresses of the running stand-ins. */
export interface Addresses {
  publicUrl: string;
  /** What the host itself keeps leases and keys in: `AzureWebJobsStorage`. */
  hostStorage: string;
  /** How tables and queues are reached: connection strings, or addresses alone that an identity opens. */
  connections: Connections;
  keyVault: string;
  identity: string;
  entra: string;
  graph: string;
  partnerCenter: string;
}

export type Connections =
  | { STATE_STORAGE: string; SERVICE_BUS: string }
  | { STATE_STORAGE__tableServiceUri: string; SERVICE_BUS__fullyQualifiedNamespace: string };

/** Vault name of the tenant app's secret. */
export const TENANT_APP_SECRET_NAME = "tenant-app";

/** What the managed-identity endpoint wants to see; it is on this machine only, and no secret. */
export const IDENTITY_HEADER = "local";

/** The settings of the app against these stand-ins; `local.settings.sample.json` holds the same for the default ports. */
export function appSettings(at: Addresses): Record<string, string> {
  return {
    AzureWebJobsStorage: at.hostStorage,
    FUNCTIONS_WORKER_RUNTIME: "node",
    ...at.connections,
    KEY_VAULT_URL: at.keyVault,
    IDENTITY_ENDPOINT: `${at.identity}/msi/token`,
    IDENTITY_HEADER,
    PUBLIC_URL: at.publicUrl,
    RETURN_TO_ORIGINS: at.publicUrl,
    ENTRA_AUTHORITY: at.entra,
    API_CLIENT_ID: apiApp.appId,
    MSP_TENANT_ID: mspTenant.tenantId,
    FIRST_ADMIN_OBJECT_ID: accountId(mspTenant, "admin"),
    TENANT_APP_CLIENT_ID: tenantApp.appId,
    TENANT_APP_SECRET_NAME,
    PARTNER_CENTER_URL: at.partnerCenter,
    PARTNER_CENTER_RESOURCE: "https://api.partnercenter.microsoft.com",
    PRICE_SHEETS_URL: at.partnerCenter,
    PRICE_SHEETS_RESOURCE: "https://api.partner.microsoft.com",
    GRAPH_URL: at.graph,
    GRAPH_RESOURCE: "https://graph.microsoft.com",
    WRITE_MODE: "on",
    LOG_LEVEL: "info",
    LEDGER_SEND_WINDOW_SECONDS: "30",
    LEDGER_CALL_TIMEOUT_SECONDS: "60",
    LEDGER_FENCE_MARGIN_SECONDS: "30",
    LEDGER_SETTLE_DELAY_SECONDS: "900",
    LEDGER_BACKOFF_BASE_SECONDS: "60",
    // Ten times what is usual and more: here a few accounts do everything, as fast as the machine can.
    RATE_LIMIT_READS_PER_MINUTE: "6000",
    RATE_LIMIT_WRITES_PER_MINUTE: "6000",
    RATE_LIMIT_ANONYMOUS_PER_MINUTE: "6000",
  };
}
