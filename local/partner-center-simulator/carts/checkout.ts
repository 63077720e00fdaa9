import { Refusal, refuse } from "../errors";
import { purchaseRefusal, refuseCustomer } from "../orders/check-purchase";
import { orderAsSeen } from "../orders/order-resource";
import { makePurchase, type Purchase, type PurchaseLine } from "../orders/purchase";
import { customerOf, type Answer, type Call } from "../route";
import { skuKey, type Cart, type JsonObject } from "../world";
import { applyWrite, faultTargetOf, type AppliedWrite, type PlannedWrite } from "../write";
import { isCurrentItem } from "./check-cart-line";
import { checkLines, flatLines, type CheckedLine } from "./cart-resource";

/**
 * Buys a cart: one order per group of lines. 201 even when some groups failed (`orderErrors`); when all fail, the first
 * failure is the answer. A cart is bought once: a repeat gives the same result, or 400/800065 by switch.
 */
export function checkout(call: Call, cart: Cart): Answer {
  return applyWrite(call, {
    operation: "create_order",
    resourceType: "order",
    customerId: cart.customerId,
    plan: () => (cart.checkout ? repeatCheckout(call, cart.checkout) : planCheckout(call, cart)),
  });
}

function repeatCheckout(call: Call, earlier: JsonObject): PlannedWrite {
  if (call.simulation.switches.checkoutRepeat === "refuse") refuse(400, 800065, "The cart was already submitted.");
  return { apply: () => ({ answer: { status: 201, body: structuredClone(earlier) }, effects: [], changed: false }) };
}

interface Group {
  id: string;
  purchase: Purchase;
  refusal: Refusal | undefined;
}

function planCheckout(call: Call, cart: Cart): PlannedWrite {
  const { simulation } = call;
  const customer = customerOf(call);
  refuseCustomer(simulation, customer);
  const context = { simulation, customer, partnerId: cart.partnerId };
  const lines = checkLines(cart.body, context);
  refuseMissingAttestation(call, cart, lines);
  refuseBadLines(call, lines);
  const groups = groupsOf(call, cart, lines);
  const bought = flatLines(lines).map(({ line }) => skuKey(line.catalogItemId ?? ""));
  for (const group of groups) group.refusal = purchaseRefusal(simulation, group.purchase, bought);
  failOneGroup(call, groups);
  const failures = groups.flatMap(({ refusal }) => refusal ?? []);
  const [first] = failures;
  if (first && failures.length === groups.length) throw first;
  return { apply: () => buy(call, cart, groups) };
}

/** Stale items were good when the cart was made; they are told apart from lines that never were. */
function refuseBadLines(call: Call, lines: CheckedLine[]): void {
  const customer = customerOf(call);
  const wrong = flatLines(lines).filter(({ error }) => error);
  const onlyStale = wrong.every(
    ({ line, entry }) => entry?.purchasable && !isCurrentItem(call.simulation, customer, line.catalogItemId ?? ""),
  );
  if (wrong.length === 0 || onlyStale) return;
  const data = wrong.map(({ id, error }) => `lineItems[${id}]: ${error?.description ?? ""}`);
  refuse(400, 800009, "There is an error in the cart's items.", data);
}

function refuseMissingAttestation(call: Call, cart: Cart, lines: CheckedLine[]): void {
  const namesPartner = flatLines(lines).some(({ line }) => (line.participants ?? []).length > 0);
  if (call.simulation.switches.partnerModel === "direct" || !namesPartner) return;
  const accepted = cart.body.partnerOnRecordAttestationAccepted;
  if (typeof accepted !== "boolean") refuse(400, 900206, "The partner attestation is missing.");
  if (!accepted) refuse(400, 900203, "The attestation is not accepted.");
}

function groupsOf(call: Call, cart: Cart, lines: CheckedLine[]): Group[] {
  const groups = new Map<string, Group>();
  const put = (checked: CheckedLine, parentLine: number | undefined): void => {
    const { orderGroup, line } = checked;
    const purchase: Purchase = groups.get(orderGroup)?.purchase ?? {
      customer: customerOf(call),
      partnerId: cart.partnerId,
      billingCycle: (line.billingCycle ?? "").toLowerCase(),
      lines: [],
    };
    groups.set(orderGroup, { id: orderGroup, purchase, refusal: undefined });
    const index = purchase.lines.push(purchaseLine(checked, parentLine)) - 1;
    for (const addon of checked.addons) put(addon, index);
  };
  for (const line of lines) put(line, undefined);
  return [...groups.values()];
}

function purchaseLine({ line, entry }: CheckedLine, parentLine: number | undefined): PurchaseLine {
  if (!entry) throw new Error("Only checked lines are bought.");
  const participants = line.participants ?? [];
  const valuesOf = (key: string): string[] => participants.filter((one) => one.key === key).map((one) => one.value);
  const additional = valuesOf("additional_transaction_reseller");
  return {
    entry,
    parentLine,
    offerId: line.catalogItemId ?? "",
    quantity: line.quantity ?? 0,
    termDuration: line.termDuration ?? "",
    friendlyName: line.friendlyName ?? undefined,
    promotionId: line.promotionId ?? undefined,
    customTermEndDate: line.customTermEndDate ?? undefined,
    renewsTo: line.renewsTo ?? undefined,
    partnerIdOnRecord: valuesOf("transaction_reseller")[0],
    additionalPartnerIdsOnRecord: additional.length > 0 ? additional : undefined,
    attestationAccepted: line.attestationAccepted ?? undefined,
  };
}

/** Fault `partialCheckout`: the last order fails, the others are bought. */
function failOneGroup(call: Call, groups: Group[]): void {
  const last = groups.at(-1);
  const fault = last && call.simulation.faults.take("partialCheckout", faultTargetOf(call));
  if (!fault) return;
  last.refusal = new Refusal(403, fault.code ?? "800023", "The order of this group could not be placed.");
}

function buy(call: Call, cart: Cart, groups: Group[]): AppliedWrite {
  const { simulation } = call;
  const accepted = groups.filter(({ refusal }) => !refusal);
  const bought = accepted.map(({ purchase }) => makePurchase(simulation, purchase));
  const orderErrors = groups.flatMap(({ id, refusal }) =>
    refusal ? [{ orderGroupId: id, code: refusal.code, description: refusal.description }] : [],
  );
  const result = { orders: bought.map(({ order }) => orderAsSeen(simulation, order)), orderErrors };
  cart.checkout = { ...result, attributes: { objectType: "CartCheckoutResult" } };
  cart.resource = { ...cart.resource, status: "Ordered", lastModifiedTimestamp: call.now.toISOString() };
  return {
    answer: { status: 201, body: structuredClone(cart.checkout) },
    effects: bought.flatMap(({ effects }) => effects),
    audit: bought.map(({ audit }) => audit),
  };
}
