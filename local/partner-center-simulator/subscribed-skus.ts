import type { CatalogEntry } from "./catalog/catalog-entry";
import { refuse } from "./errors";
import { collection, customerOf, type AddRoute, type Answer, type Call } from "./route";
import { skuKey, type JsonObject, type Subscription, type World } from "./world";

/** Licence use per tenant SKU (partner-center-api.md §3.1). User tokens with a GDAP role only. */
export function registerSubscribedSkus(add: AddRoute): void {
  const path = "/v1/customers/:customerId/subscribedskus";
  add({ method: "GET", path, name: "listSubscribedSkus", token: "user", gdap: true }, listSubscribedSkus);
}

/** Units of one Graph SKU, summed over all subscriptions of all partners and what was bought direct. */
interface Units {
  entry: CatalogEntry;
  active: number;
  warning: number;
  suspended: number;
  lockedOut: number;
  consumed: number;
}

const licenceGroups = ["group1", "group2"];

function listSubscribedSkus(call: Call): Answer {
  const groups = call.query.getAll("licenseGroupIds").map((group) => group.toLowerCase());
  const unknown = groups.find((group) => !licenceGroups.includes(group));
  if (unknown !== undefined)
    refuse(400, 900126, `The licence group '${unknown}' cannot be parsed.`, ["licenseGroupIds"]);
  // Everything in this catalog is managed by Entra (Group1); Group2 is what the store managed.
  const showsEntra = groups.length === 0 || groups.includes("group1");
  const items = showsEntra ? [...unitsOf(call).values()].map(resourceOf) : [];
  return { status: 200, body: collection(items, call.path) };
}

function unitsOf(call: Call): Map<string, Units> {
  const { world, clock, switches } = call.simulation;
  const customer = customerOf(call);
  const found = new Map<string, Units>();
  const unitsFor = (key: string): Units | undefined => {
    const entry = world.catalog.get(key);
    if (entry?.kind !== "seats") return undefined;
    const known = found.get(entry.provisioningId);
    if (known) return known;
    const fresh = { entry: mainEntry(world, entry), active: 0, warning: 0, suspended: 0, lockedOut: 0, consumed: 0 };
    found.set(entry.provisioningId, fresh);
    return fresh;
  };
  const seenAt = clock.nowMs() - switches.licenceUnitsSeconds * 1000;
  for (const subscription of world.subscriptions.values()) {
    const resource = subscription.customerId === customer.id ? resourceAt(subscription, seenAt) : undefined;
    const field = resource && unitField(resource.status);
    const units = field && unitsFor(skuKey(resource.offerId));
    if (units) units[field] += resource.quantity;
  }
  for (const [key, use] of Object.entries(customer.licenceUse)) {
    const units = unitsFor(key);
    if (!units) continue;
    units.consumed += use.consumedUnits;
    units.active += use.otherUnits ?? 0;
  }
  return found;
}

function resourceAt(subscription: Subscription, atMs: number): Subscription["resource"] | undefined {
  if (subscription.bornAt > atMs) return undefined;
  return (subscription.earlier.find((version) => version.until > atMs) ?? subscription).resource;
}

type UnitField = "active" | "warning" | "suspended" | "lockedOut";

/** Pending and deleted subscriptions give no units; expired ones still work. */
function unitField(status: string): UnitField | undefined {
  switch (status) {
    case "active":
      return "active";
    case "expired":
      return "warning";
    case "suspended":
      return "suspended";
    case "disabled":
      return "lockedOut";
    default:
      return undefined;
  }
}

/** Trials, nonprofit prices and extensions share the Graph SKU; it goes by the name of the first that is sold. */
function mainEntry(world: World, entry: CatalogEntry): CatalogEntry {
  return [...world.catalog.values()].find(({ provisioningId }) => provisioningId === entry.provisioningId) ?? entry;
}

function resourceOf(units: Units): JsonObject {
  const { entry, active, warning, suspended, lockedOut, consumed } = units;
  const total = active + warning;
  return {
    availableUnits: total - consumed,
    activeUnits: active,
    consumedUnits: consumed,
    suspendedUnits: suspended + lockedOut,
    totalUnits: total,
    warningUnits: warning,
    productSku: {
      id: entry.provisioningId,
      name: entry.productTitle,
      skuPartNumber: entry.skuPartNumber,
      targetType: entry.appliesTo === "User" ? "User" : "Tenant",
      licenseGroupId: "group1",
    },
    servicePlans: [],
    capabilityStatus: capabilityOf(units),
    attributes: { objectType: "SubscribedSku" },
  };
}

function capabilityOf({ active, warning, suspended, lockedOut }: Units): string {
  if (active > 0) return "Enabled";
  if (warning > 0) return "Warning";
  if (suspended > 0) return "Suspended";
  return lockedOut > 0 ? "LockedOut" : "Deleted";
}
