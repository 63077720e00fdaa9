import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import {
  acme,
  cartWith,
  checkout,
  itemIdOf,
  owned,
  startCommerce,
  type Commerce,
  type Reply,
  type Wire,
} from "./commerce-fixture";

let commerce: Commerce;
beforeEach(async () => {
  commerce = await startCommerce();
});
afterEach(() => commerce.close());

const yearly = { billingCycle: "monthly", termDuration: "P1Y" };

async function line(productAndSku: string, more: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
  return { catalogItemId: await itemIdOf(commerce, productAndSku), quantity: 5, ...yearly, ...more };
}

async function buy(lines: Record<string, unknown>[]): Promise<Reply> {
  const cart = await cartWith(commerce, lines);
  return checkout(commerce, cart.body.id);
}

const subscriptions = async (): Promise<Wire[]> =>
  (await commerce.app.get(`/v1/customers/${acme}/subscriptions`)).body.items;
const codeOf = ({ status, body }: Reply): unknown[] => [status, body.code];

describe("limits", () => {
  test("a trial is sold once per customer", async () => {
    const trial = await line(sku.businessPremiumTrial, { billingCycle: "none", termDuration: "P1M", quantity: 25 });
    expect((await buy([trial])).status).toBe(201);
    expect(codeOf(await buy([trial]))).toEqual([403, "800066"]);
  });

  test("seats of all subscriptions of a SKU count together by switch", async () => {
    const lines = [await line(sku.businessPremium, { quantity: 200 })];
    await buy(lines);
    expect((await buy(lines)).status).toBe(201);
    await commerce.restart({ switches: { seatMaximumPerCustomer: true } });
    await buy(lines);
    expect(codeOf(await buy(lines))).toEqual([403, "800088"]);
  });
});

describe("an add-on", () => {
  test("bought with its base hangs on it", async () => {
    const addonItems = [await line(sku.businessCentralEnvironment, { quantity: 1 })];
    const { body } = await buy([await line(sku.businessCentral, { addonItems })]);
    expect(body.orders).toHaveLength(1);
    const [base, addon] = await subscriptions();
    expect(addon).toMatchObject({ parentSubscriptionId: base?.["id"], quantity: 1 });
    const addons = await commerce.app.get(`/v1/customers/${acme}/subscriptions/${String(base?.["id"])}/addons`);
    expect(addons.body.items).toMatchObject([{ id: addon?.["id"] }]);
  });

  test("that needs a parent is refused alone or under another base, unless a switch is off", async () => {
    expect(codeOf(await buy([await line(sku.businessCentralEnvironment)]))).toEqual([400, "800029"]);
    const addonItems = [await line(sku.businessCentralEnvironment)];
    expect(codeOf(await buy([await line(sku.businessPremium, { addonItems })]))).toEqual([400, "800029"]);
    await commerce.restart({ switches: { requireAddonBase: false } });
    expect((await buy([await line(sku.businessCentralEnvironment)])).status).toBe(201);
  });

  test("with prerequisites needs one of them active, or in the same cart", async () => {
    const copilot = await line(sku.copilot);
    expect(codeOf(await buy([copilot]))).toEqual([400, "800029"]);
    expect((await buy([copilot, await line(sku.businessPremium, { billingCycle: "annual" })])).status).toBe(201);
    await commerce.restart({ subscriptions: [owned({ sku: sku.m365E3, quantity: 5, boughtDaysAgo: 30 })] });
    expect((await buy([copilot])).status).toBe(201);
  });
});
