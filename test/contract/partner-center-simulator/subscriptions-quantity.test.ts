import { sku } from "../../../local/partner-center-simulator/catalog/catalog";
import { startSubscriptions, type SubscriptionBench } from "./subscriptions-bench";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let bench: SubscriptionBench;

afterEach(() => bench.simulator.close());

const refusal = (status: number, code: string) => ({ status, body: { code, source: "PartnerFD" } });

test("more seats are bought at any time, with a window and an order of their own", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 100 }]);
  const reply = await bench.change({ quantity: 15 });
  expect(reply).toMatchObject({ status: 200, body: { quantity: 15, autoRenewEnabled: true } });
  expect(await bench.read()).toMatchObject({
    quantity: 15,
    refundableQuantity: {
      totalQuantity: 5,
      details: [{ quantity: 5, allowedUntilDateTime: "2026-11-23T09:00:00Z" }],
    },
  });
});

test("seats can be given back for 168 hours, to the second, each batch by itself", async () => {
  bench = await startSubscriptions([{ boughtDaysAgo: 100, added: [{ quantity: 5, daysAgo: 2 }] }]);
  expect(await bench.change({ quantity: 9 })).toMatchObject(refusal(400, "800090"));
  expect(await bench.change({ quantity: 12 })).toMatchObject({ status: 200, body: { quantity: 12 } });
  await bench.clock.advance(5 * DAY - 1000);
  expect(await bench.change({ quantity: 11 })).toMatchObject({ status: 200, body: { quantity: 11 } });
  await bench.clock.advance(1000);
  expect(await bench.read()).toMatchObject({ refundableQuantity: { totalQuantity: 0, details: [] } });
  expect(await bench.change({ quantity: 10 })).toMatchObject(refusal(400, "900257"));
});

test("a quantity outside minimum and maximum is refused", async () => {
  bench = await startSubscriptions([{ quantity: 10 }]);
  expect(await bench.change({ quantity: 0 })).toMatchObject(refusal(400, "2002"));
  expect(await bench.change({ quantity: 301 })).toMatchObject(refusal(403, "800067"));
  expect(await bench.change({ quantity: "11" })).toMatchObject(refusal(400, "800002"));
});

test("software seats are never given back", async () => {
  bench = await startSubscriptions([{ sku: sku.windowsServerCal }]);
  expect(await bench.change({ quantity: 9 })).toMatchObject(refusal(400, "800090"));
  expect(await bench.read()).toMatchObject({ refundableQuantity: { totalQuantity: 0 } });
  expect(await bench.change({ quantity: 12 })).toMatchObject({ status: 200, body: { quantity: 12 } });
});
