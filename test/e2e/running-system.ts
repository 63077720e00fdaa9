import { randomUUID } from "node:crypto";
import path from "node:path";
import { accessTokenOf } from "../../local/demo/access-token";
import { loadDemoData } from "../../local/demo/load-demo-data";
import { demo } from "../../local/partner-center-simulator/presets/demo";
import { ANY_PORTS } from "../../local/platform/ports";
import { startPlatform, type Platform, type PlatformOptions } from "../../local/platform/start-platform";
import { customerTenants, mspTenant } from "../../local/presets/tenants";

/** Parts of a change that these tests look at. */
interface ChangeFacts {
  id: string;
  subscriptionId: string;
  state: string;
  isFinal: boolean;
  attempts: { state: string; requestId: string; answer?: { kind: string }; proof?: { by: string } }[];
  timeline: { event: string }[];
}

/** The whole system with demo data on ports of its own, and the few calls the tests of crashes make. */
export interface RunningSystem {
  platform: Platform;
  tenantId: string;
  /** Adds one seat each time to each of the subscriptions, `times` times over; returns the ids of the changes. */
  addSeats(subscriptionIds: readonly string[], times: number): Promise<string[]>;
  buyable(): Promise<string[]>;
  changes(): Promise<ChangeFacts[]>;
  /** Moves the clock minute by minute until no change is open, at most `minutes`. */
  settle(minutes: number): Promise<ChangeFacts[]>;
  close(): Promise<void>;
}

const REPOSITORY = path.resolve(__dirname, "../..");

/** The limits per caller that an installation has by itself, in place of the higher ones of the local platform. */
export const withUsualLimits: NonNullable<PlatformOptions["settings"]> = (usual) => {
  const names = Object.keys(usual).filter((name) => name.startsWith("RATE_LIMIT_"));
  return Promise.resolve({ ...usual, ...Object.fromEntries(names.map((name) => [name, undefined])) });
};

export async function startSystem(options: Partial<PlatformOptions> = {}): Promise<RunningSystem> {
  const platform = await startPlatform({
    ports: ANY_PORTS,
    appDir: REPOSITORY,
    simulatorSeed: () => demo(),
    ...options,
  });
  const now = platform.clock.now();
  await loadDemoData({ apiUrl: platform.apiUrl, entraUrl: platform.entra.url, now });
  const tenantId = customerTenants.mueller.tenantId;
  const token = await accessTokenOf(platform.entra.url, `admin@${mspTenant.domain}`);
  const base = `${platform.apiUrl}/api/v1/csp/tenants/${tenantId}`;
  const ask = async (route: string, body?: object): Promise<unknown> => {
    const response = await fetch(base + route, {
      method: body ? "POST" : "GET",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "idempotency-key": randomUUID(),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const changes = async (): Promise<ChangeFacts[]> =>
    ((await ask("/changes?$top=200")) as { value: ChangeFacts[] }).value;
  return {
    platform,
    tenantId,
    changes,
    addSeats: async (subscriptionIds, times) => {
      const ids: string[] = [];
      for (let i = 0; i < times; i++) {
        const items = subscriptionIds.map((subscriptionId) => ({ subscriptionId, delta: 1 }));
        const { results } = (await ask("/subscriptions/apply-changes", { changes: items })) as {
          results: { changeId: string }[];
        };
        ids.push(...results.map((result) => result.changeId));
      }
      return ids;
    },
    buyable: async () => {
      const { value } = (await ask("/subscriptions")) as {
        value: { id: string; hasScheduledChange: boolean; allowedActions: { action: string; allowed: boolean }[] }[];
      };
      return (
        value
          // Those with a schedule need two writes; `killed-between-steps` is about them.
          .filter((s) => !s.hasScheduledChange)
          .filter((s) => s.allowedActions.some((a) => a.action === "increaseSeats" && a.allowed))
          .map((s) => s.id)
      );
    },
    settle: async (minutes) => {
      for (let minute = 0; minute < minutes; minute++) {
        const now = await changes();
        if (now.every((change) => change.isFinal)) return now;
        await platform.advance(60_000);
        await quiet(changes);
      }
      return changes();
    },
    close: () => platform.close(),
  };
}

/** Waits until three looks in a row see the same: what the moved clock set off has been done. */
async function quiet(changes: () => Promise<ChangeFacts[]>): Promise<void> {
  let before = "";
  for (let same = 0, look = 0; same < 2 && look < 40; look++) {
    const seen = JSON.stringify(await changes());
    same = seen === before ? same + 1 : 0;
    before = seen;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Polls until `holds` is true; a condition, not a fixed pause. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, limitMs = 20_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`It did not come to pass in ${limitMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
