import type { CustomerId } from "../access/ids";
import { comparableName } from "../access/unique-name";
import type { CspCustomer } from "../resellers/partner-profile";

/** How the MSP's own customer records are named when customers of a reseller are onboarded (C67). */
export interface CustomerNaming {
  /** What of the Partner Center customer becomes the name. */
  from: "companyName" | "domain";
  /** What happens when a customer of this name exists, or another one of the same request takes it. */
  whenTaken: "addDomain" | "reuse" | "refuse";
}

/** Which customer record a tenant comes under. */
export interface PlannedCustomer {
  /** `keep`: the tenant is known and stays with its customer. */
  action: "create" | "reuse" | "keep";
  name: string;
  /** Absent while the customer does not exist yet: created by this item or, with `reuse`, by one before it. */
  customerId?: CustomerId | undefined;
  /** The name it would have had, if that was free. */
  nameTaken?: string | undefined;
}

/** The same limits as for a name typed by a person (C63). */
const LONGEST_NAME = 100;
const LONGEST_SUFFIX = 60;

/**
 * Gives each new customer its name, one after the other: a name once given is taken for those that follow.
 * `known` holds the customers there are, by comparable name.
 */
export function customerNamer(
  naming: CustomerNaming,
  known: ReadonlyMap<string, CustomerId>,
): (customer: CspCustomer) => PlannedCustomer | { taken: string } {
  const given = new Set<string>();
  const isTaken = (name: string): boolean => known.has(comparableName(name)) || given.has(comparableName(name));
  const create = (name: string, nameTaken?: string): PlannedCustomer => {
    given.add(comparableName(name));
    return { action: "create", name, ...(nameTaken === undefined ? {} : { nameTaken }) };
  };
  return (customer) => {
    const name = nameOf(customer, naming.from);
    if (!isTaken(name)) return create(name);
    if (naming.whenTaken === "refuse") return { taken: name };
    if (naming.whenTaken === "reuse") {
      const customerId = known.get(comparableName(name));
      return { action: "reuse", name, ...(customerId === undefined ? {} : { customerId }) };
    }
    const longer = withSuffix(name, naming.from === "domain" || !customer.domain ? customer.id : customer.domain);
    return isTaken(longer) ? { taken: longer } : create(longer, name);
  };
}

/** The name a tenant is shown by: its company's, else its domain, else its id. */
export function displayNameOf(customer: Pick<CspCustomer, "id" | "name" | "domain">): string {
  return nameOf(customer, "companyName");
}

function nameOf(
  { id, name, domain }: Pick<CspCustomer, "id" | "name" | "domain">,
  from: CustomerNaming["from"],
): string {
  const candidates = from === "domain" ? [domain, name] : [name, domain];
  return candidates.map((text) => cut(text, LONGEST_NAME)).find((text) => text !== "") ?? id;
}

function withSuffix(name: string, domain: string): string {
  const suffix = ` (${cut(domain, LONGEST_SUFFIX)})`;
  return cut(name, LONGEST_NAME - suffix.length) + suffix;
}

/** Never cuts a character in two. */
function cut(text: string, length: number): string {
  return text
    .trim()
    .slice(0, length)
    .replace(/[\ud800-\udbff]$/, "")
    .trim();
}
