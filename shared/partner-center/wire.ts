import { z } from "zod";

/*
 * What Partner Center sends (fact sheet §1.4, §3–§8). Loose on purpose: fields come and go, absent and null mean the
 * same, enum values appear without notice. Only what we cannot do without is required.
 */

const optionalText = z.string().nullish().catch(undefined);
const optionalNumber = z.number().nullish().catch(undefined);

/** ISO 8601 with 0 to 7 fractional digits; without a zone it is UTC. .NET's empty date (year 1) means "none". */
const WireDate = z.string().transform((text, context) => {
  const zoned = /(z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text.includes("T") ? text : `${text}T00:00:00`}Z`;
  const date = new Date(zoned);
  if (!Number.isNaN(date.getTime())) return date;
  context.issues.push({ code: "custom", message: "is not a date", input: text });
  return z.NEVER;
});
const optionalDate = WireDate.nullish().catch(undefined);

const Link = z.looseObject({
  uri: z.string(),
  headers: z.array(z.looseObject({ key: z.string(), value: z.string() })).nullish(),
});

export const Collection = z.looseObject({
  items: z.array(z.unknown()),
  links: z.looseObject({ next: Link.nullish() }).nullish(),
});
export type Collection = z.infer<typeof Collection>;

export const WireProfile = z.looseObject({ tenantId: z.string(), companyName: optionalText });

export const WireCustomer = z.looseObject({
  id: z.string(),
  companyProfile: z.looseObject({ companyName: optionalText, domain: optionalText }).nullish(),
  relationshipToPartner: optionalText,
});

const WireBatch = z.looseObject({ quantity: z.number().int(), allowedUntilDateTime: optionalDate });

export const WireSubscription = z.looseObject({
  id: z.string(),
  offerId: optionalText,
  offerName: optionalText,
  friendlyName: optionalText,
  productType: z.looseObject({ id: optionalText }).nullish().catch(undefined),
  quantity: z.number().int(),
  status: optionalText,
  termDuration: optionalText,
  billingCycle: optionalText,
  autoRenewEnabled: z.boolean().nullish().catch(undefined),
  isTrial: z.boolean().nullish().catch(undefined),
  parentSubscriptionId: optionalText,
  effectiveStartDate: optionalDate,
  commitmentEndDate: optionalDate,
  commitmentEndDateTime: optionalDate,
  cancellationAllowedUntilDate: optionalDate,
  refundableQuantity: z
    .looseObject({ totalQuantity: z.number().int(), details: z.array(WireBatch).nullish() })
    .nullish()
    .catch(undefined),
  scheduledNextTermInstructions: z.unknown().optional(),
  scheduledActions: z.unknown().optional(),
  orderId: optionalText,
  attributes: z.looseObject({ etag: optionalText }).nullish().catch(undefined),
});
export type WireSubscription = z.infer<typeof WireSubscription>;

export const WireSku = z.looseObject({
  minimumQuantity: optionalNumber,
  maximumQuantity: optionalNumber,
  dynamicAttributes: z.looseObject({ provisioningId: optionalText }).nullish().catch(undefined),
});

export const WireSubscribedSku = z.looseObject({
  availableUnits: z.number().int(),
  productSku: z.looseObject({ id: z.string() }),
});

export const WireAvailability = z.looseObject({
  id: z.string(),
  isPurchasable: z.boolean().nullish().catch(undefined),
  isRenewable: z.boolean().nullish().catch(undefined),
  terms: z.array(z.looseObject({ duration: optionalText, billingCycle: optionalText })).nullish(),
});

export const WireAuditRecord = z.looseObject({
  id: z.string(),
  customerId: optionalText,
  userPrincipalName: optionalText,
  resourceType: optionalText,
  /** JSON as text, property names in Pascal case. */
  resourceOldValue: optionalText,
  resourceNewValue: optionalText,
  operationType: optionalText,
  originalCorrelationId: optionalText,
  operationDate: WireDate,
  operationStatus: optionalText,
  customizedData: z
    .array(z.looseObject({ key: z.string(), value: optionalText }))
    .nullish()
    .catch(undefined),
});
export type WireAuditRecord = z.infer<typeof WireAuditRecord>;

export const WireOrder = z.looseObject({
  id: z.string(),
  creationDate: WireDate,
  lineItems: z
    .array(
      z.looseObject({
        subscriptionId: optionalText,
        transactionType: optionalText,
        quantity: optionalNumber,
        links: z
          .looseObject({ subscription: z.looseObject({ uri: optionalText }).nullish() })
          .nullish()
          .catch(undefined),
      }),
    )
    .nullish(),
});
