import type { z } from "zod";
import type { ChangeView } from "../../shared/api/changes";
import { isFinal, type Attempt, type Change } from "../../shared/domain/changes/change";
import { changeActions } from "../../shared/domain/changes/change-actions";
import type { LedgerSettings } from "../../shared/domain/changes/ledger-settings";
import { timelineOf } from "../../shared/domain/changes/timeline";

/** A change as callers see it: what it is, what was tried, how its end is known, and what may be done now. */
export function changeView(change: Change, now: Date, settings: LedgerSettings): z.input<typeof ChangeView> {
  const { id, kind, state, subscriptionId, subscriptionName, ask, resellerId, requestedAt, steps } = change;
  return {
    ...{ id, kind, state, subscriptionId, subscriptionName, ask, resellerId, requestedAt },
    isFinal: isFinal(state),
    requestedBy: change.requestedBy.name,
    ...(change.batchId ? { batchId: change.batchId } : {}),
    ...(change.reason ? { reason: change.reason } : {}),
    ...(change.parkedReason ? { parkedReason: change.parkedReason } : {}),
    ...(change.dueAt ? { dueAt: change.dueAt } : {}),
    ...(change.outcome ? { outcome: change.outcome } : {}),
    steps: steps.map((step) => ({ kind: step.kind, state: step.state })),
    attempts: steps.flatMap((step) => step.attempts.map((attempt) => attemptView(step.kind, attempt))),
    allowedActions: changeActions(change, now, settings),
    timeline: timelineOf(change),
  };
}

function attemptView(step: string, attempt: Attempt): z.input<typeof ChangeView>["attempts"][number] {
  const { number, from, to, state, requestId, correlationIds, resellerId, openedAt, sendBy, looks } = attempt;
  const { readAt, seenOrderIds, etag, nextLookAt, answer, proof } = attempt;
  return {
    ...{ number, step, from, to, state, requestId, correlationIds, resellerId, openedAt, sendBy, looks },
    basedOn: { readAt, orderIds: seenOrderIds, ...(etag ? { etag } : {}) },
    ...(nextLookAt ? { nextLookAt } : {}),
    ...(answer ? { answer } : {}),
    ...(proof ? { proof } : {}),
  };
}
