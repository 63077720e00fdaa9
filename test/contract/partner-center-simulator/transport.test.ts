import { startSimulator } from "../../../local/partner-center-simulator/start-simulator";
import { PortInUseError } from "../../../local/stand-in";
import { customerId, startSubscriptions, subscriptionPath, type SubscriptionBench } from "./subscriptions-bench";
import { guid, type Json } from "./transport-client";

let bench: SubscriptionBench;

beforeEach(async () => {
  bench = await startSubscriptions();
});
afterEach(() => bench.simulator.close());

test("request and correlation id are echoed, and invented where they are missing", async () => {
  const headers = { "MS-RequestId": guid("request"), "MS-CorrelationId": guid("correlation"), "X-Locale": "de-DE" };
  const echoed = await bench.call("GET", subscriptionPath(), { headers });
  expect(echoed.headers.get("ms-requestid")).toBe(guid("request"));
  expect(echoed.headers.get("ms-correlationid")).toBe(guid("correlation"));
  expect(echoed.headers.get("x-locale")).toBe("de-DE");
  const invented = await bench.call("GET", subscriptionPath());
  expect(invented.headers.get("ms-requestid")).toMatch(/^[0-9a-f-]{36}$/);
});

test("the Date header tells the virtual time", async () => {
  await bench.clock.advance(86_400_000);
  const { headers } = await bench.call("GET", subscriptionPath());
  expect(headers.get("date")).toBe("Tue, 17 Nov 2026 09:00:00 GMT");
});

test("errors have code, description, data and source; unknown paths are 404/1000", async () => {
  expect(await bench.change({ quantity: 0 })).toMatchObject({
    status: 400,
    body: { code: "2002", description: expect.any(String) as unknown, data: ["quantity"], source: "PartnerFD" },
  });
  expect(await bench.call("GET", "/v1/nothing")).toMatchObject({ status: 404, body: { code: "1000" } });
});

test("a body that is no JSON object is 400/800002; one with a byte order mark is read", async () => {
  const body = await bench.read();
  const send = (text: string) => bench.call("PATCH", subscriptionPath(), { body: text });
  expect(await send("{oops")).toMatchObject({ status: 400, body: { code: "800002" } });
  expect(await send("[1]")).toMatchObject({ status: 400, body: { code: "800002" } });
  expect(await send(`\uFEFF${JSON.stringify({ ...body, quantity: 11 })}`)).toMatchObject({ status: 200 });
});

test("property names are read in any case, paths too", async () => {
  const { quantity: _quantity, ...body } = await bench.read();
  expect(await bench.patch({ ...body, Quantity: 12 })).toMatchObject({ status: 200, body: { quantity: 12 } });
  const shouted = `/V1/Customers/${customerId.toUpperCase()}/SUBSCRIPTIONS`;
  expect((await bench.call("GET", shouted)).body).toMatchObject({ totalCount: 1 });
});

test("collections come in the common envelope", async () => {
  const { body } = await bench.call("GET", `/v1/customers/${customerId}/subscriptions`);
  expect(body).toMatchObject({
    totalCount: 1,
    items: [{ attributes: { objectType: "Subscription" } }],
    links: { self: { uri: `/customers/${customerId}/subscriptions`, method: "GET", headers: [] } },
    attributes: { objectType: "Collection" },
  });
});

test("more calls on subscriptions than the published limit get the gateway's own 429", async () => {
  await bench.set({ subscriptionRequestsPerMinute: 1 });
  await bench.read();
  await bench.clock.advance(10_000);
  const throttled = await bench.call("GET", subscriptionPath());
  expect(throttled).toMatchObject({
    status: 429,
    body: { statusCode: 429, message: "Rate limit is exceeded. Try again in 50 seconds." },
  });
  expect(throttled.headers.get("retry-after")).toBe("50");
  await bench.clock.advance(50_000);
  expect(await bench.read()).toMatchObject({ quantity: 10 });
});

test("a resource that is not imitated says so with 501", async () => {
  const reply = await bench.call("GET", `${subscriptionPath()}/azureEntitlements`);
  expect(reply).toMatchObject({
    status: 501,
    body: { code: "1001", description: expect.stringContaining("Not imitated") as unknown },
  });
});

test("the partner's own profile names its directory, for users only", async () => {
  const { body } = await bench.call("GET", "/v1/profiles/organization");
  expect(body).toMatchObject({
    companyName: "Fabrikam Cloud Partner",
    tenantId: "11111111-1111-4111-8111-111111111111",
  });
});

test("a port in use is told by name", async () => {
  const second = startSimulator({ port: bench.simulator.port });
  await expect(second).rejects.toThrow(PortInUseError);
  await expect(startSimulator({ port: bench.simulator.port })).rejects.toThrow(
    /Partner Center simulator cannot listen/,
  );
});

test("the same seed and the same calls give the same answers", async () => {
  const play = async (one: SubscriptionBench): Promise<Json[]> => {
    await one.change({ quantity: 14 });
    await one.clock.advance(400 * 86_400_000);
    const orders = await one.call("GET", `/v1/customers/${customerId}/orders`);
    return [await one.read(), orders.body];
  };
  const other = await startSubscriptions();
  try {
    expect(await play(other)).toEqual(await play(bench));
  } finally {
    await other.simulator.close();
  }
});

test("reset goes back to the seed", async () => {
  await bench.change({ quantity: 14 });
  await bench.set({ bom: true });
  await bench.addFault({ kind: "throttle", count: null });
  await bench.simulator.reset();
  expect(await bench.read()).toMatchObject({ quantity: 10 });
  expect(await bench.control("GET", "/books")).toEqual({ entries: [] });
});
