import type { z } from "zod";
import {
  applyOnboardingRoute,
  getOnboardingRoute,
  planOnboardingRoute,
  type OnboardingView,
} from "../../shared/api/onboarding";
import type { DecideDeps } from "../../shared/domain/decisions/decide";
import {
  findOnboarding,
  type OnboardingBatch,
  type OnboardingItem,
} from "../../shared/domain/onboarding/onboarding-batch";
import type { FactsDeps } from "../../shared/domain/onboarding/read-facts";
import { previewOnboarding, startOnboarding } from "../../shared/domain/onboarding/start-onboarding";
import { endpoint, type Endpoint } from "../../shared/http/endpoint";
import { toWriteRequest } from "./write-request";

/** How soon a caller may ask again how far a batch has come. */
const RETRY_AFTER_SECONDS = 2;

export function onboardingEndpoints(deps: DecideDeps & FactsDeps): Endpoint[] {
  return [
    endpoint(planOnboardingRoute, async ({ params, body, actor }) => {
      const ask = { ...params, cspCustomerIds: body.cspCustomerIds, naming: body.customerNaming };
      return { status: 200, body: await previewOnboarding(deps, actor, ask) };
    }),
    endpoint(applyOnboardingRoute, async ({ params, body, ...request }) => {
      const { cspCustomerIds, customerNaming: naming, planHash } = body;
      const started = await startOnboarding(deps, toWriteRequest(request), {
        ...params,
        ...{ cspCustomerIds, naming, planHash },
      });
      return {
        status: 202,
        body: toView(started),
        operationLocation: `/api/v1/csp/resellers/${params.resellerId}/onboarding/${started.batch.id}`,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      };
    }),
    endpoint(getOnboardingRoute, async ({ params, actor }) => {
      const found = await findOnboarding(deps.store, actor, params);
      const open = found.batch.state === "Finished" ? {} : { retryAfterSeconds: RETRY_AFTER_SECONDS };
      return { status: 200, body: toView(found), ...open };
    }),
  ];
}

function toView(found: { batch: OnboardingBatch; items: OnboardingItem[] }): z.input<typeof OnboardingView> {
  const { batch, items } = found;
  const { id, resellerId, requestedAt, finishedAt, parkedReason, dueAt } = batch;
  const waits = parkedReason === undefined ? {} : { parkedReason, ...(dueAt === undefined ? {} : { dueAt }) };
  const isFinal = batch.state === "Finished";
  const count = (outcome: OnboardingItem["outcome"]): number => items.filter((item) => item.outcome === outcome).length;
  return {
    ...{ id, resellerId, requestedAt, isFinal, ...waits },
    state: parkedReason === undefined ? batch.state : "Waiting",
    requestedBy: batch.by.actor.name,
    ...(finishedAt === undefined ? {} : { finishedAt }),
    counts: {
      total: items.length,
      pending: count("pending"),
      connected: count("connected"),
      alreadyConnected: count("alreadyConnected"),
      failed: count("failed"),
    },
    items: items.map(({ customer, ...item }) => ({ ...item, ...(customer ? { customerId: customer.id } : {}) })),
  };
}
