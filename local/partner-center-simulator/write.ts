import type { Answer, Call, Simulation } from "./route";
import { Refusal, refuse } from "./errors";
import { appendAuditRecord, type AuditContent } from "./audit-trail";
import { recallAnswer, rememberAnswer } from "./request-replay";
import type { BookEntry } from "./books";
import { enterInBooks } from "./enter-in-books";
import type { Effect } from "./world";

/** Who is behind a write: a client of the API, somebody outside (the portal), or time. */
export interface WriteActor {
  origin: BookEntry["origin"];
  method: string;
  path: string;
  partnerId: string;
  requestId: string;
  correlationId: string;
  caller: BookEntry["caller"];
  /** Epoch milliseconds of what happened; default: now. Seeds play the past. */
  atMs?: number;
}

export interface Write {
  /** Partner Center's operation type, such as `update_subscription`; audited under this name. */
  operation: string;
  resourceType: string;
  customerId?: string;
  /** Present: only one write at a time on this subscription, and a slow one answers 202. */
  subscriptionId?: string;
  /**
   * Decides. Throws a Refusal, or returns how to apply. Must not change anything: a slow write is planned when it
   * arrives, and planned again when it is applied.
   */
  plan: () => PlannedWrite;
}

export interface PlannedWrite {
  /** Does it, at once and completely. Called at most once. */
  apply: () => AppliedWrite;
}

export interface AppliedWrite {
  answer: Answer;
  /** One per subscription touched; empty for what is no subscription (a cart). */
  effects: Effect[];
  /** False: nothing is different from before. Default: true. */
  changed?: boolean;
  /** Absent: not audited. Several: one record each (a checkout that places several orders). */
  audit?: AuditPart | AuditPart[];
}

type AuditPart = Omit<AuditContent, "operation" | "resourceType" | "customerId">;

/**
 * The one door through which every write of a client goes: replay by MS-RequestId, one write at a time per
 * subscription, 202 and apply later, books, audit record, notice to the webhooks. Refusals are written to the books too.
 */
export function applyWrite(call: Call, write: Write): Answer {
  const { simulation } = call;
  const actor = actorOf(call);
  const target = { ...faultTargetOf(call), subscriptionId: write.subscriptionId };
  const remembered = recallAnswer(simulation, actor, target);
  if (remembered) {
    enterInBooks(simulation, actor, write, { outcome: "replayed", httpStatus: remembered.status });
    return remembered;
  }
  try {
    refuseWhileBusy(simulation, write, target);
    const planned = write.plan();
    const slow = slowness(simulation, write, target);
    const answer = slow ? accept(simulation, actor, write, slow) : commit(simulation, actor, write, planned);
    rememberAnswer(simulation, actor, answer);
    return answer;
  } catch (error) {
    if (error instanceof Refusal) {
      const { status, code } = error;
      enterInBooks(simulation, actor, write, { outcome: "refused", httpStatus: status, code });
      auditRefusal(simulation, actor, write);
      if (simulation.switches.replayRefusals) rememberAnswer(simulation, actor, refusalAnswer(error));
    }
    throw error;
  }
}

/** A write that no client of the API makes: an edit in the portal, or what time does. Never slow, never replayed. */
export function applyDirectly(simulation: Simulation, actor: WriteActor, write: Write): AppliedWrite["effects"] {
  const applied = write.plan().apply();
  settle(simulation, actor, write, applied);
  return applied.effects;
}

/** The answer to an error in Partner Center's shape; the number of the code may be a JSON number by switch (server). */
export function refusalAnswer(error: Refusal): Answer {
  const { status, code, description, data, headers } = error;
  return { status, body: { code, description, data, source: "PartnerFD" }, headers };
}

export function faultTargetOf(call: Call): {
  routeName: string;
  method: string;
  partnerId: string;
  customerId: string | undefined;
  subscriptionId: string | undefined;
} {
  return {
    routeName: call.routeName,
    method: call.method,
    partnerId: call.caller.partner.tenantId,
    customerId: call.params["customerId"],
    subscriptionId: call.params["subscriptionId"],
  };
}

function auditRefusal(simulation: Simulation, actor: WriteActor, write: Write): void {
  if (!simulation.switches.auditRefusedWrites) return;
  const { operation, resourceType, customerId } = write;
  appendAuditRecord(simulation, actor, { operation, resourceType, customerId, status: "failed" });
}

function actorOf(call: Call): WriteActor {
  const { method, path, requestId, correlationId, caller } = call;
  return {
    origin: "api",
    method,
    path,
    partnerId: caller.partner.tenantId,
    requestId,
    correlationId,
    caller: { kind: caller.kind, appId: caller.appId, ...(caller.upn === undefined ? {} : { upn: caller.upn }) },
  };
}

function refuseWhileBusy(simulation: Simulation, write: Write, target: ReturnType<typeof faultTargetOf>): void {
  const fault = simulation.faults.take("busy", target);
  if (fault) refuse(409, fault.code ?? "900278", "There is a pending operation on this subscription. Try again later.");
  if (write.subscriptionId === undefined) return;
  const pending = simulation.world.subscriptions.get(write.subscriptionId)?.pendingWrite;
  if (pending) refuse(409, "900278", "There is a pending operation on this subscription. Try again after 24 hours.");
}

interface Slowness {
  seconds: number;
  lost: boolean;
}

function slowness(
  simulation: Simulation,
  write: Write,
  target: ReturnType<typeof faultTargetOf>,
): Slowness | undefined {
  if (write.subscriptionId === undefined) return undefined;
  const fault = simulation.faults.take("slowApply", target);
  if (fault) return { seconds: fault.seconds ?? 60, lost: fault.lost };
  const seconds = simulation.switches.slowWriteSeconds;
  return seconds > 0 ? { seconds, lost: false } : undefined;
}

function accept(simulation: Simulation, actor: WriteActor, write: Write, slow: Slowness): Answer {
  const subscription = simulation.world.subscriptions.get(write.subscriptionId ?? "");
  if (!subscription) throw new Error(`A slow write needs an existing subscription: ${write.operation}`);
  const world = simulation.world;
  subscription.pendingWrite = { requestId: actor.requestId, until: simulation.clock.nowMs() + slow.seconds * 1000 };
  enterInBooks(simulation, actor, write, { outcome: "pending", httpStatus: 202 });
  simulation.clock.after(slow.seconds * 1000, () => {
    // After a reset nobody waits for it any more.
    if (simulation.world !== world) return;
    delete subscription.pendingWrite;
    if (slow.lost) enterInBooks(simulation, actor, write, { outcome: "lost", httpStatus: 202 });
    else commitLate(simulation, actor, write);
  });
  const location = `/v1/customers/${subscription.customerId}/subscriptions/${subscription.id}`;
  return { status: 202, headers: { location } };
}

function commitLate(simulation: Simulation, actor: WriteActor, write: Write): void {
  try {
    commit(simulation, actor, write, write.plan());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    enterInBooks(simulation, actor, write, { outcome: "lost", httpStatus: 202, code: error.code });
  }
}

function commit(simulation: Simulation, actor: WriteActor, write: Write, planned: PlannedWrite): Answer {
  const applied = planned.apply();
  settle(simulation, actor, write, applied);
  return applied.answer;
}

function settle(simulation: Simulation, actor: WriteActor, write: Write, applied: AppliedWrite): void {
  const changed = applied.changed ?? true;
  const { answer, effects } = applied;
  enterInBooks(simulation, actor, write, {
    outcome: changed ? "applied" : "unchanged",
    httpStatus: answer.status,
    effects,
  });
  if (!changed) return;
  const records = appendAudits(simulation, actor, write, applied);
  effects.forEach((effect, index) => announce(simulation, actor, write, records[index] ?? records[0] ?? "", effect));
}

function appendAudits(simulation: Simulation, actor: WriteActor, write: Write, applied: AppliedWrite): string[] {
  if (!applied.audit || (actor.origin === "clock" && !simulation.switches.auditSystemChanges)) return [];
  const { operation, resourceType, customerId } = write;
  return [applied.audit]
    .flat()
    .map((part) => appendAuditRecord(simulation, actor, { ...part, operation, resourceType, customerId }));
}

function announce(
  simulation: Simulation,
  actor: WriteActor,
  write: Write,
  auditRecordId: string,
  effect: Effect,
): void {
  const change = {
    partnerId: actor.partnerId,
    customerId: write.customerId ?? "",
    subscriptionId: effect.subscriptionId,
    operation: write.operation,
    auditRecordId,
    at: new Date(actor.atMs ?? simulation.clock.nowMs()),
    effect,
  };
  for (const listener of simulation.onSubscriptionChange) listener(change);
}
