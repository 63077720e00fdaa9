import { createHash, randomBytes, randomUUID } from "node:crypto";
import path from "node:path";
import type { app as functionsApp } from "@azure/functions";
import { createOpenApiDocument } from "../shared/api/openapi";
import type { Config } from "../shared/config";
import type { Clock } from "../shared/domain/access/clock";
import type { ApplyDeps } from "../shared/domain/changes/apply-change";
import { WRITE_MODE_ROW, WriteModeSetting } from "../shared/domain/changes/write-mode";
import { HEAD_ROW, MSP_PARTITION, tenantPartition } from "../shared/domain/decisions/head";
import { dispatchOutbox } from "../shared/domain/decisions/outbox";
import { noteResellerTrouble } from "../shared/domain/resellers/note-reseller-trouble";
import { identityOf, Reseller, resellerRow } from "../shared/domain/resellers/reseller";
import { TENANT_ROW } from "../shared/domain/tenants/tenant";
import { createOAuthClient } from "../shared/entra/oauth-client";
import { createPartnerSignIn } from "../shared/entra/partner-sign-in";
import { createResellerTokens } from "../shared/entra/reseller-tokens";
import { createTenantConsent } from "../shared/entra/tenant-consent";
import { createGraphClient } from "../shared/graph/graph-client";
import { createAuthenticator } from "../shared/http/authenticate";
import { createCursors, type Cursors } from "../shared/http/cursor";
import { docsEndpoints } from "../shared/http/docs-page";
import type { Endpoint } from "../shared/http/endpoint";
import { healthEndpoints } from "../shared/http/health";
import { registerEndpoints } from "../shared/http/register";
import { createDirectoryKeys } from "../shared/http/signing-keys";
import type { Logger } from "../shared/logger";
import { serviceBusSender } from "../shared/messaging/service-bus-sender";
import { createAccessTokens } from "../shared/partner-center/access-tokens";
import { createPartnerCenter } from "../shared/partner-center/partner-center";
import { createSubscriptionWriter } from "../shared/partner-center/subscription-writer";
import { createKeyVaultSecrets } from "../shared/secrets/key-vault-secrets";
import { snapshotTable } from "../shared/storage/snapshot-table";
import { tableStateStore } from "../shared/storage/table-state-store";
import { tableWorkIndex } from "../shared/storage/table-work-index";
import { tenantListTable } from "../shared/storage/tenant-list-table";
import { createAzureClients } from "./azure-clients";
import { auditLogEndpoints } from "./http/audit-logs";
import { callbackEndpoints } from "./http/callbacks";
import { changeEndpoints } from "./http/changes";
import { customerEndpoints } from "./http/customers";
import { resellerEndpoints } from "./http/resellers";
import { subscriptionEndpoints } from "./http/subscriptions";
import { tenantEndpoints } from "./http/tenants";
import { installationKey } from "./installation-keys";
import { applyChangeHandler } from "./queues/apply-change";
import { projectDirectoryHandler } from "./queues/project-directory";
import { syncTenantHandler } from "./queues/sync-tenant";
import { takeDeadLetterHandler } from "./queues/take-dead-letter";
import { sweepWorkHandler } from "./timers/sweep-work";

type App = Pick<typeof functionsApp, "http" | "timer" | "serviceBusQueue">;

export interface ConnectedApp {
  endpoints: Endpoint[];
  /** Registers every function; to be called once, while the entry point loads. */
  register: (app: App) => void;
}

/** The composition root: settings in, everything connected, and one function to register it all. */
export function createApp(config: Config, log: Logger, clock: Clock): ConnectedApp {
  const azure = createAzureClients(config);
  const store = tableStateStore(azure.table("state"));
  const work = tableWorkIndex(azure.table("work"), clock);
  const tenants = tenantListTable(azure.table("directory"));
  const snapshots = snapshotTable(azure.table("state"));
  const vault = createKeyVaultSecrets({ client: azure.secrets });
  const send = serviceBusSender(azure.serviceBus);

  const oauth = createOAuthClient({ authority: config.entraAuthority });
  const signIn = createPartnerSignIn({ oauth, partnerCenterResource: config.partnerCenter.resource });
  const accessTokens = createAccessTokens({
    issuer: createResellerTokens(oauth),
    vault,
    partnerCenterResource: config.partnerCenter.resource,
    clock,
    logger: log,
  });
  const { profile, subscriptions, history, connection } = createPartnerCenter({
    baseUrl: config.partnerCenter.url,
    applicationName: "csp-marketplace",
    accessTokens,
    clock,
    logger: log,
  });
  const graph = createGraphClient({ baseUrl: config.graph.url });
  const tenantDirectory = createTenantConsent({
    oauth,
    applicationId: config.tenantApp.clientId,
    applicationSecret: () => vault.get(config.tenantApp.secretName),
    graphResource: config.graph.resource,
    readOrganization: (...ask) => graph.readOrganization(...ask),
  });

  const key = installationKey(vault);
  const decisions = {
    store,
    clock,
    log,
    random: (size: number): Uint8Array => randomBytes(size),
    dispatch: (partition: string, messages: Parameters<typeof dispatchOutbox>[2]) =>
      dispatchOutbox({ store, send, log }, partition, messages),
    touchWork: (partition: string) => work.touch(partition),
  };
  const reads = { ...decisions, subscriptions, snapshots };
  const web = {
    ...reads,
    ...{ signIn, profile, vault, tenantDirectory, tenants },
    authorizationKey: key,
    redirectUri: `${config.publicUrl}/app/MicrosoftCspAuthenticationCallback`,
    consentRedirectUri: `${config.publicUrl}/app/TenantConsentCallback`,
    returnToOrigins: config.returnToOrigins,
    cursors: async (): Promise<Cursors> =>
      createCursors(
        createHash("sha256")
          .update(`cursor:${await key()}`)
          .digest(),
      ),
  };
  const worker: ApplyDeps = {
    ...reads,
    history,
    settings: config.ledger,
    newGuid: randomUUID,
    // The one place that can reach the write methods of Partner Center.
    writer: createSubscriptionWriter(connection, { timeoutMs: config.ledger.callTimeoutMs }),
    writeMode: async () => {
      const row = await store.get(MSP_PARTITION, WRITE_MODE_ROW);
      return row ? WriteModeSetting.parse(row.value).mode : config.writeMode;
    },
    resellerIdentity: async (id) => {
      const row = await store.get(MSP_PARTITION, resellerRow(id));
      const reseller = row && Reseller.parse(row.value);
      return reseller?.state === "Authorized" ? identityOf(reseller) : undefined;
    },
    noteResellerTrouble: (id, state) => noteResellerTrouble(decisions, id, state),
  };

  const api = [
    ...resellerEndpoints(web),
    ...customerEndpoints(web),
    ...tenantEndpoints(web),
    ...subscriptionEndpoints(reads),
    ...changeEndpoints(web),
    ...auditLogEndpoints(web),
    ...callbackEndpoints(web),
    ...healthEndpoints({
      log,
      checks: [
        { name: "storage", run: () => store.get(MSP_PARTITION, HEAD_ROW) },
        { name: "keyVault", run: key },
      ],
    }),
  ];
  const endpoints: Endpoint[] = [
    ...api,
    ...docsEndpoints({
      assetsFolder: path.join(__dirname, "assets"),
      title: "CSP marketplace API",
      openApi: () =>
        createOpenApiDocument(
          endpoints.map(({ route }) => route),
          describeApi(config),
        ),
    }),
  ];
  const authenticate = createAuthenticator({
    authority: config.entraAuthority,
    audiences: [config.apiClientId, `api://${config.apiClientId}`],
    mspDirectoryId: config.mspTenantId,
    isAllowedDirectory: async (id) =>
      id === config.mspTenantId || (await store.get(tenantPartition(id), TENANT_ROW)) !== undefined,
    keysOf: createDirectoryKeys({ authority: config.entraAuthority }),
    findGrant: () => Promise.resolve(undefined),
  });

  return {
    endpoints,
    register: (app) => {
      registerEndpoints(app, endpoints, { authenticate, log, publicUrl: new URL(config.publicUrl) });
      const queue = { connection: "SERVICE_BUS", isSessionsEnabled: true };
      app.serviceBusQueue("applyChange", { ...queue, queueName: "changes", handler: applyChangeHandler(worker) });
      app.serviceBusQueue("takeDeadLetter", {
        connection: "SERVICE_BUS",
        queueName: "changes/$DeadLetterQueue",
        handler: takeDeadLetterHandler(decisions),
      });
      app.serviceBusQueue("projectDirectory", {
        ...queue,
        queueName: "directory",
        handler: projectDirectoryHandler(web),
      });
      app.serviceBusQueue("syncTenant", {
        connection: "SERVICE_BUS",
        queueName: "sync",
        handler: syncTenantHandler(reads),
      });
      app.timer("sweepWork", {
        schedule: "0 * * * * *",
        handler: sweepWorkHandler({ ...decisions, settings: config.ledger, work, send }),
      });
    },
  };
}

function describeApi(config: Config): Parameters<typeof createOpenApiDocument>[1] {
  const authority = `${config.entraAuthority}/${config.mspTenantId}/oauth2/v2.0`;
  return {
    title: "CSP marketplace API",
    version: "1",
    description:
      "Buy, change and give back Microsoft 365 licences of many customers through Partner Center, each change exactly once.",
    serverUrl: config.publicUrl,
    signIn: {
      authorizationUrl: `${authority}/authorize`,
      tokenUrl: `${authority}/token`,
      scope: `api://${config.apiClientId}/access_as_user`,
    },
  };
}
