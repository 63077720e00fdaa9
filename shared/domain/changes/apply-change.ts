import { AppError } from "../../errors";
import type { ChangeId, ResellerId, TenantId } from "../access/ids";
import type { Log } from "../access/log";
import type { DecideDeps, Decision } from "../decisions/decide";
import { tenantPartition } from "../decisions/head";
import { completeRecovered } from "../recovery/complete-recovered";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import { readOffers, type OfferSource } from "../subscriptions/offers";
import { scheduleFields } from "../subscriptions/renewal-schedule";
import type { SubscriptionSource } from "../subscriptions/subscription-source";
import { alertOperators } from "./alert-operators";
import { Change, openAttempt, scheduleToRestore, sendsSoFar, type Attempt } from "./change";
import { classifyWrite } from "./classify-write";
import { failed } from "./end-change";
import { backoffMs, type LedgerSettings } from "./ledger-settings";
import { nextStep } from "./next-step";
import type { Seen } from "./plan-write";
import type { RemoteHistory } from "./remote-history";
import { saveTransition, type ChangePointer } from "./save-transition";
import type { SubscriptionWriter } from "./subscription-writer";
import { proveAttempt } from "./prove-attempt";
import { parked, postponed, type Transition } from "./transitions";
import { decideAnswer, decideClaim, decideIntent, decideWait, holdsIdleClaim, type Moment } from "./worker-decisions";
import type { WriteMode } from "./write-mode";

/** What the worker needs: the ledger's storage, and Microsoft. */
export interface ApplyDeps extends DecideDeps {
  settings: LedgerSettings;
  writeMode(): Promise<WriteMode>;
  /** Undefined when the reseller is gone or nobody has authorised it (any more). */
  resellerIdentity(id: ResellerId): Promise<ResellerIdentity | undefined>;
  /** Called when Microsoft no longer accepts a reseller's sign-in. */
  noteResellerTrouble(reseller: ResellerIdentity, state: "Revoked" | "SecretInvalid"): Promise<void>;
  subscriptions: SubscriptionSource;
  offers: OfferSource;
  history: RemoteHistory;
  writer: SubscriptionWriter;
  log: Log;
}

interface Target {
  tenantId: TenantId;
  changeId: ChangeId;
}

/**
 * Handles one message about a change (change ledger §4): whatever was true when it was sent, the row decides what
 * happens now. Safe to call twice, at once, or long after; throws only when our own storage fails, so that the message
 * comes again.
 */
export async function applyChange(deps: ApplyDeps, pointer: ChangePointer): Promise<void> {
  const found = await deps.store.get(tenantPartition(pointer.tenantId), `change_${pointer.changeId}`);
  if (!found) return;
  const change = Change.parse(found.value);
  const target: Target = { tenantId: change.tenantId, changeId: change.id };
  const step = nextStep(change, pointer.n, deps.clock(), deps.settings);
  switch (step.do) {
    case "nothing":
      return;
    case "wait":
      await waitUntil(deps, target, pointer.n, step.until);
      return;
    case "claim": {
      const claim = await claimLane(deps, change);
      if (claim) await perform(deps, claim);
      return;
    }
    case "perform":
      await perform(deps, change);
      return;
    case "prove":
      await proveAttempt(deps, change, step.attempt);
      return;
  }
}

async function waitUntil(deps: ApplyDeps, target: Target, n: number, until: Date): Promise<void> {
  await saveTransition(deps, target, (change) => decideWait(change, n, until));
}

/** Takes the subscription's lane and marks the change Purchasing, or finds a reason to leave it; undefined then. */
async function claimLane(deps: ApplyDeps, asked: Change): Promise<Change | undefined> {
  const mode = await deps.writeMode();
  if (await completeRecovered(deps, asked)) return undefined;
  const target: Target = { tenantId: asked.tenantId, changeId: asked.id };
  const saved = await saveTransition(deps, target, (change, lane, decision) =>
    decideClaim(change, lane, momentOf(decision, mode, deps)),
  );
  return saved?.state === "Purchasing" ? saved : undefined;
}

/** Reads, plans, stores the intent, writes once, and stores what came of it. */
async function perform(deps: ApplyDeps, change: Change): Promise<void> {
  const identity = await deps.resellerIdentity(change.resellerId);
  if (!identity) {
    await giveBack(deps, change, (c, now) => parked(c, "resellerNotAuthorized", now, deps.settings.parkPauseMs));
    return;
  }
  const seen = await observe(deps, change, identity);
  if (!seen) return;
  const intent = await openIntent(deps, change, seen);
  if (!intent) return;
  const answer = await deps.writer.patch(identity, change.cspCustomerId, change.subscriptionId, {
    body: paidWriteBody(seen.read.raw, intent),
    ...(intent.etag ? { etag: intent.etag } : {}),
    requestId: intent.requestId,
    correlationId: intent.correlationIds[0] ?? intent.requestId,
    sendBy: new Date(intent.sendBy),
  });
  const outcome = classifyWrite(answer, intent.schedule ?? intent.to);
  if (outcome.kind === "notSent" && (outcome.why === "resellerRevoked" || outcome.why === "secretInvalid")) {
    await deps.noteResellerTrouble(identity, outcome.why === "secretInvalid" ? "SecretInvalid" : "Revoked");
  }
  const saved = await saveTransition(
    deps,
    { tenantId: change.tenantId, changeId: change.id },
    (current, _lane, decision) =>
      decideAnswer(current, intent.number, outcome, { now: decision.now, settings: deps.settings }),
  );
  alertOperators(deps.log, saved);
}

/** A left-out field is reset at Microsoft, so the whole resource goes back as it was read, with one thing changed. */
export function paidWriteBody(
  raw: Readonly<Record<string, unknown>>,
  { to, schedule }: Pick<Attempt, "to" | "schedule">,
): Record<string, unknown> {
  return schedule ? { ...raw, ...scheduleFields(schedule) } : { ...raw, quantity: to };
}

/** Only orders of the time of our write are ever weighed; the row need not carry a subscription's whole history. */
const RECENT_MS = 3_600_000;

/** Reads what the write will rest on. A read that fails gives the claim back: nothing is outstanding yet. */
async function observe(deps: ApplyDeps, change: Change, identity: ResellerIdentity): Promise<Seen | undefined> {
  const seenAt = deps.clock();
  try {
    const ask = { customer: change.cspCustomerId, subscription: change.subscriptionId };
    const [read, lines] = await Promise.all([
      deps.subscriptions.get(identity, ask.customer, ask.subscription),
      deps.history.orderLines(identity, ask),
    ]);
    if (read) {
      const { subscription } = read;
      const savedSchedule = scheduleToRestore(change)?.schedule;
      const offers = await readOffers(deps.offers, identity, ask.customer, { subscription, savedSchedule });
      const recent = lines.filter((line) => line.createdAt.getTime() >= read.readAt.getTime() - RECENT_MS);
      return { read, orderIds: recent.map((line) => line.orderId), offers, seenAt };
    }
    await giveBack(deps, change, (c, now) =>
      failed(c, "subscriptionNotFound", "Microsoft does not know this subscription.", now),
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    await afterReadFailure(deps, change, identity, error);
  }
  return undefined;
}

async function afterReadFailure(
  deps: ApplyDeps,
  change: Change,
  identity: ResellerIdentity,
  error: AppError,
): Promise<void> {
  const state = error.extensions["resellerState"];
  if (state === "Revoked" || state === "SecretInvalid") {
    await deps.noteResellerTrouble(identity, state);
    await giveBack(deps, change, (c, now) => parked(c, "resellerNotAuthorized", now, deps.settings.parkPauseMs));
    return;
  }
  const wait = error.retryAfterSeconds === undefined ? undefined : error.retryAfterSeconds * 1000;
  if (error.code === "upstreamThrottled") {
    await giveBack(deps, change, (c, now) => parked(c, "throttled", now, wait ?? backoffMs(1, deps.settings)));
    return;
  }
  if (error.code === "relationshipRemoved") {
    await giveBack(deps, change, (c, now) => failed(c, error.code, error.message, now));
    return;
  }
  await giveBack(deps, change, (c, now) =>
    postponed(c, error.code, now, wait ?? backoffMs(sendsSoFar(c) + 1, deps.settings)),
  );
}

/** Ends a claim under which nothing was sent. */
async function giveBack(
  deps: ApplyDeps,
  change: Change,
  make: (change: Change, now: Date) => Transition,
): Promise<void> {
  const target = { tenantId: change.tenantId, changeId: change.id };
  const saved = await saveTransition(deps, target, (current, lane, decision) =>
    holdsIdleClaim(current, lane, change.claims) ? make(current, decision.now) : undefined,
  );
  alertOperators(deps.log, saved);
}

/** Plans on what was read and stores the intent; undefined when there is nothing to send. */
async function openIntent(deps: ApplyDeps, change: Change, seen: Seen): Promise<Attempt | undefined> {
  // Asked for again: a claim may be older than the switch, by a crash or a slow read.
  const mode = await deps.writeMode();
  const target = { tenantId: change.tenantId, changeId: change.id };
  const read = { claim: change.claims, seen };
  const saved = await saveTransition(deps, target, (current, lane, decision) =>
    decideIntent(current, lane, read, momentOf(decision, mode, deps)),
  );
  alertOperators(deps.log, saved);
  // The one that was stored: when an earlier try of the transaction lands late, its send window is the one that counts.
  return saved && openAttempt(saved);
}

function momentOf({ head, now }: Decision, mode: WriteMode, { settings }: ApplyDeps): Moment {
  return { head, mode, now, settings };
}
