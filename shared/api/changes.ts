import { z } from "zod";
import { BatchId, ChangeId, ResellerId, SubscriptionId, TenantId } from "../domain/access/ids";
import { Ask, ChangeState, ParkedReason } from "../domain/changes/change";
import { listErrors, listOf, pageQuery } from "./list";
import { defineRoute } from "./route";

const AttemptView = z
  .object({
    number: z.int(),
    from: z.int(),
    to: z.int(),
    state: z.enum(["open", "applied", "notApplied"]),
    requestId: z.string().meta({ description: "The MS-RequestId of the write." }),
    correlationIds: z
      .array(z.string())
      .meta({ description: "MS-CorrelationId; Partner Center's audit records name it." }),
    openedAt: z.iso.datetime(),
    answer: z
      .object({
        at: z.iso.datetime(),
        kind: z.string(),
        status: z.int().optional(),
        code: z.string().optional(),
        message: z.string().optional(),
      })
      .optional(),
    proof: z.object({ at: z.iso.datetime(), by: z.string(), reference: z.string().optional() }).optional(),
  })
  .meta({ id: "ChangeAttempt" });

export const ChangeView = z
  .object({
    id: ChangeId,
    kind: z.string(),
    state: ChangeState,
    isFinal: z.boolean(),
    subscriptionId: SubscriptionId,
    subscriptionName: z.string(),
    ask: Ask,
    resellerId: ResellerId,
    batchId: BatchId.optional(),
    requestedBy: z.string(),
    requestedAt: z.iso.datetime(),
    reason: z.string().optional(),
    parkedReason: ParkedReason.optional(),
    dueAt: z.iso.datetime().optional(),
    outcome: z
      .object({
        at: z.iso.datetime(),
        code: z.string(),
        message: z.string(),
        quantityBefore: z.int().optional(),
        quantityAfter: z.int().optional(),
        microsoftCode: z.string().optional(),
        finding: z.string().optional(),
      })
      .optional(),
    attempts: z.array(AttemptView),
    timeline: z.array(z.object({ at: z.iso.datetime(), event: z.string(), detail: z.string() })),
  })
  .meta({ id: "Change" });

export const listChangesRoute = defineRoute({
  name: "listChanges",
  operations: ["C68"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/changes",
  summary: "List a tenant's changes, newest first",
  tag: "Changes",
  permission: "subscription.read",
  params: z.object({ tenantId: TenantId }),
  query: z.strictObject({ ...pageQuery, state: ChangeState.optional(), batchId: BatchId.optional() }),
  responses: { 200: { description: "A page of changes.", schema: listOf(ChangeView) } },
  errors: listErrors,
});

export const getChangeRoute = defineRoute({
  name: "getChange",
  operations: ["C68"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/changes/{changeId}",
  summary: "Get a change: what became of it, and how that is known",
  description: "Also the operation monitor of a 202: ask again after Retry-After until `isFinal`.",
  tag: "Changes",
  permission: "subscription.read",
  params: z.object({ tenantId: TenantId, changeId: ChangeId }),
  responses: { 200: { description: "The change with its attempts, proof and timeline.", schema: ChangeView } },
});
