import { createHash } from "node:crypto";
import type { CspCustomerId, CustomerId, ResellerId } from "../access/ids";
import { canonicalJson } from "../audit/audit-entry";
import type { Tenant } from "../tenants/tenant";
import { judgeCustomer, type CustomerFacts, type OnboardingRefusal, type Verdict } from "./judge-customer";
import { customerNamer, displayNameOf, type CustomerNaming, type PlannedCustomer } from "./name-customers";

/** What is done for a customer, in this order; each leaves its own audit entry. */
type OnboardingStep = "createCustomer" | "registerTenant" | "addTenant" | "connect";

/** What would become of one customer of the reseller. */
export type PlannedItem = { cspCustomerId: CspCustomerId; displayName: string; domain: string } & (
  | { outcome: "connect"; steps: OnboardingStep[]; customer: PlannedCustomer; needsConsent: boolean }
  | { outcome: "alreadyConnected" }
  | ({ outcome: "refused" } & OnboardingRefusal)
);

/** What applying would do, item by item, in the order they were asked for. */
export interface OnboardingPlan {
  resellerId: ResellerId;
  counts: { connect: number; alreadyConnected: number; refused: number };
  items: PlannedItem[];
  /** Names exactly this plan: applying it is refused when anything of it would be different by then. */
  planHash: string;
}

export interface OnboardingFacts {
  resellerId: ResellerId;
  /** One per customer asked for. */
  customers: readonly CustomerFacts[];
  /** Customer records of the MSP: by comparable name, and their names by id. */
  idsByName: ReadonlyMap<string, CustomerId>;
  namesById: ReadonlyMap<CustomerId, string>;
}

/** The plan of an onboarding (C67). Pure: the dry run and the check before applying call it with what they read. */
export function planOnboarding(facts: OnboardingFacts, naming: CustomerNaming): OnboardingPlan {
  const nameCustomer = customerNamer(naming, facts.idsByName);
  const items = facts.customers.map((one) => {
    const verdict = judgeCustomer(one, facts.resellerId);
    return { ...shownAs(one, verdict), ...outcomeOf(verdict, nameCustomer, facts.namesById) } satisfies PlannedItem;
  });
  const count = (outcome: PlannedItem["outcome"]): number => items.filter((item) => item.outcome === outcome).length;
  return {
    resellerId: facts.resellerId,
    counts: { connect: count("connect"), alreadyConnected: count("alreadyConnected"), refused: count("refused") },
    items,
    planHash: hashOf({ resellerId: facts.resellerId, naming, items }),
  };
}

function hashOf(plan: object): string {
  return createHash("sha256").update(canonicalJson(plan)).digest("base64url");
}

/** Nothing is told of a directory that the caller may not know of, or that is none of this reseller's. */
function shownAs(
  { cspCustomerId, listed, tenant }: CustomerFacts,
  verdict: Verdict,
): { cspCustomerId: CspCustomerId; displayName: string; domain: string } {
  if (verdict.kind === "refused" && verdict.code === "customerNotFound") {
    return { cspCustomerId, displayName: "", domain: "" };
  }
  const displayName = tenant?.displayName ?? (listed ? displayNameOf(listed) : "");
  return { cspCustomerId, displayName, domain: tenant?.domain || (listed?.domain ?? "").toLowerCase() };
}

function outcomeOf(
  verdict: Verdict,
  nameCustomer: ReturnType<typeof customerNamer>,
  namesById: ReadonlyMap<CustomerId, string>,
) {
  if (verdict.kind === "alreadyConnected") return { outcome: "alreadyConnected" as const };
  if (verdict.kind === "refused") {
    const { status, code, message } = verdict;
    return { outcome: "refused" as const, status, code, message };
  }
  const { listed, tenant } = verdict;
  const customer = tenant ? keep(tenant, namesById) : nameCustomer(listed);
  if ("taken" in customer) {
    const message = `Another customer is called "${customer.taken}".`;
    return { outcome: "refused" as const, status: 409, code: "duplicate" as const, message };
  }
  return {
    outcome: "connect" as const,
    steps: stepsFor(tenant, customer),
    customer,
    needsConsent: tenant?.consent.state !== "Consented",
  };
}

function keep({ customerId }: Tenant, namesById: ReadonlyMap<CustomerId, string>): PlannedCustomer {
  return { action: "keep", customerId, name: namesById.get(customerId) ?? "" };
}

function stepsFor(tenant: Tenant | undefined, customer: PlannedCustomer): OnboardingStep[] {
  return [
    ...(customer.action === "create" ? (["createCustomer"] as const) : []),
    ...(tenant ? [] : (["registerTenant"] as const)),
    ...(tenant?.inModule ? [] : (["addTenant"] as const)),
    "connect",
  ];
}
