import { AppError, hasCode } from "../../errors";
import { decide, type DecideDeps, type Decision } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore } from "../decisions/state-store";
import { enqueueSlice, type OnboardingPointer } from "./enqueue-slice";
import { onboardItems, type OnboardDeps } from "./onboard-items";
import type { PendingItem } from "./onboard-tenant";
import {
  OnboardingBatch,
  onboardingRow,
  OnboardingSlice,
  requestedBy,
  sliceRow,
  type OnboardingItem,
  type ParkedReason,
} from "./onboarding-batch";

const MINUTE = 60_000;
/** A batch that could not go on for this long ends: what is left is answered with the reason. */
const PATIENCE_MS = 24 * 60 * MINUTE;
const AUTHORIZATION_PAUSE_MS = 10 * MINUTE;
const LONGEST_PAUSE_MS = 16 * MINUTE;
/** Tries of an item that meets a failure of ours again and again. */
const MAX_TRIES = 5;

/**
 * Does the next slice of a batch (queue `sync`) and writes the message for the one after it with the progress. A message
 * that is not the newest is void; a slice done twice does nothing the second time. What concerns the reseller or an outage
 * parks the batch; it goes on by itself. Throws only where redelivery helps.
 */
export async function runOnboarding(deps: OnboardDeps, pointer: OnboardingPointer): Promise<void> {
  const { batch, items } = (await load(deps.store, pointer)) ?? {};
  if (!batch || !items) return;
  const pending = items.filter(isPending);
  const { givenUp } = batch;
  let done: readonly OnboardingItem[];
  try {
    if (givenUp) done = pending.map((item) => ({ ...item, ...givenUp, outcome: "failed" as const }));
    else done = pending.length === 0 ? [] : await onboardItems(deps, batch, pending);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (hasCode(error, "notFound")) done = pending.map((item) => failed(item, 409, "resellerDeleted", error.message));
    else return park(deps, pointer, error);
  }
  await saveSlice(deps, pointer, new Map(done.map((item) => [item.cspCustomerId, item])));
}

function isPending(item: OnboardingItem): item is PendingItem {
  return item.outcome === "pending" && item.customer !== undefined;
}

async function load(
  store: StateStore,
  { onboardingId, n }: OnboardingPointer,
): Promise<{ batch: OnboardingBatch; items: OnboardingItem[] } | undefined> {
  const row = await store.get(MSP_PARTITION, onboardingRow(onboardingId));
  const batch = row && OnboardingBatch.parse(row.value);
  if (batch?.state !== "Running" || batch.enqueued !== n) return undefined;
  const slice = await store.get(MSP_PARTITION, sliceRow(batch.id, batch.nextSlice));
  if (!slice) throw new Error(`The onboarding ${batch.id} has no slice ${batch.nextSlice}.`);
  return { batch, items: OnboardingSlice.parse(slice.value).items };
}

/** Saves what came of a slice, with the message for what is next. Nothing when another message did so before. */
async function saveSlice(
  deps: DecideDeps,
  pointer: OnboardingPointer,
  done: ReadonlyMap<string, OnboardingItem>,
): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await findRunning(decision, pointer);
    const slice = found && (await decision.get(sliceRow(found.value.id, found.value.nextSlice), OnboardingSlice));
    if (!found || !slice) return;
    const batch = found.value;
    const isLastTry = batch.tries + 1 >= MAX_TRIES;
    const items = slice.value.items.map((before) => {
      const item = { ...before, ...done.get(before.cspCustomerId) };
      return isLastTry && item.outcome === "pending" ? failed(item, 500, "internalError", OUR_FAULT) : item;
    });
    decision.replace(slice, { items } satisfies OnboardingSlice);
    const next = items.some(({ outcome }) => outcome === "pending")
      ? again(decision, batch)
      : goOn(decision, batch, items);
    decision.replace(found, next);
  });
}

const OUR_FAULT = "Something went wrong on our side, several times. Quote the batch when you ask us about it.";

/** Items that met a failure of ours are tried again a little later. */
function again(decision: Decision, batch: OnboardingBatch): OnboardingBatch {
  const tries = batch.tries + 1;
  const dueAt = new Date(decision.now.getTime() + backoffMs(tries));
  note(decision, batch, { action: "onboarding.retry", errorCode: "internalError" });
  return enqueueSlice(decision, { ...batch, tries, parkedReason: "outage", dueAt: dueAt.toISOString() }, dueAt);
}

/** The slice is done: its failures are recorded, and the next one begins, or the batch ends. */
function goOn(decision: Decision, before: OnboardingBatch, items: readonly OnboardingItem[]): OnboardingBatch {
  for (const item of items) if (item.outcome === "failed") noteFailure(decision, before, item);
  const { parkedReason: _reason, dueAt: _due, parkedSince: _since, ...going } = before;
  const count = (outcome: OnboardingItem["outcome"]): number => items.filter((item) => item.outcome === outcome).length;
  const counts = {
    connected: before.counts.connected + count("connected"),
    alreadyConnected: before.counts.alreadyConnected + count("alreadyConnected"),
    failed: before.counts.failed + count("failed"),
  };
  const batch: OnboardingBatch = { ...going, counts, nextSlice: before.nextSlice + 1, tries: 0, deadLetters: 0 };
  if (batch.nextSlice < batch.slices) {
    note(decision, batch, { action: "onboarding.progress" });
    return enqueueSlice(decision, batch);
  }
  note(decision, batch, { action: "onboarding.finish" });
  return { ...batch, state: "Finished", finishedAt: decision.now.toISOString() };
}

function noteFailure(decision: Decision, batch: OnboardingBatch, item: OnboardingItem): void {
  decision.record({
    ...requestedBy(batch),
    action: "connection.create",
    object: { type: "connection", id: item.cspCustomerId, ...(item.displayName ? { name: item.displayName } : {}) },
    resellerId: batch.resellerId,
    result: "failure",
    errorCode: item.code ?? "internalError",
    after: { onboarding: batch.id },
  });
}

/** The batch cannot go on now, whichever item it would be: it waits, and looks again by itself. */
async function park(deps: OnboardDeps, pointer: OnboardingPointer, error: AppError): Promise<void> {
  deps.log.warn("an onboarding waits", { batchId: pointer.onboardingId, errorCode: error.code });
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await findRunning(decision, pointer);
    if (!found) return;
    const { parkedReason: _reason, dueAt: _due, ...going } = found.value;
    const since = going.parkedSince ?? decision.now.toISOString();
    note(decision, going, { action: "onboarding.wait", errorCode: error.code });
    if (decision.now.getTime() - Date.parse(since) >= PATIENCE_MS) {
      const givenUp = { status: 409, code: error.code, message: error.message };
      decision.replace(found, enqueueSlice(decision, { ...going, givenUp }));
      return;
    }
    const { reason, ms } = pauseFor(error, Date.parse(since), decision.now.getTime());
    const dueAt = new Date(decision.now.getTime() + ms);
    const parked = { ...going, parkedReason: reason, parkedSince: since, dueAt: dueAt.toISOString() };
    decision.replace(found, enqueueSlice(decision, parked, dueAt));
  });
}

/** A throttle names its time; a sign-in waits for a person; an outage is looked at less and less often. */
function pauseFor(error: AppError, sinceMs: number, nowMs: number): { reason: ParkedReason; ms: number } {
  if (error.code === "upstreamThrottled") {
    return { reason: "throttled", ms: Math.max(1, error.retryAfterSeconds ?? 60) * 1_000 };
  }
  if (error.code === "resellerNotAuthorized" || error.code === "mfaRequired") {
    return { reason: "resellerNotAuthorized", ms: AUTHORIZATION_PAUSE_MS };
  }
  return { reason: "outage", ms: Math.min(LONGEST_PAUSE_MS, Math.max(MINUTE, nowMs - sinceMs)) };
}

function backoffMs(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, MINUTE * 2 ** (tries - 1));
}

async function findRunning(decision: Decision, { onboardingId, n }: OnboardingPointer) {
  const found = await decision.get(onboardingRow(onboardingId), OnboardingBatch);
  return found?.value.state === "Running" && found.value.enqueued === n ? found : undefined;
}

function note(decision: Decision, batch: OnboardingBatch, entry: { action: string; errorCode?: string }): void {
  decision.record({
    ...requestedBy(batch),
    ...entry,
    object: { type: "onboarding", id: batch.id },
    resellerId: batch.resellerId,
    result: entry.errorCode === undefined ? "success" : "failure",
    after: { customers: batch.total, ...batch.counts },
  });
}

function failed(item: OnboardingItem, status: number, code: string, message: string): OnboardingItem {
  return { ...item, outcome: "failed", status, code, message };
}
