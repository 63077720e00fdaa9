import { z } from "zod";
import type { CatalogEntry } from "../catalog/catalog-entry";
import { isAlignedTermEnd } from "../catalog/custom-term-end";
import { refuse } from "../errors";
import { bodyObject, camelCased, customerOf, type Answer, type Call } from "../route";
import { sellsTerm } from "../subscriptions/product-rules";
import { skuKey, type JsonObject } from "../world";
import { applyWrite, type PlannedWrite } from "../write";
import { purchaseRefusal, refuseCustomer } from "./check-purchase";
import { orderAsSeen } from "./order-resource";
import { makePurchase, type Purchase, type PurchaseLine } from "./purchase";

const OrderLine = z.looseObject({
  lineItemNumber: z.int(),
  offerId: z.string(),
  quantity: z.number(),
  termDuration: z.string().nullish(),
  billingCycle: z.string().nullish(),
  friendlyName: z.string().nullish(),
  parentSubscriptionId: z.string().nullish(),
  promotionId: z.string().nullish(),
  customTermEndDate: z.string().nullish(),
  partnerIdOnRecord: z.string().nullish(),
  additionalPartnerIdsOnRecord: z.array(z.string()).max(5).nullish(),
  attestationAccepted: z.boolean().nullish(),
  renewsTo: z.looseObject({ termDuration: z.string() }).nullish(),
});
type OrderLine = z.infer<typeof OrderLine>;

const OrderBody = z.looseObject({
  referenceCustomerId: z.string().nullish(),
  billingCycle: z.string(),
  lineItems: z.array(OrderLine).min(1),
});
type OrderBody = z.infer<typeof OrderBody>;

function readOrderBody(body: JsonObject): OrderBody {
  const parsed = OrderBody.safeParse(camelCased(body));
  if (!parsed.success) return refuse(400, "800002", "The order is invalid.", [z.prettifyError(parsed.error)]);
  return parsed.data;
}

/** Buys without a cart. Whatever is wrong refuses the whole order. */
export function createOrder(call: Call): Answer {
  const body = readOrderBody(bodyObject(call));
  const customerId = customerOf(call).id;
  const plan = () => planOrder(call, body);
  return applyWrite(call, { operation: "create_order", resourceType: "order", customerId, plan });
}

function planOrder(call: Call, body: OrderBody): PlannedWrite {
  const { simulation } = call;
  const customer = customerOf(call);
  if (body.referenceCustomerId && body.referenceCustomerId.toLowerCase() !== customer.id) {
    refuse(400, 3000, "referenceCustomerId is not the customer of the path.", ["referenceCustomerId"]);
  }
  refuseCustomer(simulation, customer);
  const lines = [...body.lineItems].sort((left, right) => left.lineItemNumber - right.lineItemNumber);
  if (lines.some((line, index) => line.lineItemNumber !== index)) {
    refuse(400, 800071, "Line item numbers must count from 0 without gaps.", ["lineItems"]);
  }
  const purchase: Purchase = {
    customer,
    partnerId: call.caller.partner.tenantId,
    billingCycle: body.billingCycle.toLowerCase(),
    lines: lines.map((line) => readLine(call, body, line)),
  };
  const refusal = purchaseRefusal(simulation, purchase);
  if (refusal) throw refusal;
  const apply = () => {
    const { order, effects, audit } = makePurchase(simulation, purchase);
    return { answer: { status: 201, body: orderAsSeen(simulation, order) }, effects, audit };
  };
  return { apply };
}

function readLine(call: Call, body: OrderBody, line: OrderLine): PurchaseLine {
  const entry = entryOf(call, line);
  refusePlan(body, line, entry);
  if (
    !Number.isInteger(line.quantity) ||
    line.quantity < entry.minimumQuantity ||
    line.quantity > entry.maximumQuantity
  ) {
    refuse(
      400,
      900275,
      `Line ${line.lineItemNumber}: the quantity must be ${entry.minimumQuantity}-${entry.maximumQuantity}.`,
    );
  }
  refuseTermEnd(call, line, entry);
  return {
    entry,
    offerId: line.offerId,
    quantity: line.quantity,
    termDuration: line.termDuration ?? "",
    friendlyName: line.friendlyName ?? undefined,
    promotionId: line.promotionId ?? undefined,
    customTermEndDate: line.customTermEndDate ?? undefined,
    renewsTo: line.renewsTo ?? undefined,
    parentSubscriptionId: line.parentSubscriptionId?.toLowerCase() ?? undefined,
    partnerIdOnRecord: line.partnerIdOnRecord ?? undefined,
    additionalPartnerIdsOnRecord: line.additionalPartnerIdsOnRecord ?? undefined,
    attestationAccepted: line.attestationAccepted ?? undefined,
  };
}

function entryOf(call: Call, line: OrderLine): CatalogEntry {
  const entry = call.simulation.world.catalog.get(skuKey(line.offerId));
  if (!entry || line.offerId.split(":").length !== 3) {
    return refuse(400, 800004, `The offer id '${line.offerId}' is not valid.`, ["offerId"]);
  }
  if (!entry.purchasable) refuse(403, 2091, `The offer '${entry.title}' is not available any more.`);
  const { segment } = customerOf(call);
  if (entry.segment !== "commercial" && entry.segment !== segment) {
    refuse(403, 2085, `The customer is not eligible for '${entry.title}'.`);
  }
  if (entry.segment === "education" && line.attestationAccepted !== true) {
    refuse(400, 900203, "The attestation is not accepted.");
  }
  return entry;
}

const monthsOfCycle: Record<string, number> = { monthly: 1, annual: 12, biennial: 24, triennial: 36 };
const monthsOfTerm: Record<string, number> = { p1m: 1, p1y: 12, p3y: 36 };

function refusePlan(body: OrderBody, line: OrderLine, entry: CatalogEntry): void {
  const number = line.lineItemNumber;
  if (line.billingCycle && line.billingCycle.toLowerCase() !== body.billingCycle.toLowerCase()) {
    refuse(400, 800085, `Line ${number}: its billing cycle differs from the order's.`);
  }
  const term = line.termDuration ?? "";
  const cycleMonths = monthsOfCycle[body.billingCycle.toLowerCase()] ?? 0;
  if (cycleMonths > (monthsOfTerm[term.toLowerCase()] ?? Infinity)) {
    refuse(400, 900270, `Line ${number}: the billing cycle is longer than the term.`);
  }
  if (!entry.terms.some(({ duration }) => duration.toLowerCase() === term.toLowerCase())) {
    refuse(400, 800121, `Line ${number}: the term '${term}' is not valid for this product.`);
  }
  if (!sellsTerm(entry, term, body.billingCycle))
    refuse(400, 900269, `Line ${number}: the billing cycle is not valid.`);
}

function refuseTermEnd(call: Call, line: OrderLine, entry: CatalogEntry): void {
  const date = line.customTermEndDate;
  if (!date) return;
  if (entry.kind !== "seats" || entry.isTrial)
    refuse(400, 900244, "Custom term end dates are for seat subscriptions only.");
  const termDuration = line.termDuration ?? "";
  const nowMs = call.now.getTime();
  const partnerId = call.caller.partner.tenantId;
  const wanted = { customerId: customerOf(call).id, partnerId, termDuration, date, nowMs };
  if (!isAlignedTermEnd(wanted, call.simulation.world)) {
    refuse(400, 900242, `The custom term end date '${date}' aligns with nothing.`);
  }
}
