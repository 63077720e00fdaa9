import { createHash, randomBytes } from "node:crypto";
import type { Config } from "../shared/config";
import type { Clock } from "../shared/domain/access/clock";
import { readWriteMode } from "../shared/domain/changes/write-mode";
import type { OutgoingMessage } from "../shared/domain/decisions/outgoing-message";
import { dispatchOutbox } from "../shared/domain/decisions/outbox";
import { NO_TELEMETRY, type Telemetry } from "../shared/domain/telemetry/telemetry";
import { noteResellerTrouble } from "../shared/domain/resellers/note-reseller-trouble";
import { createOAuthClient } from "../shared/entra/oauth-client";
import { createOwnDomains } from "../shared/entra/own-domains";
import { createPartnerSignIn } from "../shared/entra/partner-sign-in";
import { createResellerTokens } from "../shared/entra/reseller-tokens";
import { createTenantConsent } from "../shared/entra/tenant-consent";
import { createGraphClient } from "../shared/graph/graph-client";
import { createCursors, type Cursors } from "../shared/http/cursor";
import type { Logger } from "../shared/logger";
import { serviceBusSender } from "../shared/messaging/service-bus-sender";
import { createAccessTokens, type OnTrouble } from "../shared/partner-center/access-tokens";
import { measuredIssuer } from "../shared/partner-center/measured-issuer";
import { createPartnerCenter } from "../shared/partner-center/partner-center";
import { createPartnerTrials } from "../shared/partner-center/partner-trials";
import { createKeyVaultSecrets, type KeyVaultSecrets } from "../shared/secrets/key-vault-secrets";
import { backupBlobs } from "../shared/storage/backup-blobs";
import { changeListTable } from "../shared/storage/change-list-table";
import { rawStateTable } from "../shared/storage/raw-state-table";
import { rowCodec } from "../shared/storage/row-codec";
import { snapshotTable } from "../shared/storage/snapshot-table";
import { tableStateStore } from "../shared/storage/table-state-store";
import { tableWorkIndex } from "../shared/storage/table-work-index";
import { tenantListTable } from "../shared/storage/tenant-list-table";
import { measuredFetch } from "../shared/telemetry/measured-fetch";
import { version as SOFTWARE_VERSION } from "../package.json";
import { createAzureClients } from "./azure-clients";
import { installationKey } from "./installation-keys";

/** Names us in Microsoft's logs. */
const APPLICATION_NAME = "csp-marketplace";

export type World = ReturnType<typeof connectWorld>;

/** Everything outside, behind the ports the domain names. Opens no connection yet. */
export function connectWorld(config: Config, log: Logger, clock: Clock, telemetry: Telemetry = NO_TELEMETRY) {
  const azure = createAzureClients(config);
  const store = tableStateStore(azure.table("state"));
  const work = tableWorkIndex(azure.table("work"), clock);
  const send = serviceBusSender(azure.serviceBus);
  const vault = createKeyVaultSecrets({ client: azure.secrets });
  const key = installationKey(vault);
  const decisions = {
    ...{ store, clock, telemetry },
    random: (size: number): Uint8Array => randomBytes(size),
    dispatch: (partition: string, messages: readonly OutgoingMessage[]) =>
      dispatchOutbox({ store, send, log }, partition, messages),
    touchWork: (partition: string) => work.touch(partition),
  };
  const onTrouble: OnTrouble = (reseller, trouble) => noteResellerTrouble({ ...decisions, log }, reseller, trouble);
  return {
    ...decisions,
    ...{ log, work, send, vault, key },
    rows: rawStateTable(azure.table("state")),
    backups: azure.backups && backupBlobs(azure.backups),
    software: { version: SOFTWARE_VERSION, rowSchema: rowCodec.version },
    snapshots: snapshotTable(azure.table("state")),
    tenants: tenantListTable(azure.table("directory")),
    changeList: changeListTable(azure.table("directory")),
    writeMode: () => readWriteMode(store, config.writeMode),
    cursors: async (): Promise<Cursors> => createCursors(deriveKey(await key(), "cursor")),
    ...connectMicrosoft(config, { log, clock, vault, onTrouble, telemetry }),
  };
}

interface Surroundings {
  log: Logger;
  clock: Clock;
  vault: KeyVaultSecrets;
  onTrouble: OnTrouble;
  telemetry: Telemetry;
}

/** Sign-in, Partner Center and Graph. */
function connectMicrosoft(config: Config, around: Surroundings) {
  const { log: logger, clock, vault, onTrouble, telemetry } = around;
  const oauth = createOAuthClient({ authority: config.entraAuthority, fetch: measuredFetch("entra", telemetry) });
  const partnerCenterResource = config.partnerCenter.resource;
  const graph = createGraphClient({ baseUrl: config.graph.url, fetch: measuredFetch("graph", telemetry) });
  const ownApplication = {
    oauth,
    applicationId: config.tenantApp.clientId,
    applicationSecret: () => vault.get(config.tenantApp.secretName),
    graphResource: config.graph.resource,
  };
  const accessTokens = createAccessTokens({
    ...{ vault, partnerCenterResource, clock, logger, onTrouble },
    issuer: measuredIssuer(createResellerTokens(oauth), telemetry),
    priceSheetsResource: config.priceSheets.resource,
  });
  return {
    signIn: createPartnerSignIn({ oauth, partnerCenterResource }),
    access: accessTokens,
    tenantDirectory: createTenantConsent({
      ...ownApplication,
      readOrganization: (...ask) => graph.readOrganization(...ask),
    }),
    ownDomains: createOwnDomains({
      ...ownApplication,
      directoryId: config.mspTenantId,
      readDomains: (...ask) => graph.readDomains(...ask),
    }),
    trials: createPartnerTrials({
      baseUrl: config.partnerCenter.url,
      priceSheetsUrl: config.priceSheets.url,
      applicationName: APPLICATION_NAME,
    }),
    partnerCenter: createPartnerCenter({
      ...{ accessTokens, onTrouble, clock, logger, telemetry },
      baseUrl: config.partnerCenter.url,
      applicationName: APPLICATION_NAME,
    }),
  };
}

/** Keys for different purposes are different, though one secret is kept. */
function deriveKey(secret: string, purpose: string): Buffer {
  return createHash("sha256").update(`${purpose}:${secret}`).digest();
}
