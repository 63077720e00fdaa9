import type { z } from "zod";
import { getChangeRoute, type ChangeView } from "../../shared/api/changes";
import type { ApiClient } from "../../shared/api/client";
import { applyChangesRoute } from "../../shared/api/subscriptions";
import type { Platform } from "../platform/start-platform";
import type { Narrator } from "./narration";

export type ShownChange = z.output<typeof ChangeView>;

/** Where the tour takes place: the running platform, its API, and the subscription everything is done to. */
export interface Stage {
  platform: Platform;
  api: ApiClient;
  narrator: Narrator;
  tenantId: string;
  subscriptionId: string;
}

const POLL_MS = 50;

/** Resolves when `holds` does; throws with `what` was waited for after `limitMs` of real time. `pollMs` lies between looks. */
export async function until(
  holds: () => Promise<boolean>,
  what: string,
  { limitMs = 20_000, pollMs = POLL_MS }: { limitMs?: number; pollMs?: number } = {},
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs / 1000} s in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Asks for five more seats; returns the id of the change. `waitSeconds`: how long the answer may wait for its end. */
export async function buyFiveSeats(stage: Stage, reason: string, waitSeconds = 0): Promise<string> {
  const { api, tenantId, subscriptionId } = stage;
  const { body } = await api.call(applyChangesRoute, {
    params: { tenantId },
    body: { changes: [{ subscriptionId, delta: 5 }], reason },
    waitSeconds,
  });
  const [result] = body.results;
  if (result?.changeId === undefined) throw new Error(`The request was not accepted: ${JSON.stringify(result)}`);
  return result.changeId;
}

export async function readChange({ api, tenantId }: Stage, changeId: string): Promise<ShownChange> {
  return (await api.call(getChangeRoute, { params: { tenantId, changeId } })).body;
}

/** How long, in real time, the host may take to act on a move of the clock before it is moved again. */
const REACTION_MS = 400;

/**
 * Moves the whole platform minute by minute until the change is over; returns the change and the virtual minutes it took.
 * Throws when it is still open after an hour.
 */
export async function advanceUntilFinal(
  stage: Stage,
  changeId: string,
): Promise<{ change: ShownChange; minutes: number }> {
  for (let minutes = 1; minutes <= 60; minutes++) {
    await stage.platform.advance(60_000);
    const reactBy = Date.now() + REACTION_MS;
    do {
      const change = await readChange(stage, changeId);
      if (change.isFinal) return { change, minutes };
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    } while (Date.now() < reactBy);
  }
  throw new Error(`Change ${changeId} is still open after an hour of the platform's time.`);
}
