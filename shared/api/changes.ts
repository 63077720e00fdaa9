import { z } from "zod";
import { BatchId, ChangeId, ResellerId, SubscriptionId, TenantId } from "../domain/access/ids";
import { Ask, ChangeKind, ChangeState, ParkedReason } from "../domain/changes/change";
import { ChangeLine } from "../domain/changes/change-list";
import { listErrors, listOf, pageQuery } from "./list";
import { defineRoute } from "./route";
import { AllowedActionView } from "./shared-views";

const AttemptView = z
  .object({
    number: z.int(),
    step: z.string().meta({ description: "Kind of the step it belongs to." }),
    from: z.int(),
    to: z.int(),
    state: z.enum(["open", "applied", "notApplied"]),
    requestId: z.string().meta({ description: "The MS-RequestId of the write." }),
    correlationIds: z
      .array(z.string())
      .meta({ description: "MS-CorrelationId; Partner Center's audit records name it." }),
    resellerId: ResellerId,
    openedAt: z.iso.datetime(),
    sendBy: z.iso.datetime().meta({ description: "After this moment it was not put on the wire any more." }),
    basedOn: z
      .object({
        readAt: z.iso.datetime().meta({ description: "Of the read it rests on, by Microsoft's clock." }),
        orderIds: z.array(z.string()).meta({ description: "Orders that were there already: they prove nothing." }),
        etag: z.string().optional(),
      })
      .meta({ description: "What was seen before the write; evidence is judged against it." }),
    looks: z.int().meta({ description: "How often evidence was read without an answer to what became of it." }),
    nextLookAt: z.iso.datetime().optional(),
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
        schedule: z
          .enum(["restored", "replacedByOthers", "notRestored"])
          .optional()
          .meta({ description: "What became of the change that was scheduled for the renewal." }),
      })
      .optional(),
    steps: z.array(z.object({ kind: z.string(), state: z.enum(["open", "done", "givenUp"]) })),
    attempts: z.array(AttemptView).meta({ description: "Of all steps, in their order." }),
    allowedActions: z.array(AllowedActionView),
    timeline: z.array(z.object({ at: z.iso.datetime(), event: z.string(), detail: z.string() })),
  })
  .meta({ id: "Change" });

export const ChangeLineView = ChangeLine.extend({ tenantName: z.string(), isFinal: z.boolean() }).meta({
  id: "ChangeLine",
});

export const listAllChangesRoute = defineRoute({
  name: "listAllChanges",
  operations: ["C72"],
  method: "GET",
  path: "/api/v1/csp/changes",
  summary: "List the changes of all tenants in the caller's scope, newest first",
  description:
    "Those that are open, and those that ended within the last thirty days. The list may lag behind a change by a moment; " +
    "each line's change at `/csp/tenants/{tenantId}/changes/{id}` does not.",
  tag: "Changes",
  permission: "subscription.read",
  query: z.strictObject({
    ...pageQuery,
    state: ChangeState.optional(),
    kind: ChangeKind.optional(),
    tenantId: TenantId.optional(),
  }),
  responses: { 200: { description: "A page of changes.", schema: listOf(ChangeLineView) } },
  errors: listErrors,
});

export const listChangesRoute = defineRoute({
  name: "listChanges",
  operations: ["C68"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/changes",
  summary: "List a tenant's changes, newest first",
  tag: "Changes",
  permission: "subscription.read",
  params: z.object({ tenantId: TenantId }),
  query: z.strictObject({
    ...pageQuery,
    state: ChangeState.optional(),
    kind: ChangeKind.optional(),
    subscriptionId: SubscriptionId.optional(),
    batchId: BatchId.optional(),
  }),
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

const params = z.object({ tenantId: TenantId, changeId: ChangeId });
const reason = z.string().trim().max(2000).optional().meta({ description: "Kept in the audit log." });
const reasonBody = z.strictObject({ reason }).optional();
const accepted = {
  description: "The change as it is now. Operation-Location is where to watch it.",
  schema: ChangeView,
};
const reconcileRequired = {
  status: 409,
  description: "After a restore nobody could prove what became of it: reconcile again, or resolve it.",
} as const;
const notInReview = { status: 409, description: "The change does not wait for a person." };

export const resolveChangeRoute = defineRoute({
  name: "resolveChange",
  operations: ["C69"],
  method: "POST",
  path: "/api/v1/csp/tenants/{tenantId}/changes/{changeId}/resolve",
  summary: "Say what became of a change in review",
  description:
    "Stands in place of the proof that could not be had: look at the subscription and its orders in Partner Center first. " +
    "`applied` ends the change, or lets it go on with its next step; `notApplied` has it tried again. Audit: `change.resolve`.",
  tag: "Changes",
  permission: "subscription.quantity",
  params,
  body: z.strictObject({
    outcome: z.enum(["applied", "notApplied"]),
    reason: reason.meta({ description: "How you know. Required." }),
  }),
  responses: { 202: accepted },
  errors: {
    notInReview,
    reasonRequired: { status: 400, description: "No reason was given." },
    writeInFlight: { status: 409, description: "Its write may still be on the wire; see Retry-After." },
  },
});

export const lookAgainRoute = defineRoute({
  name: "lookAgain",
  operations: ["C69"],
  method: "POST",
  path: "/api/v1/csp/tenants/{tenantId}/changes/{changeId}/look-again",
  summary: "Read the evidence of a change in review once more",
  description: "Ends in a proof, or in review again. Nothing is sent before it is proven. Audit: `change.lookAgain`.",
  tag: "Changes",
  permission: "subscription.quantity",
  params,
  body: reasonBody,
  responses: { 202: accepted },
  errors: { notInReview, reconcileRequired },
});

export const cancelChangeRoute = defineRoute({
  name: "cancelChange",
  operations: ["C70"],
  method: "POST",
  path: "/api/v1/csp/tenants/{tenantId}/changes/{changeId}/cancel",
  summary: "Give a change up",
  description: "Possible while it waits, and after it failed. Audit: `change.cancel`.",
  tag: "Changes",
  permission: "subscription.quantity",
  params,
  body: reasonBody,
  responses: { 200: { description: "The cancelled change.", schema: ChangeView } },
  errors: {
    notPending: { status: 409, description: "It is being carried out, waits for a person, or has ended." },
  },
});

export const retryChangeRoute = defineRoute({
  name: "retryChange",
  operations: ["C70"],
  method: "POST",
  path: "/api/v1/csp/tenants/{tenantId}/changes/{changeId}/retry",
  summary: "Take a failed change up again",
  description: "Judged anew on what is read then, through the connection the tenant has now. Audit: `change.retry`.",
  tag: "Changes",
  permission: "subscription.quantity",
  params,
  body: reasonBody,
  responses: { 202: accepted },
  errors: {
    wrongState: { status: 409, description: "It has not failed." },
    reconcileRequired,
    tenantNotConnected: { status: 409, description: "The tenant is not connected to Microsoft CSP." },
    operationInProgress: { status: 409, description: "The tenant is being disconnected." },
    tooManyOpenChanges: { status: 409, description: "Too many changes of this tenant are not finished." },
  },
});
