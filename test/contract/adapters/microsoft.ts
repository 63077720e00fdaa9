import { createHash, randomUUID } from "node:crypto";
import { SecretClient } from "@azure/keyvault-secrets";
import { startEntra, type Entra } from "../../../local/entra/entra";
import type { EntraSeed } from "../../../local/entra/seed";
import { startGraph, type Graph } from "../../../local/graph/graph";
import { startKeyVault, type KeyVault } from "../../../local/key-vault/start-key-vault";
import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import { startSimulator, type Simulator } from "../../../local/partner-center-simulator/start-simulator";
import { VirtualClock } from "../../../local/virtual-clock";
import { CspCustomerId, ResellerId, SubscriptionId, TenantId } from "../../../shared/domain/access/ids";
import type { PartnerSignIn, SignInTokens } from "../../../shared/domain/resellers/partner-sign-in";
import type { ResellerTrouble } from "../../../shared/domain/resellers/note-reseller-trouble";
import type { ResellerIdentity } from "../../../shared/domain/resellers/reseller-identity";
import type { SubscriptionWriter } from "../../../shared/domain/changes/subscription-writer";
import type { TenantDirectory } from "../../../shared/domain/tenants/tenant-directory";
import { createOAuthClient } from "../../../shared/entra/oauth-client";
import { createPartnerSignIn } from "../../../shared/entra/partner-sign-in";
import { createResellerTokens } from "../../../shared/entra/reseller-tokens";
import { createTenantConsent } from "../../../shared/entra/tenant-consent";
import { createGraphClient } from "../../../shared/graph/graph-client";
import { createLogger, type LogRecord } from "../../../shared/logger";
import {
  createAccessTokens,
  type AccessTokens,
  type CommerceToken,
} from "../../../shared/partner-center/access-tokens";
import { createPartnerCenter, type PartnerCenter } from "../../../shared/partner-center/partner-center";
import { createSubscriptionWriter } from "../../../shared/partner-center/subscription-writer";
import type { Time } from "../../../shared/retry";
import { createKeyVaultSecrets, type KeyVaultSecrets } from "../../../shared/secrets/key-vault-secrets";

const PARTNER_CENTER = "https://api.partnercenter.microsoft.com";
const PRICE_SHEETS = "https://api.partner.microsoft.com";
const GRAPH = "https://graph.microsoft.com";
export const LARKSPUR = CspCustomerId.parse("6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11");
export const LARKSPUR_TENANT = TenantId.parse(LARKSPUR);
export const REMOVED = CspCustomerId.parse("c3d95f7b-2e18-4b06-a4f9-70e1c82b5d33");
/** "In its window" of the simulator's default seed: 25 seats, bought three days ago. */
export const IN_WINDOW = SubscriptionId.parse("00000000-0000-4000-8000-000000000001");

const CSP_APP = "aaaaaaaa-0000-4000-8000-00000000000a";
const TENANT_APP = "bbbbbbbb-0000-4000-8000-00000000000b";
const APP_SECRET = "reseller secret ~+ä&=";
const REDIRECT = "http://localhost:7071/app/MicrosoftCspAuthenticationCallback";
const FAR_AWAY = "2099-01-01T00:00:00Z";

/** Our adapters, wired as the composition root does, against a local Microsoft. */
export interface Microsoft {
  clock: VirtualClock;
  entra: Entra;
  graph: Graph;
  vault: KeyVault;
  simulator: Simulator;
  secrets: KeyVaultSecrets;
  signIn: PartnerSignIn;
  tenants: TenantDirectory;
  accessTokens: AccessTokens;
  partnerCenter: PartnerCenter;
  writer: SubscriptionWriter;
  logged: LogRecord[];
  /** What the adapters told became of resellers. */
  troubles: [ResellerIdentity, ResellerTrouble][];
  /** Signs the account in on Entra's pages and exchanges the code. */
  authorize(upn: string): Promise<SignInTokens>;
  /** A reseller whose grant of this account is in the vault. */
  authorizedReseller(upn?: string): Promise<ResellerIdentity>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

const entraSeed: EntraSeed = {
  directories: [
    {
      tenantId: samplePartner.tenantId,
      displayName: samplePartner.companyName,
      domains: [{ name: samplePartner.domain, verified: true, initial: true, default: true }],
      accounts: [
        account("agent", 1, { groups: ["AdminAgents"] }),
        account("admin", 2, { groups: [] as string[] }),
        account("nomfa", 3, { groups: ["AdminAgents"], mfa: false }),
      ],
      apps: [
        {
          appId: CSP_APP,
          displayName: "CSP connector",
          multiTenant: false,
          redirectUris: [REDIRECT],
          secrets: [{ value: APP_SECRET, expiresAt: FAR_AWAY }],
          delegatedPermissions: [{ resource: PARTNER_CENTER, scopes: ["user_impersonation"] }],
        },
        {
          appId: TENANT_APP,
          displayName: "CSP marketplace",
          multiTenant: true,
          redirectUris: [REDIRECT],
          secrets: [{ value: "tenant secret", expiresAt: FAR_AWAY }],
          applicationPermissions: [{ resource: GRAPH, roles: ["Organization.Read.All"] }],
        },
      ],
      consents: [],
    },
    {
      tenantId: LARKSPUR,
      displayName: "Larkspur Dental",
      domains: [{ name: "larkspurdental.onmicrosoft.com", verified: true, initial: true, default: true }],
      accounts: [],
      apps: [],
      consents: [],
    },
  ],
};

function account(name: string, number: number, more: { groups: string[]; mfa?: boolean }) {
  return {
    oid: `00000000-0000-4000-9000-00000000000${number}`,
    upn: `${name}@${samplePartner.domain}`,
    displayName: name,
    password: "correct horse",
    // Consent is an administrator's; membership of AdminAgents is another thing.
    roles: ["GlobalAdministrator"],
    mfa: true,
    ...more,
  };
}

const graphSeed = {
  tenants: [
    {
      tenantId: LARKSPUR,
      displayName: "Larkspur Dental",
      domains: [{ name: "larkspurdental.onmicrosoft.com", verified: true, initial: true, default: true }],
      subscribedSkus: [],
      users: [],
      groups: [],
    },
  ],
};

export async function startMicrosoft(options: { commerceToken?: CommerceToken } = {}): Promise<Microsoft> {
  const clock = new VirtualClock();
  const entra = await startEntra({ seed: entraSeed, clock });
  const [graph, vault, simulator] = await Promise.all([
    startGraph({ seed: graphSeed, verify: (token) => entra.verify(token, GRAPH), clock }),
    startKeyVault({ clock }),
    startSimulator({ entraUrl: entra.url, clock, switches: { auditDelaySeconds: 0 } }),
  ]);

  const logged: LogRecord[] = [];
  const logger = createLogger({ level: "debug", sink: (record) => logged.push(record) });
  const credential = { getToken: () => Promise.resolve({ token: "t", expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const secrets = createKeyVaultSecrets({
    client: new SecretClient(vault.url, credential, {
      allowInsecureConnection: true,
      disableChallengeResourceVerification: true,
      retryOptions: { maxRetries: 0 },
    }),
  });
  // Waiting moves the clock of everything instead of taking time.
  const time: Time = { now: () => Date.now(), random: () => 0.5, sleep: (ms) => clock.advance(ms) };
  const oauth = createOAuthClient({ authority: entra.url, time });
  const signIn = createPartnerSignIn({ oauth, partnerCenterResource: PARTNER_CENTER });
  const now = (): Date => clock.now();
  const troubles: [ResellerIdentity, ResellerTrouble][] = [];
  const onTrouble = (...trouble: [ResellerIdentity, ResellerTrouble]): Promise<void> =>
    Promise.resolve(void troubles.push(trouble));
  const accessTokens = createAccessTokens({
    ...{
      issuer: createResellerTokens(oauth),
      vault: secrets,
      partnerCenterResource: PARTNER_CENTER,
      priceSheetsResource: PRICE_SHEETS,
      onTrouble,
      clock: now,
      time,
      logger,
    },
    commerceToken: () => options.commerceToken ?? "delegated",
  });
  const partnerCenter = createPartnerCenter({
    ...{
      baseUrl: simulator.url,
      applicationName: "csp-marketplace",
      accessTokens,
      onTrouble,
      clock: now,
      time,
      logger,
    },
  });
  const authorize = (upn: string): Promise<SignInTokens> => signInAs(signIn, upn);

  return {
    ...{
      clock,
      entra,
      graph,
      vault,
      simulator,
      secrets,
      signIn,
      accessTokens,
      partnerCenter,
      logged,
      troubles,
      authorize,
    },
    writer: createSubscriptionWriter(partnerCenter.connection),
    tenants: createTenantConsent({
      oauth,
      applicationId: TENANT_APP,
      applicationSecret: () => Promise.resolve("tenant secret"),
      graphResource: GRAPH,
      readOrganization: createGraphClient({ baseUrl: graph.url, time }).readOrganization,
    }),
    async authorizedReseller(upn = `agent@${samplePartner.domain}`) {
      const names = { app: `reseller-app-${randomUUID()}`, grant: `reseller-grant-${randomUUID()}` };
      const { refreshToken } = await authorize(upn);
      await secrets.set(names.app, APP_SECRET);
      await secrets.set(names.grant, refreshToken ?? "");
      return {
        resellerId: ResellerId.parse("0123456789abcdefghjkmnpqrs"),
        directoryId: TenantId.parse(samplePartner.tenantId),
        applicationId: CSP_APP,
        applicationSecretName: names.app,
        refreshTokenName: names.grant,
      };
    },
    async reset() {
      await Promise.all([entra.reset(), graph.reset(), vault.reset(), simulator.reset()]);
      logged.length = 0;
      troubles.length = 0;
    },
    async close() {
      await Promise.all([entra.close(), graph.close(), vault.close(), simulator.close()]);
      clock.stop();
    },
  };
}

/** What the browser and our callback do together. */
async function signInAs(signIn: PartnerSignIn, upn: string): Promise<SignInTokens> {
  const directoryId = TenantId.parse(samplePartner.tenantId);
  const codeVerifier = "a-verifier-that-is-long-enough-for-the-rules-0123456789";
  const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
  const ask = { directoryId, applicationId: CSP_APP, redirectUri: REDIRECT };
  const page = signIn.authorizeUrl({ ...ask, state: "state-1", codeChallenge });
  const answer = await fetch(page, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ account: upn, consent: "accept" }),
  });
  const back = new URL(answer.headers.get("location") ?? "http://nowhere");
  const code = back.searchParams.get("code");
  if (code === null) throw new Error(`No code: ${back.href} ${await answer.text()}`);
  return signIn.exchangeCode({ ...ask, applicationSecret: APP_SECRET, code, codeVerifier });
}

/** Turns a switch of the local Entra, as a test or a demo in another process would. */
export async function turnEntra(entra: Entra, method: string, path: string, body?: unknown): Promise<void> {
  const response = await fetch(`${entra.url}/_control${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}
