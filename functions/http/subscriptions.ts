import type { z } from "zod";
import { applyChangesRoute, listSubscriptionsRoute, type SubscriptionView } from "../../shared/api/subscriptions";
import { findChange, waitForChanges } from "../../shared/domain/changes/read-changes";
import { submitChanges, type SubmitDeps } from "../../shared/domain/changes/submit-changes";
import type { BatchItem } from "../../shared/domain/changes/batch";
import {
  readOverview,
  type OverviewDeps,
  type SubscriptionOverview,
} from "../../shared/domain/changes/subscription-overview";
import { unlessNewer } from "../../shared/domain/decisions/newer-version";
import { refundableSeats } from "../../shared/domain/subscriptions/refundable-seats";
import { scheduledChanges } from "../../shared/domain/subscriptions/renewal-schedule";
import { subscriptionActions } from "../../shared/domain/subscriptions/subscription-actions";
import { subscriptionEtag } from "../../shared/domain/subscriptions/subscription-view";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";

/** How soon a caller may ask again what became of a change. */
const RETRY_AFTER_SECONDS = 2;

export function subscriptionEndpoints(deps: SubmitDeps & OverviewDeps): Endpoint[] {
  return [list(deps), applyChanges(deps)];
}

const list = (deps: SubmitDeps & OverviewDeps): Endpoint =>
  endpoint(listSubscriptionsRoute, async ({ params, query, actor }) => {
    const { value, licences } = await readOverview(deps, actor, params.tenantId, query);
    const asOf = value.reduce((oldest, { readAt }) => (readAt < oldest ? readAt : oldest), deps.clock());
    return { status: 200, body: { value: value.map(toView), licences, asOf: asOf.toISOString() } };
  });

const applyChanges = (deps: SubmitDeps): Endpoint =>
  endpoint(applyChangesRoute, async ({ params: { tenantId }, body, waitSeconds, ...request }) => {
    const { actor, idempotency, correlationId, clientIp } = request;
    const write = { actor, idempotency, correlationId, clientIp };
    const batch = await submitChanges(deps, write, tenantId, body.changes, body.reason);
    const accepted = batch.items.flatMap((item) => (item.outcome === "accepted" ? [item.changeId] : []));
    await waitForChanges(deps.store, tenantId, accepted, waitSeconds);
    const results = await Promise.all(
      batch.items.map(async (item: BatchItem) => {
        if (item.outcome !== "accepted") return item;
        // What was accepted is answered, also where a newer version has taken it up already.
        const change = await unlessNewer(findChange(deps.store, actor, tenantId, item.changeId));
        return { ...item, ...(change ? { state: change.state } : {}) };
      }),
    );
    const changes = `/api/v1/csp/tenants/${tenantId}/changes`;
    const only = accepted.length === 1 ? accepted[0] : undefined;
    return {
      status: 202,
      body: { batchId: batch.id, results },
      operationLocation: only ? `${changes}/${only}` : `${changes}?batchId=${batch.id}`,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    };
  });

function toView({
  subscription: s,
  readAt,
  product,
  refundable,
}: SubscriptionOverview): z.input<typeof SubscriptionView> {
  const seats = refundable && refundableSeats({ refundable }, readAt);
  const { id, offerName, productSku, status, quantity, term, billingCycle, autoRenew, isTrial } = s;
  return {
    ...{ id, offerName, productSku, status, quantity, term, billingCycle, autoRenew, isTrial },
    etag: subscriptionEtag(s),
    name: s.friendlyName,
    ...(s.parentSubscriptionId ? { parentSubscriptionId: s.parentSubscriptionId } : {}),
    ...(s.commitmentEndsAt ? { commitmentEndsAt: s.commitmentEndsAt.toISOString() } : {}),
    ...(s.cancellationAllowedUntil ? { cancellationAllowedUntil: s.cancellationAllowedUntil.toISOString() } : {}),
    ...(seats
      ? { refundable: { quantity: seats.quantity, ...(seats.until ? { until: seats.until.toISOString() } : {}) } }
      : {}),
    hasScheduledChange: s.schedule !== undefined,
    ...(s.schedule ? { scheduledChanges: scheduledChanges(s.schedule) } : {}),
    allowedActions: subscriptionActions(s, { now: readAt, limits: product, refundable: seats }),
  };
}
