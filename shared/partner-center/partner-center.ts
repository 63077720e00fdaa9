import type { Clock } from "../domain/access/clock";
import type { RemoteHistory } from "../domain/changes/remote-history";
import type { PartnerProfile } from "../domain/resellers/partner-profile";
import type { LicenceUsage } from "../domain/subscriptions/licence-roll-up";
import type { OfferSource } from "../domain/subscriptions/offers";
import type { SubscriptionSource } from "../domain/subscriptions/subscription-source";
import { NO_TELEMETRY, type Telemetry } from "../domain/telemetry/telemetry";
import type { Logger } from "../logger";
import { READ_RETRIES, systemTime, type Time } from "../retry";
import type { AccessTokens, OnTrouble } from "./access-tokens";
import { createClient } from "./client";
import type { PartnerCenterConnection } from "./connection";
import { createPartnerProfile } from "./customers";
import { createLicenceUsage } from "./licence-usage";
import { measuredTransport } from "./measured-transport";
import { createOfferSource } from "./offers";
import { createRemoteHistory } from "./remote-history";
import { createGates } from "./reseller-gates";
import { createSubscriptionSource } from "./subscriptions";
import { createTransport } from "./transport";

export interface PartnerCenterOptions {
  /** Such as `https://api.partnercenter.microsoft.com`; plain http is accepted on loopback only. */
  baseUrl: string;
  /** Names us in Microsoft's logs (`MS-PartnerCenter-Application`). */
  applicationName: string;
  accessTokens: Pick<AccessTokens, "get" | "forget">;
  /** Told when Partner Center refuses a reseller's fresh token; what Entra refuses, `accessTokens` tells. */
  onTrouble: OnTrouble;
  clock: Clock;
  time?: Time;
  logger: Logger;
  /** Measures each call; nobody when absent. */
  telemetry?: Pick<Telemetry, "call">;
  /** Language of names and messages; default `en-US`. */
  locale?: string;
  /** Of one read, default 60 s. */
  timeoutMs?: number;
  /** A longer wait asked for by Microsoft is thrown as `upstreamThrottled`; default 20 s. */
  longestWaitMs?: number;
  /** Calls at once per reseller, default 4 (fact sheet §11). */
  maxInFlight?: number;
}

/** Everything that only reads. Paid writes are made from `connection` by `createSubscriptionWriter`, and nowhere else. */
export interface PartnerCenter {
  profile: PartnerProfile;
  subscriptions: SubscriptionSource;
  offers: OfferSource;
  licences: LicenceUsage;
  history: RemoteHistory;
  connection: PartnerCenterConnection;
}

export function createPartnerCenter(options: PartnerCenterOptions): PartnerCenter {
  const {
    baseUrl,
    applicationName,
    accessTokens,
    onTrouble,
    clock,
    logger,
    time = systemTime,
    locale = "en-US",
  } = options;
  const {
    timeoutMs = 60_000,
    longestWaitMs = READ_RETRIES.longestWaitMs,
    maxInFlight = 4,
    telemetry = NO_TELEMETRY,
  } = options;
  const connection: PartnerCenterConnection = {
    ...{ baseUrl, applicationName, locale, accessTokens, onTrouble, clock, time, logger },
    gateOf: createGates({ clock, time, maxInFlight, longestWaitMs }),
    transport: measuredTransport(createTransport(), telemetry),
  };
  const client = createClient(connection, { timeoutMs, longestWaitMs });
  return {
    profile: createPartnerProfile(client),
    subscriptions: createSubscriptionSource(client, logOnce(logger)),
    offers: createOfferSource(client, clock),
    licences: createLicenceUsage(client),
    history: createRemoteHistory(client),
    connection,
  };
}

/** New enum values appear without notice: each is worth one line in the log, not one per read. */
function logOnce(logger: Logger): (field: string, value: string) => void {
  const seen = new Set<string>();
  return (field, value) => {
    const key = `${field}=${value}`;
    if (seen.has(key) || seen.size >= 200) return;
    seen.add(key);
    logger.warn("partner center sent a value this version does not know", { field, value });
  };
}
