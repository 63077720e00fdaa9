import { z } from "zod";
import { refuse } from "../errors";
import { bodyObject, camelCased, collection, customerOf, type AddRoute, type Answer, type Call } from "../route";
import type { CatalogEntry } from "./catalog-entry";
import { availabilityResource, isInView, isTargetView, productResource, skuResource } from "./catalog-resources";
import { findMarket, type Market } from "./markets";

const segments = ["commercial", "education", "government", "nonprofit"];

/** Products, SKUs and availabilities, by country and for one customer (partner-center-api.md §7). */
export function registerCatalog(add: AddRoute): void {
  const scopes = [
    { prefix: "/v1", suffix: "", scopeOf: scopeOfCountry },
    { prefix: "/v1/customers/:customerId", suffix: "ForCustomer", scopeOf: scopeOfCustomer },
  ];
  for (const { prefix, suffix, scopeOf } of scopes) {
    const get = (path: string, name: string, handler: (call: Call, scope: Scope) => Answer) =>
      add({ method: "GET", path: prefix + path, name: name + suffix, token: "any" }, (call) =>
        handler(call, scopeOf(call)),
      );
    get("/products", "listProducts", listProducts);
    get("/products/:productId", "getProduct", getProduct);
    get("/products/:productId/skus", "listSkus", listSkus);
    get("/products/:productId/skus/:skuId", "getSku", getSku);
    get("/products/:productId/skus/:skuId/availabilities", "listAvailabilities", listAvailabilities);
    get("/products/:productId/skus/:skuId/availabilities/:availabilityId", "getAvailability", getAvailability);
  }
  add(
    { method: "POST", path: "/v1/extensions/product/checkinventory", name: "checkInventory", token: "any" },
    checkInventory,
  );
}

interface Scope {
  market: Market;
  /** Segments that are shown. */
  segments: string[];
}

function scopeOfCountry(call: Call): Scope {
  const country = call.query.get("country") ?? "";
  const market = findMarket(country);
  if (!market) refuse(400, 400056, `The country '${country}' is missing or not one of ours.`, ["country"]);
  const wanted = call.query.get("targetSegment")?.toLowerCase();
  if (wanted !== undefined && !segments.includes(wanted)) {
    refuse(403, 400030, `The target segment '${wanted}' is not allowed.`, ["targetSegment"]);
  }
  // Without a segment everything but nonprofit is shown.
  return { market, segments: wanted === undefined ? segments.filter((name) => name !== "nonprofit") : [wanted] };
}

function scopeOfCustomer(call: Call): Scope {
  const customer = customerOf(call);
  const market = findMarket(customer.country);
  if (!market) refuse(400, 400056, `Nothing is sold in ${customer.country}.`);
  return { market, segments: customer.segment === "commercial" ? ["commercial"] : ["commercial", customer.segment] };
}

const entriesIn = (call: Call, scope: Scope): CatalogEntry[] =>
  [...call.simulation.world.catalog.values()].filter((entry) => scope.segments.includes(entry.segment));

function listProducts(call: Call, scope: Scope): Answer {
  const view = call.query.get("targetView") ?? "";
  if (!isTargetView(view)) refuse(403, 400036, `The target view '${view}' is not allowed.`, ["targetView"]);
  const products = new Map<string, CatalogEntry>();
  for (const entry of entriesIn(call, scope)) {
    if (isInView(entry, view) && !products.has(entry.productId)) products.set(entry.productId, entry);
  }
  const items = [...products.values()].map((entry) => productResource(entry, scope.market.country));
  return { status: 200, body: collection(items, call.path) };
}

function skusOf(call: Call, scope: Scope): CatalogEntry[] {
  const skus = entriesIn(call, scope).filter((entry) => entry.productId === call.params["productId"]);
  if (skus.length === 0) refuse(404, 400013, `The product '${call.params["productId"] ?? ""}' was not found.`);
  return skus;
}

function skuOf(call: Call, scope: Scope): CatalogEntry {
  const found = skusOf(call, scope).find((entry) => entry.skuId === call.params["skuId"]);
  if (!found) refuse(404, 400018, `The SKU '${call.params["skuId"] ?? ""}' was not found.`);
  return found;
}

function getProduct(call: Call, scope: Scope): Answer {
  const [first] = skusOf(call, scope);
  return { status: 200, body: first && productResource(first, scope.market.country) };
}

function listSkus(call: Call, scope: Scope): Answer {
  const items = skusOf(call, scope).map((entry) => skuResource(entry, scope.market.country));
  return { status: 200, body: collection(items, call.path) };
}

function getSku(call: Call, scope: Scope): Answer {
  return { status: 200, body: skuResource(skuOf(call, scope), scope.market.country) };
}

function listAvailabilities(call: Call, scope: Scope): Answer {
  const entry = skuOf(call, scope);
  // What is sold no more stays listed only for who asks for the life cycle.
  const all = call.query.get("IncludeLifeCycleState")?.toLowerCase() === "true";
  const items = entry.purchasable || all ? [presentAvailability(call, scope, entry)] : [];
  return { status: 200, body: collection(items, call.path) };
}

function presentAvailability(call: Call, scope: Scope, entry: CatalogEntry): ReturnType<typeof availabilityResource> {
  return availabilityResource(entry, scope.market, call.now, call.simulation.switches.availabilityLifetimeDays);
}

function getAvailability(call: Call, scope: Scope): Answer {
  const found = presentAvailability(call, scope, skuOf(call, scope));
  if (found.id !== call.params["availabilityId"]) {
    refuse(404, 400019, `The availability '${call.params["availabilityId"] ?? ""}' was not found.`);
  }
  return { status: 200, body: found };
}

const InventoryCheck = z.looseObject({
  targetItems: z.array(z.looseObject({ productId: z.string(), skuId: z.string() })).min(1),
});

/** Answers which of the target items are restricted; only SKUs with the prerequisite `InventoryCheck` need it. */
function checkInventory(call: Call): Answer {
  scopeOfCountry(call);
  const parsed = InventoryCheck.safeParse(camelCased(bodyObject(call)));
  if (!parsed.success) return refuse(400, 3000, "targetItems is missing.", [z.prettifyError(parsed.error)]);
  const { world, switches } = call.simulation;
  const isRestricted = !switches.inventoryAvailable;
  const restrictions = isRestricted
    ? [{ reasonCode: "NotAvailable", description: "No inventory.", properties: [] }]
    : [];
  const answers = parsed.data.targetItems.map(({ productId, skuId }) => {
    if (!world.catalog.has(`${productId}:${skuId}`))
      refuse(404, 400018, `The SKU '${productId}:${skuId}' was not found.`);
    return { productId, skuId, isRestricted, restrictions };
  });
  return { status: 200, body: answers };
}
