import { z } from "zod";
import { BatchId, CspCustomerId, CustomerId, ResellerId } from "../domain/access/ids";
import { ParkedReason } from "../domain/onboarding/onboarding-batch";
import { partnerCenterErrors } from "./outage-errors";
import { defineRoute } from "./route";

/** The most customers one request can name. */
const MOST_CUSTOMERS = 500;

const CustomerNaming = z
  .strictObject({
    from: z
      .enum(["companyName", "domain"])
      .default("companyName")
      .meta({ description: "What Partner Center knows of the customer becomes the name of the customer record." }),
    whenTaken: z
      .enum(["addDomain", "reuse", "refuse"])
      .default("addDomain")
      .meta({
        description:
          "When a customer record has this name: `addDomain` makes another one, with the domain behind the name; `reuse` puts the " +
          "tenant under the one there is; `refuse` leaves it out. The names of one request are taken in its order.",
      }),
  })
  .meta({ id: "CustomerNaming" });

const OnboardingRefusalView = {
  status: z.int(),
  code: z.string(),
  message: z.string(),
};
const shown = { cspCustomerId: CspCustomerId, displayName: z.string(), domain: z.string() };

const PlannedItemView = z
  .discriminatedUnion("outcome", [
    z.object({
      ...shown,
      outcome: z.literal("connect"),
      steps: z.array(z.enum(["createCustomer", "registerTenant", "addTenant", "connect"])),
      customer: z.object({
        action: z.enum(["create", "reuse", "keep"]),
        name: z.string(),
        customerId: CustomerId.optional().meta({ description: "Absent while the customer is still to be created." }),
        nameTaken: z.string().optional().meta({ description: "The name it would have had, if that was free." }),
      }),
      needsConsent: z.boolean().meta({
        description:
          "The tenant app has no consent: subscriptions, orders and changes work, what needs usage does not.",
      }),
    }),
    z.object({ ...shown, outcome: z.literal("alreadyConnected") }),
    z.object({ ...shown, outcome: z.literal("refused"), ...OnboardingRefusalView }),
  ])
  .meta({ id: "PlannedOnboardingItem" });

export const OnboardingPlanView = z
  .object({
    resellerId: ResellerId,
    counts: z.object({ connect: z.int(), alreadyConnected: z.int(), refused: z.int() }),
    items: z.array(PlannedItemView),
    planHash: z.string().meta({ description: "Names exactly this plan; `applyOnboarding` wants it back." }),
  })
  .meta({ id: "OnboardingPlan" });

export const OnboardingView = z
  .object({
    id: BatchId,
    resellerId: ResellerId,
    state: z.enum(["Running", "Waiting", "Finished"]),
    isFinal: z.boolean(),
    parkedReason: ParkedReason.optional(),
    dueAt: z.iso.datetime().optional().meta({ description: "When it goes on, while it waits." }),
    requestedBy: z.string(),
    requestedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    counts: z.object({
      total: z.int(),
      pending: z.int(),
      connected: z.int(),
      alreadyConnected: z.int(),
      failed: z.int(),
    }),
    items: z.array(
      z.object({
        ...shown,
        customerId: CustomerId.optional(),
        outcome: z.enum(["pending", "connected", "alreadyConnected", "failed"]),
        steps: z.array(z.enum(["registerTenant", "addTenant", "connect"])).optional(),
        status: z.int().optional(),
        code: z.string().optional(),
        message: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "Onboarding" });

const params = z.object({ resellerId: ResellerId });
const ask = {
  cspCustomerIds: z
    .array(CspCustomerId)
    .min(1)
    .max(MOST_CUSTOMERS)
    .refine((ids) => new Set(ids).size === ids.length, "name each customer once"),
  customerNaming: CustomerNaming.prefault({}),
};

export const planOnboardingRoute = defineRoute({
  name: "planOnboarding",
  operations: ["C67"],
  method: "POST",
  path: "/api/v1/csp/resellers/{resellerId}/onboarding/plan",
  summary: "What onboarding customers of a reseller would do",
  description:
    "Answers item by item what `applyOnboarding` would do, and writes nothing, here or at Microsoft. An item is refused with " +
    "422 customerNotFound (also for what the caller may not see), 409 relationshipRemoved, 409 customerAlreadyMapped, " +
    "409 operationInProgress, 409 duplicate.",
  tag: "Onboarding",
  permission: "tenant.manage",
  params,
  body: z.strictObject(ask),
  responses: { 200: { description: "The plan, in the order of the request.", schema: OnboardingPlanView } },
  errors: partnerCenterErrors,
});

export const applyOnboardingRoute = defineRoute({
  name: "applyOnboarding",
  operations: ["C67"],
  method: "POST",
  path: "/api/v1/csp/resellers/{resellerId}/onboarding/apply",
  summary: "Onboard up to 500 customers of a reseller",
  description:
    "Takes the planned batch in and does it in the background: each customer is created or found, its tenant registered, added " +
    "and connected, and its first sync started. One that fails stops no other, and nothing is written at Microsoft. It waits by " +
    "itself while Partner Center throttles or the reseller has to be authorised again, for a day at most. Beside the refusals " +
    "of the plan an item can fail with 409 customerDeleted, 409 resellerDeleted, 409 resellerNotAuthorized, 500 internalError. " +
    "Audit: `onboarding.start`, `onboarding.finish`, and per item `customer.create`, `tenant.register`, `tenant.add`, " +
    "`connection.create`.",
  tag: "Onboarding",
  permission: "tenant.manage",
  params,
  body: z.strictObject({
    ...ask,
    planHash: z.string().min(1).max(100).meta({ description: "Of the plan that was looked at." }),
  }),
  responses: {
    202: { description: "The batch. Operation-Location is where to watch.", schema: OnboardingView },
  },
  errors: {
    ...partnerCenterErrors,
    planStale: {
      status: 409,
      description: "Something has changed since the plan was made; the member `plan` holds the new one.",
    },
  },
});

export const getOnboardingRoute = defineRoute({
  name: "getOnboarding",
  operations: ["C67"],
  method: "GET",
  path: "/api/v1/csp/resellers/{resellerId}/onboarding/{batchId}",
  summary: "How far an onboarding has come",
  description: "Also the operation monitor of a 202: ask again after Retry-After until `isFinal`.",
  tag: "Onboarding",
  permission: "tenant.manage",
  params: z.object({ resellerId: ResellerId, batchId: BatchId }),
  responses: { 200: { description: "Counts, and the outcome of each item.", schema: OnboardingView } },
});
