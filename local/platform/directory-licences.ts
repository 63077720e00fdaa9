import type { Graph } from "../graph/graph";
import type { GraphSeed, SubscribedSku } from "../graph/seed";
import type { CatalogEntry } from "../partner-center-simulator/catalog/catalog-entry";
import type { Simulation } from "../partner-center-simulator/route";
import { skuKey, type Customer, type Subscription, type World } from "../partner-center-simulator/world";

/**
 * The seed with each customer's licences as the simulator has them. They are read anew whenever the seed is, so a reset
 * of Graph alone does not bring back old numbers.
 */
export function withLicences(seed: GraphSeed, simulation: Simulation): GraphSeed {
  return {
    get tenants() {
      const licences = licencesOfAll(simulation.world);
      return seed.tenants.map((tenant) => ({
        ...tenant,
        subscribedSkus: licences.get(tenant.tenantId.toLowerCase()) ?? tenant.subscribedSkus,
      }));
    },
  };
}

/**
 * Keeps the licences Graph shows equal to what the simulator sold: after every change of a subscription, made by whomever
 * or by time, and after every reset or new seed. Customers without a directory at `graph` are left out.
 */
export function followLicences(simulation: Simulation, graph: Graph, directoryIds: readonly string[]): void {
  const known = new Set(directoryIds.map((id) => id.toLowerCase()));
  simulation.onSubscriptionChange.push(({ customerId }) => {
    if (known.has(customerId)) graph.setSubscribedSkus(customerId, licencesOf(simulation.world, customerId));
  });
  const refresh = (): void => {
    const licences = licencesOfAll(simulation.world);
    for (const id of known) graph.setSubscribedSkus(id, licences.get(id) ?? []);
  };
  const watchReset = (): void => {
    // The old world is still in place while a reset is announced.
    simulation.onReset.push(() => queueMicrotask(afterReset));
  };
  const afterReset = (): void => {
    refresh();
    watchReset();
  };
  watchReset();
}

/** Units of one Graph SKU: several SKUs of Partner Center (trial, nonprofit price, extension) may share it. */
interface Units {
  entry: CatalogEntry;
  enabled: number;
  warning: number;
  suspended: number;
  lockedOut: number;
  consumed: number;
}

function licencesOfAll(world: World): Map<string, SubscribedSku[]> {
  const byCustomer = new Map<string, Subscription[]>();
  for (const customerId of world.customers.keys()) byCustomer.set(customerId, []);
  for (const subscription of world.subscriptions.values()) byCustomer.get(subscription.customerId)?.push(subscription);
  return new Map([...byCustomer].map(([id, owned]) => [id, skusOf(world, owned, world.customers.get(id))]));
}

/** What Graph shows of one customer's licences (partner-center-api.md §10). */
function licencesOf(world: World, customerId: string): SubscribedSku[] {
  const owned = [...world.subscriptions.values()].filter((subscription) => subscription.customerId === customerId);
  return skusOf(world, owned, world.customers.get(customerId));
}

function skusOf(world: World, owned: readonly Subscription[], customer: Customer | undefined): SubscribedSku[] {
  const found = new Map<string, Units>();
  const unitsOf = (key: string): Units | undefined => {
    const entry = world.catalog.get(key);
    if (entry?.kind !== "seats") return undefined;
    const units = found.get(entry.provisioningId) ?? noUnits(entry);
    found.set(entry.provisioningId, units);
    return units;
  };
  for (const { resource } of owned) {
    const field = unitField(resource.status);
    const units = field && unitsOf(skuKey(resource.offerId));
    if (units) units[field] += resource.quantity;
  }
  for (const [key, use] of Object.entries(customer?.licenceUse ?? {})) {
    const units = unitsOf(key);
    if (!units) continue;
    units.consumed += use.consumedUnits;
    units.enabled += use.otherUnits ?? 0;
  }
  return [...found.values()].map(subscribedSku);
}

function noUnits(entry: CatalogEntry): Units {
  return { entry, enabled: 0, warning: 0, suspended: 0, lockedOut: 0, consumed: 0 };
}

/** Pending and deleted subscriptions give no units; those of an expired one still work for a while. */
function unitField(status: string): "enabled" | "warning" | "suspended" | "lockedOut" | undefined {
  switch (status) {
    case "active":
      return "enabled";
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

function subscribedSku({ entry, enabled, warning, suspended, lockedOut, consumed }: Units): SubscribedSku {
  return {
    skuId: entry.provisioningId,
    skuPartNumber: entry.skuPartNumber,
    appliesTo: entry.appliesTo,
    capabilityStatus: capabilityOf({ enabled, warning, suspended, lockedOut }),
    consumedUnits: consumed,
    prepaidUnits: { enabled, warning, suspended, lockedOut },
  };
}

function capabilityOf(units: SubscribedSku["prepaidUnits"]): SubscribedSku["capabilityStatus"] {
  if (units.enabled > 0) return "Enabled";
  if (units.warning > 0) return "Warning";
  if (units.suspended > 0) return "Suspended";
  return units.lockedOut > 0 ? "LockedOut" : "Deleted";
}
