import type { CustomerId } from "../../../../shared/domain/access/ids";
import { type CspCustomerId } from "../../../../shared/domain/access/ids";
import { comparableName } from "../../../../shared/domain/access/unique-name";
import type { CustomerFacts } from "../../../../shared/domain/onboarding/judge-customer";
import type { CustomerNaming } from "../../../../shared/domain/onboarding/name-customers";
import {
  planOnboarding,
  type OnboardingPlan,
  type PlannedItem,
} from "../../../../shared/domain/onboarding/plan-onboarding";
import type { Tenant } from "../../../../shared/domain/tenants/tenant";
import { CUSTOMER, RESELLER, START } from "../../../build/ids";
import { TenantId, ResellerId } from "../../../../shared/domain/access/ids";
import { cspCustomerId } from "../../../fakes/onboarding-world";

const BY_NAME: CustomerNaming = { from: "companyName", whenTaken: "addDomain" };
const OTHER_RESELLER = ResellerId.parse("q".repeat(26));
const ONE = cspCustomerId(1);

/** A customer that Partner Center lists and nobody knows here yet. */
function aCustomer(id: CspCustomerId = ONE, listed: { name?: string; domain?: string } = {}): CustomerFacts {
  return {
    cspCustomerId: id,
    listed: { id, name: "Larkspur", domain: "Larkspur.example", relationshipToPartner: "reseller", ...listed },
    ...{ tenant: undefined, isUnreadable: false, isDisconnecting: false, isHidden: false, wasOurs: false },
  };
}

function aTenant(id: CspCustomerId, differing: Partial<Tenant> = {}): Tenant {
  return {
    ...{ tenantId: TenantId.parse(id), customerId: CUSTOMER, displayName: "Larkspur", domain: "larkspur.example" },
    ...{ consent: { state: "NeedsConsent", permissions: [] }, inModule: false, registeredAt: START.toISOString() },
    ...differing,
  };
}

function connection(resellerId: ResellerId): Pick<Tenant, "connection"> {
  return {
    connection: { resellerId, cspCustomerId: ONE, connectedAt: START.toISOString(), connectedBy: "olga@msp.example" },
  };
}

function plan(customers: CustomerFacts[], naming = BY_NAME, names: Record<string, CustomerId> = {}): OnboardingPlan {
  const known = Object.entries(names);
  const idsByName = new Map(known.map(([name, id]) => [comparableName(name), id]));
  return planOnboarding(
    { resellerId: RESELLER, customers, idsByName, namesById: new Map(known.map(([name, id]) => [id, name])) },
    naming,
  );
}

const only = (customer: CustomerFacts, naming = BY_NAME, names: Record<string, CustomerId> = {}): PlannedItem =>
  plan([customer], naming, names).items[0]!;

describe("what happens to one customer", () => {
  test("nobody knows it: customer, tenant, module and connection, and it needs consent", () => {
    expect(only(aCustomer())).toEqual({
      ...{ cspCustomerId: ONE, displayName: "Larkspur", domain: "larkspur.example", outcome: "connect" },
      steps: ["createCustomer", "registerTenant", "addTenant", "connect"],
      customer: { action: "create", name: "Larkspur" },
      needsConsent: true,
    });
  });

  test.each<[string, Partial<Tenant>, string[], boolean]>([
    ["known", {}, ["addTenant", "connect"], true],
    ["in the module", { inModule: true }, ["connect"], true],
    ["consented", { inModule: true, consent: { state: "Consented", permissions: [] } }, ["connect"], false],
  ])("its tenant is %s: it stays with its customer, and the rest is done", (_name, tenant, steps, needsConsent) => {
    const item = only({ ...aCustomer(), tenant: aTenant(ONE, tenant) }, BY_NAME, { "Larkspur Group": CUSTOMER });
    const customer = { action: "keep", customerId: CUSTOMER, name: "Larkspur Group" };
    expect(item).toMatchObject({ outcome: "connect", steps, customer, needsConsent });
  });

  test.each<[string, Partial<CustomerFacts>]>([
    ["alreadyConnected", { tenant: aTenant(ONE, connection(RESELLER)) }],
    ["customerAlreadyMapped", { tenant: aTenant(ONE, connection(OTHER_RESELLER)) }],
    ["operationInProgress", { tenant: aTenant(ONE, connection(RESELLER)), isDisconnecting: true }],
    ["internalError", { isUnreadable: true }],
    ["customerNotFound", { listed: undefined }],
    ["customerNotFound", { isHidden: true }],
    ["customerNotFound", { isHidden: true, listed: undefined, wasOurs: true }],
    ["relationshipRemoved", { listed: undefined, tenant: aTenant(ONE, connection(RESELLER)), wasOurs: true }],
    [
      "relationshipRemoved",
      { listed: { id: ONE, name: "", domain: "", relationshipToPartner: "none" }, tenant: aTenant(ONE), wasOurs: true },
    ],
  ])("%s", (expected, differing) => {
    const item = only({ ...aCustomer(), ...differing });
    expect(item.outcome === "refused" ? item.code : item.outcome).toBe(expected);
  });

  test("what is none of the reseller's, or hidden, shows neither name nor domain", () => {
    for (const differing of [{ isHidden: true }, { listed: undefined }]) {
      expect(only({ ...aCustomer(), ...differing })).toMatchObject({ displayName: "", domain: "" });
    }
  });
});

describe("names of customers", () => {
  const taken = { " LARKSPUR": CUSTOMER };

  test("a name that is taken, whatever its case, gets the domain behind it", () => {
    expect(only(aCustomer(), BY_NAME, taken)).toMatchObject({
      customer: { action: "create", name: "Larkspur (Larkspur.example)", nameTaken: "Larkspur" },
    });
  });

  test("or is shared, or refused, as the caller says", () => {
    expect(only(aCustomer(), { ...BY_NAME, whenTaken: "reuse" }, taken)).toMatchObject({
      steps: ["registerTenant", "addTenant", "connect"],
      customer: { action: "reuse", customerId: CUSTOMER },
    });
    const refused = only(aCustomer(), { ...BY_NAME, whenTaken: "refuse" }, taken);
    expect(refused).toMatchObject({ outcome: "refused", status: 409, code: "duplicate" });
  });

  test("two of one name in one request: the first has it, the second is treated as if it was taken", () => {
    const both = [aCustomer(), aCustomer(cspCustomerId(2), { name: "larkspur ", domain: "care.example" })];
    const second = (naming: CustomerNaming): PlannedItem => plan(both, naming).items[1]!;
    expect(second(BY_NAME)).toMatchObject({ customer: { action: "create", name: "larkspur (care.example)" } });
    expect(second({ ...BY_NAME, whenTaken: "reuse" })).toMatchObject({
      customer: { action: "reuse", name: "larkspur" },
    });
    expect(second({ ...BY_NAME, whenTaken: "refuse" })).toMatchObject({ outcome: "refused", code: "duplicate" });
  });

  test("a third one of the same name and domain cannot be told apart, and is refused", () => {
    const three = [1, 2, 3].map((number) => aCustomer(cspCustomerId(number)));
    expect(plan(three).items.map(({ outcome }) => outcome)).toEqual(["connect", "connect", "refused"]);
  });

  test("names are made of the domain when asked for, and of whatever there is otherwise", () => {
    const byDomain: CustomerNaming = { from: "domain", whenTaken: "addDomain" };
    expect(only(aCustomer(), byDomain)).toMatchObject({ customer: { name: "Larkspur.example" } });
    expect(only(aCustomer(ONE, { domain: "" }), byDomain)).toMatchObject({ customer: { name: "Larkspur" } });
    expect(only(aCustomer(ONE, { name: " " }))).toMatchObject({ customer: { name: "Larkspur.example" } });
    expect(only(aCustomer(ONE, { name: "", domain: "" }))).toMatchObject({ customer: { name: ONE } });
  });

  test("names are cut to what a customer's name may have, never inside a character", () => {
    const long = { name: `${"x".repeat(99)}😀`, domain: `${"d".repeat(200)}.example` };
    const [first, second] = plan([aCustomer(ONE, long), aCustomer(cspCustomerId(2), long)]).items;
    expect(first).toMatchObject({ displayName: "x".repeat(99), customer: { name: "x".repeat(99) } });
    const name = second?.outcome === "connect" ? second.customer.name : "";
    expect(name).toMatch(/^x+ \(d+\)$/);
    expect(name).toHaveLength(100);
  });
});

describe("the plan's hash", () => {
  const base = plan([aCustomer()]).planHash;

  test("is the same for the same plan", () => {
    expect(plan([aCustomer()]).planHash).toBe(base);
  });

  test.each<[string, OnboardingPlan]>([
    ["the name at Microsoft", plan([aCustomer(ONE, { name: "Larkspur Dental" })])],
    ["the customers we have", plan([aCustomer()], BY_NAME, { Larkspur: CUSTOMER })],
    ["the tenant", plan([{ ...aCustomer(), tenant: aTenant(ONE) }])],
    [
      "the consent",
      plan([{ ...aCustomer(), tenant: aTenant(ONE, { consent: { state: "Consented", permissions: [] } }) }]),
    ],
    ["the customers asked for", plan([aCustomer(), aCustomer(cspCustomerId(2), { name: "Two" })])],
    ["the naming asked for", plan([aCustomer()], { ...BY_NAME, whenTaken: "refuse" })],
  ])("is another when %s has changed", (_what, other) => {
    expect(other.planHash).not.toBe(base);
  });

  test("five hundred customers are planned at once, each answered in its place", () => {
    const ids = Array.from({ length: 500 }, (_, number) => cspCustomerId(number));
    const { items, counts } = plan(ids.map((id) => aCustomer(id, { domain: `${id}.example` })));
    expect(items.map((item) => item.cspCustomerId)).toEqual(ids);
    expect(counts).toEqual({ connect: 500, alreadyConnected: 0, refused: 0 });
  });
});
