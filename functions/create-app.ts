import path from "node:path";
import type { Config } from "../shared/config";
import type { Clock } from "../shared/domain/access/clock";
import { findGrant } from "../shared/domain/access/grant";
import type { ResellerId } from "../shared/domain/access/ids";
import { HEAD_ROW, MSP_PARTITION, tenantPartition } from "../shared/domain/decisions/head";
import { authorizedIdentity } from "../shared/domain/resellers/find-reseller";
import { createRefundableReader } from "../shared/domain/subscriptions/refundable-reader";
import { TENANT_ROW } from "../shared/domain/tenants/tenant";
import { createAuthenticator } from "../shared/http/authenticate";
import { docsEndpoints } from "../shared/http/docs-page";
import type { Endpoint } from "../shared/http/endpoint";
import { healthEndpoints } from "../shared/http/health";
import { registerEndpoints } from "../shared/http/register";
import { createRequestLimits } from "../shared/http/request-limits";
import { createDirectoryKeys } from "../shared/http/signing-keys";
import type { Logger } from "../shared/logger";
import type { AppTelemetry } from "../shared/telemetry/create-telemetry";
import { connectWorld, type World } from "./connect-world";
import { createWorker } from "./create-worker";
import { describeApi } from "./describe-api";
import { accessEndpoints } from "./http/access";
import { auditLogEndpoints } from "./http/audit-logs";
import { callbackEndpoints } from "./http/callbacks";
import { changeEndpoints } from "./http/changes";
import { connectionEndpoints } from "./http/connections";
import { customerEndpoints } from "./http/customers";
import { onboardingEndpoints } from "./http/onboarding";
import { resellerSetupEndpoints } from "./http/reseller-setup";
import { resellerEndpoints } from "./http/resellers";
import { subscriptionEndpoints } from "./http/subscriptions";
import { summaryEndpoints } from "./http/summary";
import { tenantEndpoints } from "./http/tenants";
import { writeModeEndpoints } from "./http/write-mode";
import { observedApp, type App } from "./observed-app";
import { applyChangeHandler } from "./queues/apply-change";
import { projectDirectoryHandler } from "./queues/project-directory";
import { syncTenantHandler } from "./queues/sync-tenant";
import { takeDeadLetterHandler } from "./queues/take-dead-letter";
import { takeSyncDeadLetterHandler } from "./queues/take-sync-dead-letter";
import { tendResellerHandler } from "./queues/tend-reseller";
import { takeAgainHandler, understanding } from "./queues/versions";
import { backUpHandler } from "./timers/back-up";
import { forgetOldLinesHandler } from "./timers/forget-old-lines";
import { measureInstallationHandler } from "./timers/measure-installation";
import { sweepWorkHandler } from "./timers/sweep-work";
import { syncTenantsHandler } from "./timers/sync-tenants";
import { tendResellersHandler } from "./timers/tend-resellers";

/** The name of the settings that say where Service Bus is (`SERVICE_BUS…`). */
const SERVICE_BUS = "SERVICE_BUS";

export interface ConnectedApp {
  endpoints: Endpoint[];
  /** Registers every function; to be called once, while the entry point loads. */
  register: (app: App) => void;
}

/** The composition root: settings in, everything connected, and one function to register it all. */
export function createApp(config: Config, log: Logger, clock: Clock, telemetry: AppTelemetry): ConnectedApp {
  const world = connectWorld(config, log, clock, telemetry);
  const endpoints = createEndpoints(config, world);
  const authenticate = createAuthenticator({
    authority: config.entraAuthority,
    audiences: [config.apiClientId, `api://${config.apiClientId}`],
    mspDirectoryId: config.mspTenantId,
    isKnownDirectory: async (id) => (await world.store.get(tenantPartition(id), TENANT_ROW)) !== undefined,
    keysOf: createDirectoryKeys({ authority: config.entraAuthority }),
    findGrant: (principal) => findGrant(world.store, principal),
    firstAdmin: config.firstAdmin,
  });
  const limits = createRequestLimits({ ...config.rateLimits, clock, log });
  return {
    endpoints,
    register: (host) => {
      const app = observedApp(host, telemetry, clock);
      registerEndpoints(app, endpoints, {
        ...{ authenticate, limits, log, publicUrl: new URL(config.publicUrl) },
        onRequest: (correlationId) => telemetry.belongsTo(correlationId),
      });
      registerBackground(app, config, world);
    },
  };
}

function createEndpoints(config: Config, world: World): Endpoint[] {
  const { profile, subscriptions, offers, licences } = world.partnerCenter;
  const deps = {
    ...world,
    ...{ profile, subscriptions, offers, licences },
    refundables: createRefundableReader(subscriptions, world.clock),
    authorizationKey: world.key,
    settings: config.ledger,
    redirectUri: `${config.publicUrl}/app/MicrosoftCspAuthenticationCallback`,
    consentRedirectUri: `${config.publicUrl}/app/TenantConsentCallback`,
    returnToOrigins: config.returnToOrigins,
    mspDirectoryId: config.mspTenantId,
    firstAdmin: config.firstAdmin,
  };
  const checks = [
    { name: "storage", run: () => world.store.get(MSP_PARTITION, HEAD_ROW) },
    { name: "keyVault", run: () => world.vault.refetch(config.tenantApp.secretName) },
  ];
  const endpoints: Endpoint[] = [
    ...summaryEndpoints(deps),
    ...resellerSetupEndpoints(deps),
    ...resellerEndpoints(deps),
    ...onboardingEndpoints(deps),
    ...customerEndpoints(deps),
    ...tenantEndpoints(deps),
    ...connectionEndpoints(deps),
    ...subscriptionEndpoints(deps),
    ...changeEndpoints(deps),
    ...writeModeEndpoints(deps),
    ...auditLogEndpoints(deps),
    ...accessEndpoints(deps),
    ...callbackEndpoints(deps),
    ...healthEndpoints({ log: world.log, checks }),
    ...docsEndpoints({
      assetsFolder: path.join(__dirname, "assets"),
      title: "CSP marketplace API",
      openApi: () =>
        describeApi(
          config,
          endpoints.map(({ route }) => route),
        ),
    }),
  ];
  return endpoints;
}

function registerBackground(app: App, config: Config, world: World): void {
  const { profile, subscriptions, history } = world.partnerCenter;
  const resellerIdentity = (id: ResellerId) => authorizedIdentity(world.store, id);
  const sync = { ...world, profile, subscriptions, history, resellerIdentity };
  const connection = SERVICE_BUS;
  app.serviceBusQueue("applyChange", {
    ...{ connection, queueName: "changes", isSessionsEnabled: true },
    handler: understanding(world, "changes", applyChangeHandler({ ...world, ...createWorker(config, world) })),
  });
  app.serviceBusQueue("takeDeadLetter", {
    ...{ connection, queueName: "changes/$DeadLetterQueue" },
    handler: understanding(world, "changes", takeDeadLetterHandler(world)),
  });
  app.serviceBusQueue("projectDirectory", {
    ...{ connection, queueName: "directory", isSessionsEnabled: true },
    handler: understanding(world, "directory", projectDirectoryHandler(world)),
  });
  app.serviceBusQueue("takeDirectoryDeadLetter", {
    ...{ connection, queueName: "directory/$DeadLetterQueue" },
    handler: understanding(world, "directory", takeAgainHandler(world, "directory")),
  });
  app.serviceBusQueue("syncTenant", {
    ...{ connection, queueName: "sync" },
    handler: understanding(world, "sync", syncTenantHandler(sync)),
  });
  app.serviceBusQueue("takeSyncDeadLetter", {
    ...{ connection, queueName: "sync/$DeadLetterQueue" },
    handler: understanding(world, "sync", takeSyncDeadLetterHandler(world)),
  });
  app.serviceBusQueue("tendReseller", {
    ...{ connection, queueName: "tokens", isSessionsEnabled: true },
    handler: understanding(world, "tokens", tendResellerHandler(world)),
  });
  app.serviceBusQueue("takeTokenDeadLetter", {
    ...{ connection, queueName: "tokens/$DeadLetterQueue" },
    handler: understanding(world, "tokens", takeAgainHandler(world, "tokens")),
  });
  app.timer("tendResellers", { schedule: "0 15 3 * * *", handler: tendResellersHandler(world) });
  app.timer("syncTenants", { schedule: "0 0 1 * * *", handler: syncTenantsHandler(world) });
  app.timer("forgetOldLines", { schedule: "0 30 3 * * *", handler: forgetOldLinesHandler(world) });
  app.timer("measureInstallation", { schedule: "30 */5 * * * *", handler: measureInstallationHandler(world) });
  if (world.backups) {
    app.timer("backUp", { schedule: "0 5 * * * *", handler: backUpHandler({ ...world, backups: world.backups }) });
  }
  app.timer("sweepWork", {
    schedule: "0 * * * * *",
    handler: sweepWorkHandler({ ...world, settings: config.ledger }),
  });
}
