import { apiApp, tenantApp } from "../presets/demo-apps";
import { accountId, mspTenant } from "../presets/tenants";

/** Addresses of the running stand-ins. */
export interface Addresses {
  publicUrl: string;
  /** What the host itself keeps leases and keys in: `AzureWebJobsStorage`. With an identity its connections say it. */
  hostStorage: string;
  /** How storage and queues are reached: connection strings, or names and addresses alone that an identity opens. */
  connections: Connections;
  keyVault: string;
  identity: string;
  entra: string;
  graph: string;
  partnerCenter: string;
}

export type Connections =
  { STATE_STORAGE: string; BACKUP_STORAGE: string; SERVICE_BUS: string } | ReturnType<typeof identityConnections>;

/** Client id of the user-assigned identity the app runs as; the identity endpoint knows no other. */
export const APP_IDENTITY_CLIENT_ID = "5d0b7e64-1c8f-4a37-9e52-b3f6d4a1c706";

/** The same settings as in Azure (`infra/workload.bicep`): no key in any of them. */
export function identityConnections(at: {
  storageAccount: string;
  tables: string;
  blobs: string;
  serviceBusPort: number;
}) {
  return {
    AzureWebJobsStorage__accountName: at.storageAccount,
    AzureWebJobsStorage__credential: "managedidentity",
    AzureWebJobsStorage__clientId: APP_IDENTITY_CLIENT_ID,
    MANAGED_IDENTITY_CLIENT_ID: APP_IDENTITY_CLIENT_ID,
    STATE_STORAGE__tableServiceUri: at.tables,
    BACKUP_STORAGE__blobServiceUri: at.blobs,
    SERVICE_BUS__fullyQualifiedNamespace: `localhost:${at.serviceBusPort}`,
    SERVICE_BUS__credential: "managedidentity",
    SERVICE_BUS__clientId: APP_IDENTITY_CLIENT_ID,
  };
}

/** Vault name of the tenant app's secret. */
export const TENANT_APP_SECRET_NAME = "tenant-app";

/** What the managed-identity endpoint wants to see; it is on this machine only, and no secret. */
export const IDENTITY_HEADER = "local";

/** The settings of the app against these stand-ins; `local.settings.sample.json` holds the same for the default ports. */
export function appSettings(at: Addresses): Record<string, string> {
  return {
    ...("STATE_STORAGE" in at.connections ? { AzureWebJobsStorage: at.hostStorage } : {}),
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
