import { z } from "zod";
import { getChangeRoute, listChangesRoute, type ChangeView } from "../../shared/api/changes";
import { isFinal, type Attempt, type Change } from "../../shared/domain/changes/change";
import { findChange, listChanges } from "../../shared/domain/changes/read-changes";
import { timelineOf } from "../../shared/domain/changes/timeline";
import type { StateStore } from "../../shared/domain/decisions/state-store";
import type { Cursors } from "../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";

const RETRY_AFTER_SECONDS = 2;

export function changeEndpoints(deps: { store: StateStore; cursors: () => Promise<Cursors> }): Endpoint[] {
  return [
    endpoint(listChangesRoute, async ({ params, query, actor, url }) => {
      const cursors = await deps.cursors();
      const after = cursors.open(query.cursor, z.string(), { actor, url });
      const { state, batchId, $top: limit } = query;
      const page = await listChanges(deps.store, actor, params.tenantId, { state, batchId, after, limit });
      return { status: 200, body: cursors.page(page.value.map(toView), page.next, { actor, url }) };
    }),
    endpoint(getChangeRoute, async ({ params, actor }) => {
      const change = await findChange(deps.store, actor, params.tenantId, params.changeId);
      const open = isFinal(change.state) ? {} : { retryAfterSeconds: RETRY_AFTER_SECONDS };
      return { status: 200, body: toView(change), ...open };
    }),
  ];
}

function toView(change: Change): z.input<typeof ChangeView> {
  const { id, kind, state, subscriptionId, subscriptionName, ask, resellerId, requestedAt } = change;
  return {
    ...{ id, kind, state, subscriptionId, subscriptionName, ask, resellerId, requestedAt },
    isFinal: isFinal(state),
    requestedBy: change.requestedBy.name,
    ...(change.batchId ? { batchId: change.batchId } : {}),
    ...(change.reason ? { reason: change.reason } : {}),
    ...(change.parkedReason ? { parkedReason: change.parkedReason } : {}),
    ...(change.dueAt ? { dueAt: change.dueAt } : {}),
    ...(change.outcome ? { outcome: change.outcome } : {}),
    attempts: change.steps.flatMap((step) => step.attempts).map(toAttemptView),
    timeline: timelineOf(change),
  };
}

function toAttemptView(attempt: Attempt): z.input<typeof ChangeView>["attempts"][number] {
  const { number, from, to, state, requestId, correlationIds, openedAt, answer, proof } = attempt;
  return {
    ...{ number, from, to, state, requestId, correlationIds, openedAt },
    ...(answer ? { answer } : {}),
    ...(proof ? { proof } : {}),
  };
}
