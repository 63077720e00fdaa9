import type { FaultInput } from "../../local/partner-center-simulator/faults";
import { startSimulator, type Simulator } from "../../local/partner-center-simulator/start-simulator";
import { changeOutside } from "../../local/partner-center-simulator/control/outside-change";
import { sku } from "../../local/partner-center-simulator/catalog/catalog";
import { samplePartner } from "../../local/partner-center-simulator/default-seed";
import { Refusal } from "../../local/partner-center-simulator/errors";
import { SubscriptionId } from "../../shared/domain/access/ids";
import { START, TENANT } from "../build/ids";
import type { SwitchSettings } from "../../local/partner-center-simulator/switches";
import type { JsonObject } from "../../local/partner-center-simulator/world";
import type { FaultKind } from "./fault-kinds";
import type { Random } from "./random";
import { RestartableClock } from "./restartable-clock";

/** The Partner Center of the runs: the simulator, over loopback HTTP, on a clock that stands still until it is moved. */
export interface Microsoft {
  readonly simulator: Simulator;
  readonly clock: RestartableClock;
}

export async function startMicrosoft(): Promise<Microsoft> {
  const clock = new RestartableClock(START);
  return { clock, simulator: await startSimulator({ clock }) };
}

export const SUBSCRIPTIONS = [1, 2, 3].map((number) =>
  SubscriptionId.parse(`20000000-0000-4000-8000-00000000000${number}`),
);
const PRODUCTS = [sku.businessPremium, sku.exchangePlan1, sku.businessBasic];

/** How Partner Center is in one run. */
export interface World {
  switches: SwitchSettings;
  /** Seats that the renewal of the first subscription is scheduled to have; undefined: nothing is scheduled. */
  scheduledSeats: number | undefined;
}

/** What is not confirmed about Partner Center is now this way, now that. */
export function drawWorld(random: Random, { isScheduled }: { isScheduled: boolean }): World {
  return {
    switches: {
      requestIdReplay: random.chance(0.5),
      subscriptionEtags: random.pick(["legacy", "all"]),
      staleEtagAnswer: random.pick(["412", "400"]),
      auditDelaySeconds: random.pick([0, 30, 300, LATE_AT_MOST_S]),
      auditRefusedWrites: random.chance(0.5),
    },
    scheduledSeats: isScheduled || random.chance(0.4) ? random.pick([20, 40]) : undefined,
  };
}

export const SEATS_AT_FIRST = 25;

/** Begins a run: one customer, three subscriptions, everything else as after a start. */
export function restart({ simulator, clock }: Microsoft, { switches, scheduledSeats }: World): void {
  clock.restart();
  simulator.load({
    number: 1,
    partners: [samplePartner],
    customers: [
      { id: TENANT, companyName: "Larkspur", domain: "larkspur.example", partners: [samplePartner.tenantId] },
    ],
    subscriptions: SUBSCRIPTIONS.map((id, index) => {
      const product = PRODUCTS[index] ?? sku.businessPremium;
      return {
        ...{ id, customerId: TENANT, partnerId: samplePartner.tenantId, quantity: 10, boughtDaysAgo: 100 },
        sku: product,
        // So that some can be given back.
        added: [{ quantity: SEATS_AT_FIRST - 10, daysAgo: 1 }],
        ...(index === 0 && scheduledSeats !== undefined ? renewWith(product, scheduledSeats) : {}),
      };
    }),
    switches,
  });
}

/** Another number of seats waits for the renewal; the availability is the one of the day it was scheduled. */
function renewWith(key: string, quantity: number): { scheduledNextTermInstructions: JsonObject } {
  const [productId, skuId] = key.split(":");
  const product = { productId, skuId, availabilityId: "CFQ7TTC0OLD1", billingCycle: "monthly", termDuration: "P1Y" };
  return { scheduledNextTermInstructions: { product, quantity } };
}

/** Somebody edits the seats in the portal of Partner Center; false when the portal refuses. */
export function changeSeatsOutside(
  { simulation }: Simulator,
  subscriptionId: SubscriptionId,
  delta: number,
  { isRecorded }: { isRecorded: boolean },
): boolean {
  const { auditRecords } = simulation.world;
  const recordsBefore = auditRecords.length;
  try {
    changeOutside(simulation, { subscriptionId, delta });
    if (!isRecorded) auditRecords.splice(recordsBefore);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** An access token of an admin agent; the simulator checks claims, not signatures. */
export function accessToken(): string {
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString("base64url");
  const claims = {
    aud: "https://api.partnercenter.microsoft.com",
    tid: samplePartner.tenantId,
    appid: "csp-marketplace",
    scp: "user_impersonation",
    upn: `ada@${samplePartner.domain}`,
    amr: ["pwd", "mfa"],
  };
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.signature`;
}

/** How far reads and late writes lag behind, in seconds: within the settle delay of the ledger, its one assumption. */
export const LATE_AT_MOST_S = 840;

/** What the simulator is told to do to the next call. */
export function rulesFor(fault: FaultKind | undefined, random: Random): FaultInput[] {
  switch (fault) {
    case "lostBefore":
      return [{ kind: "dropBefore" }];
    case "lostAfter":
      return [{ kind: "dropAfter" }];
    case "serverError":
      return [{ kind: "errorBefore", status: random.pick([500, 502, 503]), shape: random.pick(["json", "html"]) }];
    case "serverErrorAfter":
      return [{ kind: "errorAfter", status: random.pick([500, 503, 504]), shape: random.pick(["json", "html"]) }];
    case "throttled":
      return [{ kind: "throttle", seconds: random.between(1, 120) }];
    case "staleRead":
      return [{ kind: "staleRead", seconds: random.between(1, LATE_AT_MOST_S) }];
    case "slow":
      return [{ kind: "slowApply", seconds: random.between(1, LATE_AT_MOST_S) }];
    case "slowAndLost":
      return [{ kind: "slowApply", seconds: random.between(1, LATE_AT_MOST_S) }, { kind: "dropAfter" }];
    case "neverApplied":
      return [{ kind: "slowApply", seconds: random.between(1, LATE_AT_MOST_S), lost: true }];
    case "busy":
      return [{ kind: "busy", code: random.pick(["900278", "800060", "800064", "800082"]) }];
    case "refused":
      return [{ kind: "errorBefore", status: 400, code: random.pick(["800023", "2006", "900311"]) }];
    default:
      return [];
  }
}
