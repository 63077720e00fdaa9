import { z } from "zod";
import type { SimulatorSeed } from "../seed";
import { SwitchSettings } from "../switches";

const guid = z.string().regex(/^[0-9a-f-]{36}$/i, "must be a GUID");
const resource = z.record(z.string(), z.unknown());

const Partner = z.strictObject({
  ...{ tenantId: guid, companyName: z.string(), domain: z.string() },
  email: z.string().default("partner@example.com"),
  country: z.string().default("DE"),
  currency: z.string().default("EUR"),
  culture: z.string().default("en-US"),
  language: z.string().default("en"),
  adminAgents: z.array(z.string()).optional(),
  appIds: z.array(z.string()).optional(),
  withoutGdap: z.array(z.string()).optional(),
});

const Customer = z.strictObject({
  ...{ id: guid, companyName: z.string(), domain: z.string() },
  partners: z.union([z.array(guid), z.record(guid, z.string())]),
  country: z.string().optional(),
  currency: z.string().optional(),
  segment: z.enum(["commercial", "education", "government", "nonprofit"]).optional(),
  validationStatus: z.string().optional(),
  agreementConfirmed: z.boolean().optional(),
  email: z.string().optional(),
  contact: z.strictObject({ firstName: z.string(), lastName: z.string() }).optional(),
  address: z
    .strictObject({ line1: z.string(), city: z.string(), postalCode: z.string(), region: z.string().optional() })
    .optional(),
  customDomains: z.array(z.string()).optional(),
  licenceUse: z
    .record(z.string(), z.strictObject({ consumedUnits: z.number(), otherUnits: z.number().optional() }))
    .optional(),
  more: resource.optional(),
});

const Subscription = z.strictObject({
  ...{ id: guid.optional(), customerId: guid, partnerId: guid, sku: z.string(), quantity: z.int().positive() },
  friendlyName: z.string().optional(),
  termDuration: z.string().optional(),
  billingCycle: z.string().optional(),
  boughtAt: z.iso.datetime().optional(),
  boughtDaysAgo: z.number().nonnegative().optional(),
  added: z
    .array(
      z.strictObject({
        quantity: z.int().positive(),
        daysAgo: z.number().nonnegative().optional(),
        at: z.iso.datetime().optional(),
      }),
    )
    .optional(),
  autoRenewEnabled: z.boolean().optional(),
  scheduledNextTermInstructions: resource.optional(),
  scheduledActions: z.array(resource).optional(),
  customTermEndDate: z.string().optional(),
  promotionId: z.string().optional(),
  parentSubscriptionId: guid.optional(),
  suspended: z
    .strictObject({ daysAgo: z.number().nonnegative().optional(), reasons: z.array(z.string()).optional() })
    .optional(),
  pendingSeconds: z.number().nonnegative().optional(),
  more: resource.optional(),
});

const Seed = z.strictObject({
  number: z.int().optional(),
  partners: z.array(Partner),
  customers: z.array(Customer),
  subscriptions: z.array(Subscription).default([]),
  switches: SwitchSettings.optional(),
});

/** A seed from outside; an error names every field that is wrong. */
export function readSeed(body: unknown): SimulatorSeed {
  // The schema checks exactly the fields of SimulatorSeed; JSON has no `undefined` that could slip into an optional one.
  return Seed.parse(body) as SimulatorSeed;
}
