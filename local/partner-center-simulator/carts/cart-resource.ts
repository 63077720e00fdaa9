import { findMarket } from "../catalog/markets";
import type { CatalogEntry } from "../catalog/catalog-entry";
import type { JsonObject } from "../world";
import { cartErrorResource, type CartLineError } from "./cart-error";
import type { CartBody, CartLine } from "./cart-line";
import { checkCartLine, entryOfItem, type CartContext } from "./check-cart-line";

type LineContext = Omit<CartContext, "isAddonLine">;

/** A line of the cart, numbered and checked. */
export interface CheckedLine {
  id: number;
  line: CartLine;
  entry: CatalogEntry | undefined;
  error: CartLineError | undefined;
  /** Lines of the same group become one order. */
  orderGroup: string;
  addons: CheckedLine[];
}

/** Checks every line of a cart as of now; add-ons stand under their base and share its order. */
export function checkLines(body: CartBody, context: LineContext): CheckedLine[] {
  const groups: string[] = [];
  const groupOf = (key: string): string => {
    if (!groups.includes(key)) groups.push(key);
    return String(groups.indexOf(key));
  };
  const check = (line: CartLine, id: number, group: string | undefined): CheckedLine => {
    const entry = entryOfItem(context.simulation, line.catalogItemId);
    const orderGroup = group ?? groupOf(`${purchaseSystemOf(entry)} ${(line.billingCycle ?? "").toLowerCase()}`);
    const addons = (line.addonItems ?? []).map((addon, index) => check(addon, addon.id ?? index, orderGroup));
    const error = checkCartLine(line, { ...context, isAddonLine: group !== undefined });
    return { id, line, entry, error, orderGroup, addons };
  };
  return body.lineItems.map((line, index) => check(line, line.id ?? index, undefined));
}

/** Every checked line, add-ons after their base. */
export function flatLines(lines: CheckedLine[]): CheckedLine[] {
  return lines.flatMap((line) => [line, ...flatLines(line.addons)]);
}

function purchaseSystemOf(entry: CatalogEntry | undefined): string {
  return entry?.kind === "azure-plan" ? "azure" : "partnercenter";
}

/** The `lineItems` of a cart as a client sees them. */
export function lineResources(lines: CheckedLine[], context: LineContext): JsonObject[] {
  const currencyCode = findMarket(context.customer.country)?.currency ?? context.customer.currency;
  return lines.map(({ id, line, entry, error, orderGroup, addons }) => ({
    currencyCode,
    ...line,
    id,
    orderGroup,
    purchaseSystem: purchaseSystemOf(entry),
    ...(addons.length > 0 ? { addonItems: lineResources(addons, context) } : {}),
    ...(error ? { error: cartErrorResource(error, context.simulation.switches) } : {}),
  }));
}
