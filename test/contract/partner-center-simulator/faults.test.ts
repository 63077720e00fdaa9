import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import type { FaultKind } from "../../../local/partner-center-simulator/faults";
import {
  catalogItem,
  customerId,
  startSubscriptions,
  subscriptionId,
  type SubscriptionBench,
} from "./subscriptions-bench";
import { guid, type Json } from "./transport-client";

let bench: SubscriptionBench;

const route = "patchSubscription";
const quantity = async () => (await bench.read())["quantity"];
const books = async (query = "") => (await bench.control("GET", `/books${query}`))["entries"] as Json[];
const effective = async () => (await books("?effective=true")).length;
/** Waits for a condition of the simulator, which is reached as soon as the request has come in. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** One per kind: the compiler misses none. */
const shown: Record<FaultKind, () => Promise<void>> = {
  latency: async () => {
    await bench.addFault({ kind: "latency", route: "getSubscription", ms: 120 });
    const before = performance.now();
    await bench.read();
    expect(performance.now() - before).toBeGreaterThan(110);
  },
  dropBefore: async () => {
    await bench.addFault({ kind: "dropBefore", route });
    await expect(bench.change({ quantity: 11 })).rejects.toThrow("fetch failed");
    expect([await quantity(), await effective()]).toEqual([10, 0]);
  },
  dropAfter: async () => {
    await bench.addFault({ kind: "dropAfter", route });
    await expect(bench.change({ quantity: 11 })).rejects.toThrow("fetch failed");
    expect([await quantity(), await effective()]).toEqual([11, 1]);
  },
  errorBefore: async () => {
    await bench.addFault({ kind: "errorBefore", route, status: 503, shape: "html", seconds: 5 });
    const html = await bench.change({ quantity: 11 });
    expect([html.status, html.headers.get("content-type"), html.headers.get("retry-after")]).toEqual([
      503,
      "text/html",
      "5",
    ]);
    await bench.addFault({ kind: "errorBefore", route, status: 401, code: "900421" });
    expect(await bench.change({ quantity: 11 })).toMatchObject({ status: 401, body: { code: "900421" } });
    expect([await quantity(), await effective()]).toEqual([10, 0]);
  },
  errorAfter: async () => {
    await bench.addFault({ kind: "errorAfter", route });
    expect(await bench.change({ quantity: 11 })).toMatchObject({ status: 500, body: { code: "800094" } });
    await bench.addFault({ kind: "errorAfter", route, status: 502, shape: "empty" });
    expect(await bench.change({ quantity: 12 })).toMatchObject({ status: 502, text: "" });
    expect([await quantity(), await effective()]).toEqual([12, 2]);
  },
  throttle: async () => {
    await bench.addFault({ kind: "throttle", route, seconds: 33 });
    const reply = await bench.change({ quantity: 11 });
    expect(reply).toMatchObject({
      status: 429,
      body: { statusCode: 429, message: "Rate limit is exceeded. Try again in 33 seconds." },
    });
    expect(reply.headers.get("retry-after")).toBe("33");
    expect(await quantity()).toBe(10);
  },
  busy: async () => {
    await bench.addFault({ kind: "busy", route });
    expect(await bench.change({ quantity: 11 })).toMatchObject({ status: 409, body: { code: "900278" } });
    await bench.addFault({ kind: "busy", route, code: "800082" });
    expect(await bench.change({ quantity: 11 })).toMatchObject({ status: 409, body: { code: "800082" } });
    expect(await quantity()).toBe(10);
  },
  slowApply: async () => {
    await bench.addFault({ kind: "slowApply", route, seconds: 90 });
    const reply = await bench.change({ quantity: 11 });
    expect(reply.status).toBe(202);
    expect(reply.headers.get("location")).toBe(`/v1/customers/${customerId}/subscriptions/${subscriptionId}`);
    expect(await bench.change({ quantity: 12 })).toMatchObject({ status: 409, body: { code: "900278" } });
    await bench.clock.advance(89_000);
    expect([await quantity(), await effective()]).toEqual([10, 0]);
    await bench.clock.advance(1000);
    expect([await quantity(), await effective()]).toEqual([11, 1]);
    await bench.addFault({ kind: "slowApply", route, seconds: 90, lost: true });
    expect((await bench.change({ quantity: 12 })).status).toBe(202);
    await bench.clock.advance(90_000);
    expect([await quantity(), await effective()]).toEqual([11, 1]);
    expect((await books("?outcome=lost")).length).toBe(1);
  },
  staleRead: async () => {
    await bench.change({ quantity: 11 });
    await bench.addFault({ kind: "staleRead", route: "getSubscription" });
    expect([await quantity(), await quantity()]).toEqual([10, 11]);
    await bench.clock.advance(60_000);
    await bench.addFault({ kind: "staleRead", route: "listSubscriptions", seconds: 61, count: 1 });
    const list = await bench.call("GET", `/v1/customers/${customerId}/subscriptions`);
    expect(list.body).toMatchObject({ items: [{ quantity: 10 }] });
  },
  holdBefore: async () => {
    await bench.addFault({ kind: "holdBefore", route });
    const client = new AbortController();
    const call = bench.change({ quantity: 11 }, { signal: client.signal }).catch((error: unknown) => String(error));
    await until(() => bench.simulator.simulation.faults.list()[0]?.holding === 1);
    client.abort();
    expect(await call).toContain("AbortError");
    expect(await quantity()).toBe(10);
    expect(await bench.control("POST", "/faults/release")).toEqual({ released: 1 });
    await until(() => bench.simulator.simulation.world.books.length === 1);
    expect([await quantity(), await effective()]).toEqual([11, 1]);
  },
  holdAfter: async () => {
    const id = await bench.addFault({ kind: "holdAfter", route });
    const call = bench.change({ quantity: 11 });
    await until(() => bench.simulator.simulation.faults.list()[0]?.holding === 1);
    expect([await quantity(), await effective()]).toEqual([11, 1]);
    await bench.control("POST", `/faults/${id}/release`);
    expect(await call).toMatchObject({ status: 200, body: { quantity: 11 } });
  },
  forgetRequestId: async () => {
    const headers = { "MS-RequestId": guid("once") };
    const body = await bench.read();
    await bench.patch({ ...body, quantity: 11 }, { headers });
    await bench.addFault({ kind: "forgetRequestId", route });
    await bench.change({ quantity: 12 }, { headers });
    expect([await quantity(), await effective()]).toEqual([12, 2]);
    await bench.change({ quantity: 13 }, { headers });
    expect([await quantity(), await effective()]).toEqual([12, 2]);
  },
  partialCheckout: async () => {
    await bench.addFault({ kind: "partialCheckout", route: "checkoutCart" });
    const line = (id: number, key: string, billingCycle: string) => {
      const { productId, skuId, availabilityId } = catalogItem(key, "P1Y", billingCycle);
      return {
        id,
        catalogItemId: `${productId}:${skuId}:${availabilityId}`,
        quantity: 2,
        termDuration: "P1Y",
        billingCycle,
      };
    };
    const lineItems = [line(0, sku.businessBasic, "monthly"), line(1, sku.exchangePlan1, "annual")];
    const carts = `/v1/customers/${customerId}/carts`;
    const cart = await bench.call("POST", carts, { body: { lineItems } });
    const result = await bench.call("POST", `${carts}/${String(cart.body["id"])}/checkout`);
    expect(result).toMatchObject({ status: 201, body: { orders: [{}], orderErrors: [{ code: "800023" }] } });
  },
};

describe("faults", () => {
  beforeEach(async () => {
    bench = await startSubscriptions([{ boughtDaysAgo: 30 }]);
  });

  afterEach(() => bench.simulator.close());

  test.each(Object.entries(shown))("%s", async (kind, show) => {
    await show();
    const { fired } = await bench.control("GET", "/faults");
    expect((fired as Json)[kind]).toBeGreaterThan(0);
  });

  test("a fault fires as often as it says, after those it skips, and is counted", async () => {
    await bench.addFault({ kind: "throttle", route: "reads", skip: 1, count: 2 });
    const statuses: number[] = [];
    for (let call = 0; call < 5; call++) statuses.push((await bench.call("GET", `/v1/customers/${customerId}`)).status);
    expect(statuses).toEqual([200, 429, 429, 200, 200]);
    expect(await bench.control("GET", "/faults")).toMatchObject({ faults: [{ fired: 2 }], fired: { throttle: 2 } });
  });

  test("a fault without count goes on until it is cleared", async () => {
    const id = await bench.addFault({ kind: "throttle", route: "*", count: null });
    expect((await bench.call("GET", "/v1/customers")).status).toBe(429);
    expect((await bench.call("GET", "/v1/customers")).status).toBe(429);
    await bench.control("DELETE", `/faults/${id}`);
    expect((await bench.call("GET", "/v1/customers")).status).toBe(200);
  });

  test("a fault can be meant for one subscription, one customer or one partner", async () => {
    const other = guid("other");
    await bench.simulator.close();
    bench = await startSubscriptions([{}, { id: other }]);
    await bench.addFault({ kind: "busy", subscriptionId: other, count: null, route: "writes" });
    await bench.addFault({ kind: "throttle", customerId: guid("nobody"), count: null });
    await bench.addFault({ kind: "throttle", partnerId: guid("nobody"), count: null });
    expect((await bench.change({ quantity: 11 })).status).toBe(200);
    expect((await bench.change({ quantity: 11 }, { id: other })).status).toBe(409);
  });

  test("a fault that makes no sense is refused by the control API", async () => {
    await expect(bench.addFault({ kind: "explode" as "latency" })).rejects.toThrow("400");
    await expect(bench.addFault({ kind: "throttle", count: 0 })).rejects.toThrow("400");
  });

  test("closing the simulator ends what is held", async () => {
    await bench.addFault({ kind: "holdBefore", route });
    const call = bench.change({ quantity: 11 }).catch(() => "cut");
    await until(() => bench.simulator.simulation.faults.list()[0]?.holding === 1);
    await bench.simulator.close();
    expect(await call).toBeTruthy();
  });
});
