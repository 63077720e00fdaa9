import type { Clock } from "../../../shared/domain/access/clock";
import { CspCustomerId, ResellerId, SubscriptionId, TenantId } from "../../../shared/domain/access/ids";
import type { ResellerIdentity } from "../../../shared/domain/resellers/reseller-identity";
import { createLogger, type LogRecord } from "../../../shared/logger";
import type { AccessTokens } from "../../../shared/partner-center/access-tokens";
import { createPartnerCenter, type PartnerCenter } from "../../../shared/partner-center/partner-center";
import type { Time } from "../../../shared/retry";

export const CUSTOMER = CspCustomerId.parse("6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11");
export const SUBSCRIPTION = SubscriptionId.parse("0b7c6b0e-7f5b-4c0a-8f5d-2a4d1f6c9b20");
export const NOW = new Date("2026-11-20T08:00:00.000Z");

export function reseller(changes: Partial<ResellerIdentity> = {}): ResellerIdentity {
  return {
    resellerId: ResellerId.parse("0123456789abcdefghjkmnpqrs"),
    directoryId: TenantId.parse("8d1a2c34-5b6e-4f70-8a9b-0c1d2e3f4a5b"),
    applicationId: "3f2b1c0d-9e8f-4a7b-8c6d-5e4f3a2b1c0d",
    applicationSecretName: "reseller-1-app",
    refreshTokenName: "reseller-1-grant-1",
    ...changes,
  };
}

/** Time that passes only while somebody sleeps. */
export interface FakeTime extends Time {
  slept: number[];
  clock: Clock;
  advance(ms: number): void;
}

export function fakeTime(start: Date = NOW, random = 0.5): FakeTime {
  let now = start.getTime();
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    clock: () => new Date(now),
    random: () => random,
    advance(ms) {
      now += ms;
    },
    sleep: (ms) => {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

/** Hands out `token-1`, and after a `forget` `token-2`, and so on. */
function countingTokens(): Pick<AccessTokens, "get" | "forget"> & { forgotten: string[] } {
  const forgotten: string[] = [];
  return {
    forgotten,
    get: () => Promise.resolve(`token-${forgotten.length + 1}`),
    forget: (_reseller, accessToken) => void forgotten.push(accessToken),
  };
}

export interface TestPartnerCenter extends PartnerCenter {
  time: FakeTime;
  tokens: ReturnType<typeof countingTokens>;
  logged: LogRecord[];
  /** What became of resellers, as it was told. */
  troubles: string[];
}

export function partnerCenterAt(
  baseUrl: string,
  changes: {
    accessTokens?: Pick<AccessTokens, "get" | "forget">;
    maxInFlight?: number;
    timeoutMs?: number;
    time?: FakeTime;
  } = {},
): TestPartnerCenter {
  const { time = fakeTime(), ...others } = changes;
  const tokens = countingTokens();
  const logged: LogRecord[] = [];
  const logger = createLogger({ level: "debug", sink: (record) => logged.push(record) });
  const troubles: string[] = [];
  const made = createPartnerCenter({
    onTrouble: (_reseller, state) => Promise.resolve(void troubles.push(state)),
    ...{ baseUrl, applicationName: "csp-marketplace-test", accessTokens: tokens, clock: time.clock, time, logger },
    ...others,
  });
  return { ...made, time, tokens, logged, troubles };
}

/** A seat subscription as Partner Center shows it; a test states only what matters. */
export function wireSubscription(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: SUBSCRIPTION,
    offerId: "CFQ7TTC0AB12:0001:CFQ7TTC0CD34",
    offerName: "Microsoft 365 Business Premium",
    friendlyName: "M365 BP - main office",
    productType: { id: "OnlineServicesNCE", displayName: "OnlineServicesNCE" },
    quantity: 25,
    unitType: "Licenses",
    effectiveStartDate: "2026-11-16T00:00:00Z",
    commitmentEndDate: "2027-11-15T00:00:00Z",
    cancellationAllowedUntilDate: "2026-11-23T09:12:44Z",
    status: "active",
    autoRenewEnabled: true,
    isTrial: false,
    billingCycle: "monthly",
    termDuration: "P1Y",
    renewalTermDuration: "",
    refundableQuantity: {
      totalQuantity: 25,
      details: [
        { quantity: 20, allowedUntilDateTime: "2026-11-23T09:12:44Z" },
        { quantity: 5, allowedUntilDateTime: "2026-11-27T15:00:00.1234567+00:00" },
      ],
    },
    orderId: "7c19a0f4b2e1",
    attributes: { objectType: "Subscription" },
    ...changes,
  };
}
