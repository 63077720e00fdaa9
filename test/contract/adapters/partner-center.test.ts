import { randomUUID } from "node:crypto";
import { paidWriteBody } from "../../../shared/domain/changes/apply-change";
import { classifyWrite } from "../../../shared/domain/changes/classify-write";
import type { PaidWrite, WriteAnswer } from "../../../shared/domain/changes/subscription-writer";
import type { ResellerIdentity } from "../../../shared/domain/resellers/reseller-identity";
import { IN_WINDOW, LARKSPUR, REMOVED, startMicrosoft, type Microsoft } from "./microsoft";

let microsoft: Microsoft;
let reseller: ResellerIdentity;
beforeAll(async () => {
  microsoft = await startMicrosoft();
});
beforeEach(async () => {
  await microsoft.reset();
  reseller = await microsoft.authorizedReseller();
});
afterAll(() => microsoft.close());

const faults = () => microsoft.simulator.simulation.faults;
const books = () => microsoft.simulator.simulation.world.books.filter(({ origin }) => origin === "api");

async function setQuantity(quantity: number, correlationId: string = randomUUID()): Promise<WriteAnswer> {
  const read = await microsoft.partnerCenter.subscriptions.get(reseller, LARKSPUR, IN_WINDOW);
  const write: PaidWrite = {
    body: { ...read?.raw, quantity },
    requestId: randomUUID(),
    correlationId,
    sendBy: new Date(microsoft.clock.nowMs() + 30_000),
    ...(read?.subscription.etag === undefined ? {} : { etag: read.subscription.etag }),
  };
  return microsoft.writer.patch(reseller, LARKSPUR, IN_WINDOW, write);
}

describe("reading", () => {
  test("customers come in pages, are searched by name and domain, and the removed one is nobody", async () => {
    microsoft.simulator.simulation.switches.customerPageLimit = 1;
    const { profile } = microsoft.partnerCenter;
    const first = await profile.listCustomers(reseller, { size: 1 });
    const second = await profile.listCustomers(reseller, { size: 1, after: first.next ?? "" });
    expect([...first.value, ...second.value].map(({ name }) => name).sort()).toEqual([
      "Larkspur Dental",
      "Northwind Bäckerei",
    ]);
    for (const search of ["lark", "larkspurdental.onmicrosoft.com"]) {
      const found = await profile.listCustomers(reseller, { size: 20, search });
      expect(found.value.map(({ id }) => id)).toEqual([LARKSPUR]);
    }
    expect(await profile.getCustomer(reseller, LARKSPUR)).toMatchObject({ domain: "larkspurdental.onmicrosoft.com" });
    expect(await profile.getCustomer(reseller, REMOVED)).toBeUndefined();
  });

  test.each([
    ["as it usually is", {}],
    ["with a byte-order mark and links that carry the version", { bom: true, linksWithVersion: true }],
    ["with seven fractional digits", { dateStyle: "sevenDigits" as const }],
    ["with an offset", { dateStyle: "offset" as const }],
  ])("subscriptions are understood %s", async (_name, switches) => {
    Object.assign(microsoft.simulator.simulation.switches, switches);
    // Far from the machine's time: the moment of the read is Microsoft's.
    await microsoft.clock.advance(86_400_000);
    const list = await microsoft.partnerCenter.subscriptions.list(reseller, LARKSPUR);
    expect(list).toHaveLength(7);
    const read = await microsoft.partnerCenter.subscriptions.get(reseller, LARKSPUR, IN_WINDOW);
    expect(read?.subscription).toMatchObject({
      quantity: 25,
      status: "active",
      term: "P1Y",
      refundable: { total: 25 },
    });
    expect(read?.subscription.cancellationAllowedUntil?.getTime()).toBeGreaterThan(microsoft.clock.nowMs());
    expect(Math.abs((read?.readAt.getTime() ?? 0) - microsoft.clock.nowMs())).toBeLessThan(5_000);
  });

  test("a status nobody knows is passed on", async () => {
    microsoft.simulator.simulation.switches.unknownEnumValues = true;
    const list = await microsoft.partnerCenter.subscriptions.list(reseller, LARKSPUR);
    expect(list.map(({ subscription }) => subscription.status)).toContain("lapsed");
  });

  test.each([false, true])(
    "a customer who left, and a subscription that is not there (numeric codes: %s)",
    async (numeric) => {
      microsoft.simulator.simulation.switches.numericErrorCodes = numeric;
      const { subscriptions } = microsoft.partnerCenter;
      await expect(subscriptions.list(reseller, REMOVED)).rejects.toMatchObject({ code: "relationshipRemoved" });
      const unknown = IN_WINDOW.replace("1", "9") as typeof IN_WINDOW;
      expect(await subscriptions.get(reseller, LARKSPUR, unknown)).toBeUndefined();
    },
  );

  test("dropped connections, HTML and short throttles heal by themselves", async () => {
    faults().add({ kind: "dropBefore", route: "listSubscriptions" });
    faults().add({ kind: "errorBefore", route: "listSubscriptions", status: 503, shape: "html" });
    faults().add({ kind: "throttle", route: "listSubscriptions", seconds: 1 });
    expect(await microsoft.partnerCenter.subscriptions.list(reseller, LARKSPUR)).toHaveLength(7);
  });

  test("a long throttle is told, for this call and the next", async () => {
    faults().add({ kind: "throttle", route: "listSubscriptions", seconds: 57 });
    const { subscriptions } = microsoft.partnerCenter;
    const throttled = { kind: "upstream", code: "upstreamThrottled" };
    await expect(subscriptions.list(reseller, LARKSPUR)).rejects.toMatchObject({ ...throttled, retryAfterSeconds: 57 });
    await expect(subscriptions.get(reseller, LARKSPUR, IN_WINDOW)).rejects.toMatchObject(throttled);
    await microsoft.clock.advance(57_000);
    expect(await subscriptions.list(reseller, LARKSPUR)).toHaveLength(7);
  });
});

describe("a paid write", () => {
  test("changes exactly what was changed, and is found in the audit records and orders by its correlation id", async () => {
    const correlationId = randomUUID();
    const from = new Date(microsoft.clock.nowMs() - 1000);
    expect(await setQuantity(30, correlationId)).toMatchObject({
      kind: "answered",
      status: 200,
      body: { quantity: 30 },
    });
    expect(books().filter(({ effective }) => effective)).toEqual([
      expect.objectContaining({
        correlationId,
        effects: [expect.objectContaining({ delta: 5, changed: ["quantity"] })],
      }),
    ]);

    const { history } = microsoft.partnerCenter;
    await microsoft.clock.advance(20 * 60_000);
    const records = await history.auditRecords(reseller, { customer: LARKSPUR, from, to: microsoft.clock.now() });
    expect(records).toContainEqual(
      expect.objectContaining({
        correlationId,
        operationType: "update_subscription",
        operationStatus: "succeeded",
        subscriptionId: IN_WINDOW,
        oldQuantity: 25,
        newQuantity: 30,
      }),
    );
    const lines = await history.orderLines(reseller, { customer: LARKSPUR, subscription: IN_WINDOW });
    expect(lines.map(({ transactionType }) => transactionType)).toContain("addquantity");
  });

  test("a refusal is answered with Microsoft's status and code", async () => {
    await microsoft.clock.advance(10 * 86_400_000);
    const answer = await setQuantity(20);
    expect(answer).toMatchObject({ kind: "answered", status: 400, body: { code: expect.anything() as unknown } });
    expect(books().some(({ effective }) => effective)).toBe(false);
  });

  test.each([
    ["dropBefore", { kind: "noAnswer" }, 25],
    ["dropAfter", { kind: "noAnswer" }, 30],
    ["errorBefore", { kind: "answered", status: 500 }, 25],
    ["errorAfter", { kind: "answered", status: 500 }, 30],
    ["throttle", { kind: "answered", status: 429 }, 25],
    ["busy", { kind: "answered", status: 409 }, 25],
  ] as const)("under %s is sent once, and the answer is what came", async (kind, expected, quantity) => {
    faults().add({ kind, route: "patchSubscription", count: null });
    expect(await setQuantity(30)).toMatchObject(expected);
    expect(faults().list()[0]?.fired).toBe(1);
    faults().clear();
    await microsoft.clock.advance(120_000);
    const read = await microsoft.partnerCenter.subscriptions.get(reseller, LARKSPUR, IN_WINDOW);
    expect(read?.subscription.quantity).toBe(quantity);
  });

  test("a slow one is answered with 202", async () => {
    faults().add({ kind: "slowApply", route: "patchSubscription", seconds: 60 });
    expect(await setQuantity(30)).toMatchObject({ kind: "answered", status: 202 });
  });
});

describe("a renewal schedule", () => {
  const read = async () => {
    const found = await microsoft.partnerCenter.subscriptions.get(reseller, LARKSPUR, IN_WINDOW);
    if (!found) throw new Error("There is no such subscription.");
    return found;
  };
  const patch = (body: Record<string, unknown>): Promise<WriteAnswer> =>
    microsoft.writer.patch(reseller, LARKSPUR, IN_WINDOW, {
      ...{ body, requestId: randomUUID(), correlationId: randomUUID() },
      sendBy: new Date(microsoft.clock.nowMs() + 30_000),
    });
  /** What our writes changed, field by field. */
  const changed = (): string[][] =>
    books().flatMap(({ effects }) => effects.map((effect) => [...effect.changed].sort()));

  test("is deleted by a change of seats and set again by the next write, and each changes nothing else", async () => {
    const { subscription, raw } = await read();
    const [productId, skuId] = subscription.productSku.split(":");
    const [plan] = await microsoft.partnerCenter.offers.plans(reseller, LARKSPUR, subscription.productSku);
    const product = {
      productId,
      skuId,
      availabilityId: plan?.availabilityId,
      billingCycle: "monthly",
      termDuration: "P1Y",
    };
    const schedule = { instructions: { product, quantity: 20 } };
    await patch(paidWriteBody(raw, { to: 25, schedule }));
    expect((await read()).subscription.schedule).toEqual(schedule);

    const seats = await patch(paidWriteBody((await read()).raw, { to: 30 }));
    expect(classifyWrite(seats, 30)).toEqual({ kind: "done" });
    expect((await read()).subscription).toMatchObject({ quantity: 30, schedule: undefined });

    const restored = await patch(paidWriteBody((await read()).raw, { to: 30, schedule }));
    expect(classifyWrite(restored, schedule)).toEqual({ kind: "done" });
    expect((await read()).subscription).toMatchObject({ quantity: 30, schedule, autoRenew: true });
    expect(changed()).toEqual([
      ["scheduledNextTermInstructions"],
      ["quantity", "scheduledNextTermInstructions"],
      ["scheduledNextTermInstructions"],
    ]);
    // The same again changes nothing.
    await patch(paidWriteBody((await read()).raw, { to: 30, schedule }));
    expect(changed()).toHaveLength(3);
  });

  test.each(["scheduleType", "scheduledType"] as const)(
    "of actions is understood in the spelling %s",
    async (spelling) => {
      microsoft.simulator.simulation.switches.scheduleTypeSpelling = spelling;
      const schedule = { actions: [{ scheduleType: "TermEnd", actionType: "Cancel" }] };
      const body = { ...paidWriteBody((await read()).raw, { to: 25, schedule }), autoRenewEnabled: false };
      expect(classifyWrite(await patch(body), schedule)).toEqual({ kind: "done" });
    },
  );

  test("products tell their limits and what the directory calls them; what is not sold has none", async () => {
    const { offers, licences } = microsoft.partnerCenter;
    const { productSku } = (await read()).subscription;
    const product = await offers.product(reseller, LARKSPUR, productSku);
    expect(product?.maximum).toBeGreaterThan(product?.minimum ?? Infinity);
    const free = await licences.available(reseller, LARKSPUR);
    expect(free.get(product?.directorySkuId ?? "")).toEqual(expect.any(Number));
    expect(await offers.product(reseller, LARKSPUR, `${productSku}9`)).toBeUndefined();
    expect(await offers.plans(reseller, LARKSPUR, "CFQ7TTC0NONE:0001")).toEqual([]);
  });

  test("a decrease takes seats from the batches that are open, and the answer shows it", async () => {
    expect(classifyWrite(await patch(paidWriteBody((await read()).raw, { to: 22 })), 22)).toEqual({ kind: "done" });
    expect((await read()).subscription).toMatchObject({ quantity: 22, refundable: { total: 22 } });
    const { history } = microsoft.partnerCenter;
    await microsoft.clock.advance(20 * 60_000);
    const lines = await history.orderLines(reseller, { customer: LARKSPUR, subscription: IN_WINDOW });
    expect(lines).toContainEqual(expect.objectContaining({ transactionType: "removequantity", quantity: 3 }));
  });
});

test("app-only tokens read and write commerce too, and cannot read the partner's own profile", async () => {
  const appOnly = await startMicrosoft({ commerceToken: "appOnly" });
  try {
    const other = await appOnly.authorizedReseller();
    expect(await appOnly.partnerCenter.subscriptions.list(other, LARKSPUR)).toHaveLength(7);
    const token = await appOnly.accessTokens.get(other);
    await expect(appOnly.partnerCenter.profile.probe(token)).rejects.toMatchObject({ code: "notPartner" });
  } finally {
    await appOnly.close();
  }
});
