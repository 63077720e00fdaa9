import { z } from "zod";
import { BatchId, ChangeId, SubscriptionId, TenantId } from "../domain/access/ids";
import { partnerCenterErrors } from "./outage-errors";
import { defineRoute } from "./route";
import { AllowedActionView, SearchText } from "./shared-views";

export const SubscriptionView = z
  .object({
    id: SubscriptionId,
    etag: z.string().meta({ description: "What a change of this subscription has to name." }),
    name: z.string(),
    offerName: z.string(),
    productSku: z.string().meta({ description: "`productId:skuId`." }),
    status: z.string().meta({ description: "As Microsoft says it; new values can appear." }),
    quantity: z.int(),
    term: z.string().meta({ description: "ISO 8601 duration, such as P1Y." }),
    billingCycle: z.string(),
    autoRenew: z.boolean(),
    isTrial: z.boolean(),
    parentSubscriptionId: z.string().optional(),
    commitmentEndsAt: z.iso.datetime().optional(),
    cancellationAllowedUntil: z.iso.datetime().optional(),
    refundable: z
      .object({
        quantity: z.int(),
        until: z.iso.datetime().optional().meta({ description: "When the first of them can no longer be given back." }),
      })
      .optional()
      .meta({
        description:
          "Seats that can be given back, at most a quarter of an hour old. Absent where Microsoft does not tell.",
      }),
    hasScheduledChange: z.boolean(),
    scheduledChanges: z
      .array(
        z.object({
          action: z.string().meta({ description: "As Microsoft names it: RenewToNewTerm, Cancel, …" }),
          quantity: z.int().optional(),
          productSku: z.string().optional(),
          term: z.string().optional(),
          billingCycle: z.string().optional(),
        }),
      )
      .optional()
      .meta({ description: "What waits for the renewal." }),
    allowedActions: z.array(AllowedActionView),
  })
  .meta({ id: "Subscription" });

const LicenceView = z
  .object({
    productSku: z.string(),
    name: z.string(),
    totalSeats: z.int().meta({ description: "Of all active subscriptions of the product." }),
    availableSeats: z.int().optional().meta({
      description:
        "Not assigned to anybody in the customer's directory, where products may share their licences. Absent where Microsoft does not tell.",
    }),
    pendingApproval: z.int().meta({ description: "Seats in requests that wait for a decision." }),
    pendingPurchase: z.int().meta({ description: "Seats decided but not bought yet." }),
  })
  .meta({ id: "Licence" });

const params = z.object({ tenantId: TenantId });

const liveReadErrors = {
  tenantNotConnected: { status: 409, description: "The tenant is not connected to Microsoft CSP." },
  ...partnerCenterErrors,
  relationshipRemoved: { status: 409, description: "The customer ended its relationship with the reseller." },
};

export const listSubscriptionsRoute = defineRoute({
  name: "listSubscriptions",
  operations: ["C31"],
  method: "GET",
  path: "/api/v1/csp/tenants/{tenantId}/subscriptions",
  summary: "List a tenant's subscriptions, live from Partner Center",
  tag: "Subscriptions",
  permission: "subscription.read",
  params,
  query: z.strictObject({ status: z.string().trim().toLowerCase().max(50).optional(), search: SearchText }),
  responses: {
    200: {
      description: "All of them; Partner Center does not page subscriptions.",
      schema: z
        .object({
          value: z.array(SubscriptionView),
          licences: z.array(LicenceView).meta({ description: "Rolled up over all subscriptions, whatever is shown." }),
          asOf: z.iso.datetime(),
        })
        .meta({ id: "SubscriptionList" }),
    },
  },
  errors: liveReadErrors,
});

const whenNotRefundable = z
  .literal(
    "refuse",
    'can only be "refuse" so far: seats beyond their refund window are not scheduled for the renewal yet',
  )
  .optional()
  .meta({ description: "What becomes of a decrease by more seats than can be given back now." });

const SetSeats = z
  .strictObject({
    subscriptionId: SubscriptionId,
    quantity: z.int().meta({ description: "The new total of seats. At least 1." }),
    etag: z.string().min(1).max(100).meta({ description: "The subscription's `etag` as you read it." }),
    whenNotRefundable,
  })
  .meta({ id: "SetSeats" });

const AddSeats = z
  .strictObject({
    subscriptionId: SubscriptionId,
    delta: z
      .int()
      .min(-10_000)
      .max(10_000)
      .refine((delta) => delta !== 0, "must not be 0")
      .meta({ description: "So many more seats than there are when its turn comes; fewer, where negative." }),
    whenNotRefundable,
  })
  .meta({ id: "AddSeats" });

const ChangeResult = z
  .object({
    subscriptionId: SubscriptionId,
    outcome: z.enum(["accepted", "unchanged", "failed"]),
    changeId: ChangeId.optional(),
    state: z.string().optional().meta({
      description:
        "Of the change, at the time of this answer; absent where only a newer version of this software can tell.",
    }),
    status: z.int().optional(),
    code: z.string().optional(),
    message: z.string().optional(),
    refundableQuantity: z
      .int()
      .optional()
      .meta({ description: "With reductionWindowClosed: how many seats can be given back now." }),
  })
  .meta({ id: "ChangeResult" });

export const applyChangesRoute = defineRoute({
  name: "applyChanges",
  operations: ["C32"],
  method: "POST",
  path: "/api/v1/csp/tenants/{tenantId}/subscriptions/apply-changes",
  summary: "Change the seats of subscriptions",
  description:
    "Accepts one edit per subscription, all together or not at all, and carries them out in the background, each exactly once. " +
    "Every item is answered: `accepted` with its change, `unchanged`, or `failed` with `status` and `code`: 400 badQuantity, 404 subscriptionNotFound, " +
    "409 notActive, 409 scheduleWouldBeLost, 412 etagMismatch, 422 reductionWindowClosed, 422 offerLimit. `Prefer: wait=n` waits for the end. " +
    "Seats can be given back only while Microsoft takes them back, batch by batch. What is scheduled for the renewal, which Microsoft deletes with " +
    "any immediate change, is set again after the seats; only where that is impossible is the item refused (scheduleWouldBeLost). " +
    "Audit: `subscription.quantity.update` per item.",
  tag: "Subscriptions",
  permission: "subscription.quantity",
  params,
  body: z.strictObject({
    changes: z
      .array(z.union([SetSeats, AddSeats]))
      .min(1)
      .max(20)
      .refine(
        (items) => new Set(items.map((item) => item.subscriptionId)).size === items.length,
        "name each subscription once",
      ),
    reason: z.string().trim().min(1).max(2000).optional(),
  }),
  responses: {
    202: {
      description: "An answer per item. Operation-Location is where to watch.",
      schema: z.object({ batchId: BatchId, results: z.array(ChangeResult) }).meta({ id: "ApplyChangesResult" }),
    },
  },
  errors: {
    ...liveReadErrors,
    operationInProgress: { status: 409, description: "The tenant's connection is being removed or replaced." },
    tooManyOpenChanges: { status: 409, description: "Too many changes of this tenant are not finished." },
  },
});
