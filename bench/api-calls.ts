import { randomUUID } from "node:crypto";
import { z } from "zod";
import { call, type BenchSystem } from "./bench-system";
import type { SeenCall } from "./call-tap";

const Accepted = z.object({ results: z.tuple([z.object({ outcome: z.literal("accepted"), changeId: z.string() })]) });

/** Asks for one more seat of the subscription kept for our side; the id of the accepted change. */
export async function postOneSeat(system: BenchSystem, apiUrl: string): Promise<string> {
  const { tenantId, token, subscriptions } = system;
  const answer = await call(`${tenantUrl(apiUrl, tenantId)}/subscriptions/apply-changes`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify({ changes: [{ subscriptionId: subscriptions.ours, delta: 1 }] }),
  });
  return Accepted.parse(answer).results[0].changeId;
}

/** Any resource below the tenant. */
export function getOfTenant({ tenantId, token }: BenchSystem, apiUrl: string, rest: string): Promise<unknown> {
  return call(`${tenantUrl(apiUrl, tenantId)}/${rest}`, { headers: { authorization: `Bearer ${token}` } });
}

const ChangeFacts = z.object({ state: z.string(), isFinal: z.boolean() });

/**
 * Waits for the end of a change without disturbing it: looks only when the platform has fallen silent. Answers the calls
 * seen since the last `clear` of the tap, without those of the look itself.
 */
export async function waitUntilCompleted(system: BenchSystem, changeId: string): Promise<SeenCall[]> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    await system.tap.idle(QUIET_MS);
    const calls = [...system.tap.calls];
    const look = await getOfTenant(system, system.platform.apiUrl, `changes/${changeId}`);
    const { state, isFinal } = ChangeFacts.parse(look);
    if (state === "Completed") return calls;
    if (isFinal || performance.now() > deadline) throw new Error(`The change ${changeId} is ${state}.`);
  }
}

/** Longer than the worker usually pauses between two calls. */
const QUIET_MS = 40;
const GIVE_UP_MS = 20_000;

function tenantUrl(apiUrl: string, tenantId: string): string {
  return `${apiUrl}/api/v1/csp/tenants/${tenantId}`;
}
