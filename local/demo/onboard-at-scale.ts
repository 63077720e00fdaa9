import { z } from "zod";
import type { ApiClient } from "../../shared/api/client";
import { applyOnboardingRoute, getOnboardingRoute, planOnboardingRoute } from "../../shared/api/onboarding";
import { listCspCustomersRoute } from "../../shared/api/resellers";
import { listSubscriptionsRoute } from "../../shared/api/subscriptions";
import type { Platform } from "../platform/start-platform";
import { resellerTenants } from "../presets/tenants";
import { addDemoReseller, authorizeDemoReseller } from "./load-demo-data";
import type { Narrator } from "./narration";
import { until } from "./tour-stage";

/** A reseller whose customers are onboarded, and the batch once it is there. */
interface Reseller {
  resellerId: string;
  cspCustomerIds: string[];
  batchId: string;
}

interface Progress {
  connected: number;
  failed: number;
  total: number;
  isFinal: boolean;
}

/** What it took. */
export interface OnboardingReport {
  tenants: number;
  subscriptions: number;
  /** Real time from the first plan until every tenant had its first sync, without the time the host was down. */
  seconds: number;
  /** Calls to Partner Center in that time, by route. */
  calls: Record<string, number>;
}

export interface OnboardingStage {
  platform: Platform;
  api: ApiClient;
  narrator: Narrator;
}

/** Looks often enough to see it happen, and seldom enough for the limit that a caller has in an installation. */
const PATIENTLY = { limitMs: 240_000, pollMs: 300 };
/** A lock of the dead host's messages ends after a minute (design §5), and the sweeper comes every minute. */
const LOCK_MS = 61_000;

/**
 * An empty installation is connected to every customer of both resellers, with a kill -9 of the Functions host on the way,
 * and shows every subscription. The numbers come from the simulator's own counters.
 */
export async function onboardAtScale(stage: OnboardingStage): Promise<OnboardingReport> {
  const { narrator } = stage;
  narrator.chapter("Two resellers, authorised, and their customers at Partner Center");
  const resellers = await authorizedResellers(stage);
  const tenants = resellers.flatMap(({ cspCustomerIds }) => cspCustomerIds);
  narrator.show(resellers.map(({ cspCustomerIds }) => `${cspCustomerIds.length} customers`).join(", "));

  narrator.chapter("Plan, look, apply");
  const callsBefore = await callCounts(stage);
  const startedAt = performance.now();
  for (const reseller of resellers) await planAndApply(stage, reseller);

  narrator.chapter("kill -9 of the Functions host on the way");
  const downMs = await killOnTheWay(stage, resellers);
  await until(
    async () => (await progressOf(stage, resellers)).every(({ isFinal }) => isFinal),
    "every batch ends",
    PATIENTLY,
  );
  await until(
    async () => ((await callCounts(stage))["listSubscriptions"] ?? 0) >= tenants.length,
    "all are synced",
    PATIENTLY,
  );
  const seconds = (performance.now() - startedAt - downMs) / 1000;
  const calls = difference(await callCounts(stage), callsBefore);
  const progress = await progressOf(stage, resellers);
  const connected = progress.reduce((sum, one) => sum + one.connected, 0);
  narrator.promise(
    connected === tenants.length,
    `${connected} of ${tenants.length} tenants are connected, none failed`,
  );

  narrator.chapter("Every subscription is there");
  const subscriptions = await countSubscriptions(stage, tenants);
  const known = await subscriptionsOfSimulator(stage);
  narrator.promise(subscriptions === known, `${subscriptions} of ${known} subscriptions are shown`);
  tell(narrator, { tenants: tenants.length, subscriptions, seconds, calls });
  return { tenants: tenants.length, subscriptions, seconds, calls };
}

async function authorizedResellers({ platform, api }: OnboardingStage): Promise<Reseller[]> {
  const resellers: Reseller[] = [];
  for (const key of ["nordlicht", "northgate"] as const) {
    const resellerId = await addDemoReseller(api, key);
    await authorizeDemoReseller(api, platform, resellerId, resellerTenants[key]);
    resellers.push({ resellerId, cspCustomerIds: await customersOf(api, resellerId), batchId: "" });
  }
  return resellers;
}

/** As somebody at the portal sees them (C26), page by page. */
async function customersOf(api: ApiClient, resellerId: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ;) {
    const query = { $top: 200, ...(cursor === undefined ? {} : { cursor }) };
    const { body } = await api.call(listCspCustomersRoute, { params: { resellerId }, query });
    ids.push(...body.value.map(({ id }) => id));
    if (body.nextLink === undefined) return ids;
    cursor = new URL(body.nextLink).searchParams.get("cursor") ?? undefined;
  }
}

async function planAndApply({ api, narrator }: OnboardingStage, reseller: Reseller): Promise<void> {
  const { resellerId, cspCustomerIds } = reseller;
  const params = { resellerId };
  const plan = await api.call(planOnboardingRoute, { params, body: { cspCustomerIds } });
  const { counts, planHash } = plan.body;
  narrator.show(`plan: ${counts.connect} to connect, ${counts.alreadyConnected} connected, ${counts.refused} refused`);
  const applied = await api.call(applyOnboardingRoute, { params, body: { cspCustomerIds, planHash } });
  reseller.batchId = applied.body.id;
}

/** Waits until some are connected and others are not, kills the host, starts another. Returns how long there was none. */
async function killOnTheWay(stage: OnboardingStage, resellers: readonly Reseller[]): Promise<number> {
  const { platform, narrator } = stage;
  const { host } = platform;
  if (!host) throw new Error("This needs a Functions host of its own.");
  await until(
    async () => (await progressOf(stage, resellers)).some(({ connected }) => connected > 0),
    "it begins",
    PATIENTLY,
  );
  const killedAt = performance.now();
  await host.kill();
  narrator.say("The host is dead. Another one starts, and finds nothing but rows and messages.");
  await host.restart();
  const downMs = performance.now() - killedAt;
  const after = await progressOf(stage, resellers);
  const connected = after.reduce((sum, one) => sum + one.connected, 0);
  const total = after.reduce((sum, one) => sum + one.total, 0);
  narrator.promise(connected > 0 && connected < total, `it died on the way: ${connected} of ${total} were answered`);
  // The messages the dead host held come back when their locks end; the clock of the whole platform is moved there.
  await platform.advance(LOCK_MS);
  return downMs;
}

function progressOf({ api }: OnboardingStage, resellers: readonly Reseller[]): Promise<Progress[]> {
  return Promise.all(
    resellers.map(async ({ resellerId, batchId }) => {
      const { body } = await api.call(getOnboardingRoute, { params: { resellerId, batchId } });
      const { connected, failed, total } = body.counts;
      return { connected, failed, total, isFinal: body.isFinal };
    }),
  );
}

async function countSubscriptions({ api }: OnboardingStage, tenantIds: readonly string[]): Promise<number> {
  let count = 0;
  const queue = tenantIds.values();
  const reader = async (): Promise<void> => {
    for (const tenantId of queue) {
      const { body } = await api.call(listSubscriptionsRoute, { params: { tenantId } });
      count += body.value.length;
    }
  };
  await Promise.all(Array.from({ length: 4 }, reader));
  return count;
}

function tell(narrator: Narrator, { tenants, subscriptions, seconds, calls }: OnboardingReport): void {
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  narrator.chapter("What it took");
  narrator.show(`${tenants} tenants with ${subscriptions} subscriptions in ${seconds.toFixed(1)} s`);
  const each = Object.entries(calls).map(([route, count]) => `${route} ${count}`);
  narrator.show(`${total} calls to Partner Center, ${(total / tenants).toFixed(2)} per tenant: ${each.join(", ")}`);
}

async function controlAnswer({ platform }: OnboardingStage, path: string): Promise<unknown> {
  const response = await fetch(`${platform.simulator.url}/_control/${path}`);
  if (!response.ok) throw new Error(`The simulator refused ${path}: ${response.status}`);
  return response.json();
}

async function callCounts(stage: OnboardingStage): Promise<Record<string, number>> {
  return z.object({ byRoute: z.record(z.string(), z.int()) }).parse(await controlAnswer(stage, "calls")).byRoute;
}

async function subscriptionsOfSimulator(stage: OnboardingStage): Promise<number> {
  const answer = await controlAnswer(stage, "subscriptions");
  return z.object({ subscriptions: z.array(z.unknown()) }).parse(answer).subscriptions.length;
}

function difference(now: Record<string, number>, before: Record<string, number>): Record<string, number> {
  const made = Object.entries(now).map(([route, count]) => [route, count - (before[route] ?? 0)] as const);
  return Object.fromEntries(made.filter(([, count]) => count > 0));
}
