import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { sku } from "../../local/partner-center-simulator/catalog/catalog";
import { anyText, textLike, textWith } from "./matchers";
import { editRow, eventually, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { addedTenant, authorizedReseller, authorizeReseller, connectedTenant } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, kanzlei, spedition, harbour, baeckerei } = customerTenants;
const { nordlicht } = resellerTenants;
const sub = (number: number): string => `d0000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

let world: World;
let resellerId: string;
beforeAll(async () => {
  world = await startWorld();
  resellerId = await authorizedReseller(world);
  for (const key of ["mueller", "kanzlei", "spedition", "baeckerei"] as const) {
    await connectedTenant(world, resellerId, key);
  }
  await addedTenant(world, "harbour");
});
afterAll(() => world.close());

interface Edit {
  subscriptionId: string;
  quantity: number;
  etag: string;
}

/** An edit of the subscription as it is now; `delta` seats more or less. */
async function edit(number: number, delta: number, tenantId: string = mueller.tenantId): Promise<Edit> {
  const all = itemsIn(await world.send("GET", `/api/v1/csp/tenants/${tenantId}/subscriptions`));
  const found = all.find(({ id }) => id === sub(number));
  return { subscriptionId: sub(number), quantity: Number(found?.["quantity"]) + delta, etag: String(found?.["etag"]) };
}

const apply = (
  changes: unknown,
  { tenantId = mueller.tenantId, ...more }: { tenantId?: string; wait?: number; key?: string } = {},
): Promise<Answer> =>
  world.send("POST", `/api/v1/csp/tenants/${tenantId}/subscriptions/apply-changes`, {
    body: { changes },
    ...(more.key === undefined ? {} : { key: more.key }),
    headers: more.wait === undefined ? {} : { prefer: `wait=${more.wait}` },
  });
const resultsIn = (answer: Answer): Record<string, unknown>[] =>
  (answer.body as { results: Record<string, unknown>[] }).results;
const fault = (body: Record<string, unknown>): Promise<unknown> => world.control("simulator", "POST", "/faults", body);

/** The writes on a subscription in Partner Center's own books, seats by seats. */
async function writesOf(number: number): Promise<number[]> {
  const { entries } = (await world.control(
    "simulator",
    "GET",
    `/books?subscriptionId=${sub(number)}&effective=true`,
  )) as { entries: { origin: string; effects: { delta: number }[] }[] };
  return entries.filter(({ origin }) => origin !== "seed").flatMap(({ effects }) => effects.map(({ delta }) => delta));
}

describe("changing seats (C32)", () => {
  test("five more seats are accepted, and the answer says where to watch", async () => {
    const answer = await apply([await edit(4, 5)]);
    expect(answer.status).toBe(202);
    const [result] = resultsIn(answer);
    expect(answer.body).toEqual({
      batchId: textLike(/^[0-9a-z]{26}$/),
      results: [{ subscriptionId: sub(4), outcome: "accepted", changeId: anyText, state: anyText }],
    });
    const monitor = `${world.platform.apiUrl}/api/v1/csp/tenants/${mueller.tenantId}/changes/${String(result?.["changeId"])}`;
    expect(answer.headers.get("operation-location")).toBe(monitor);
    expect(answer.headers.get("retry-after")).toBe("2");
    const done = await eventually(
      () => world.send("GET", monitor),
      ({ body }) => (body as { isFinal: boolean }).isFinal,
    );
    expect(done.body).toMatchObject({ state: "Completed", outcome: { quantityBefore: 5, quantityAfter: 10 } });
    expect(await writesOf(4)).toEqual([5]);
  });

  test("who waits is answered when it is done", async () => {
    const answer = await apply([await edit(4, 1)], { wait: 15 });
    expect(answer.headers.get("preference-applied")).toBe("wait=15");
    expect(resultsIn(answer)).toMatchObject([{ state: "Completed" }]);
    expect(await writesOf(4)).toEqual([5, 1]);
  });

  test("several are accepted together, watched together, and each is carried out", async () => {
    const answer = await apply([await edit(5, 2), await edit(6, 3)], { wait: 15 });
    expect(resultsIn(answer)).toMatchObject([{ state: "Completed" }, { state: "Completed" }]);
    const location = answer.headers.get("operation-location") ?? "";
    expect(location).toBe(
      `${world.platform.apiUrl}/api/v1/csp/tenants/${mueller.tenantId}/changes?batchId=${textIn(answer, "batchId")}`,
    );
    const changes = itemsIn(await world.send("GET", location));
    expect(changes.map(({ id }) => id).sort()).toEqual(
      resultsIn(answer)
        .map(({ changeId }) => changeId)
        .sort(),
    );
    expect([await writesOf(5), await writesOf(6)]).toEqual([[2], [3]]);
  });

  test("more seats than there are when its turn comes need no etag", async () => {
    const answer = await apply([{ subscriptionId: sub(2), delta: 2 }], { wait: 15 });
    expect(resultsIn(answer)).toMatchObject([{ subscriptionId: sub(2), outcome: "accepted", state: "Completed" }]);
    expect(await writesOf(2)).toEqual([2]);
  });

  test("seats are given back while Microsoft takes them back, and not one more", async () => {
    const refused = await apply([await edit(1, -6)]);
    expect(resultsIn(refused)).toMatchObject([
      { outcome: "failed", code: "reductionWindowClosed", refundableQuantity: 5, message: textWith("Only 5 of the 6") },
    ]);
    expect(resultsIn(await apply([await edit(1, -2)], { wait: 15 }))).toMatchObject([{ state: "Completed" }]);
    const fewer = { subscriptionId: sub(1), delta: -1 };
    expect(resultsIn(await apply([fewer], { wait: 15 }))).toMatchObject([{ state: "Completed" }]);
    expect(await writesOf(1)).toEqual([-2, -1]);
  });

  test("what waits for the renewal is set again after the seats, for as many seats more", async () => {
    const scheduled = (): unknown =>
      world.platform.simulator.simulation.world.subscriptions.get(sub(3))?.resource.scheduledNextTermInstructions;
    expect(scheduled()).toMatchObject({ quantity: 10, product: { availabilityId: "CFQ7TTC0OLD1" } });
    const answer = await apply([await edit(3, 3)], { wait: 15 });
    const [result] = resultsIn(answer);
    expect(result).toMatchObject({ outcome: "accepted", state: "Completed" });
    const change = await world.send("GET", answer.headers.get("operation-location") ?? "");
    expect(change.body).toMatchObject({
      outcome: { quantityBefore: 12, quantityAfter: 15, schedule: "restored" },
      attempts: [
        { from: 12, to: 15, state: "applied" },
        { from: 15, to: 15, state: "applied" },
      ],
    });
    expect(scheduled()).toMatchObject({ quantity: 13 });
    expect(await writesOf(3)).toEqual([3, 0]);
  });

  test("a request repeated with its key, even at the same moment, buys once", async () => {
    const changes = [await edit(4, 2)];
    const both = await Promise.all([apply(changes, { key: "buy-2" }), apply(changes, { key: "buy-2" })]);
    const later = await apply(changes, { key: "buy-2", wait: 15 });
    const ids = [...both, later].map((answer) => [textIn(answer, "batchId"), resultsIn(answer)[0]?.["changeId"]]);
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
    expect(resultsIn(later)).toMatchObject([{ state: "Completed" }]);
    expect(await writesOf(4)).toEqual([5, 1, 2]);
    expectProblem(await apply([await edit(4, 3)], { key: "buy-2" }), 422, "idempotencyKeyReused");
  });
});

describe("items that cannot be done (C32)", () => {
  const cases: { code: string; status: number; when: string; item: () => Promise<Edit>; tenantId?: string }[] = [
    { code: "badQuantity", status: 400, when: "no seat would be left", item: async () => edit(7, -15) },
    {
      code: "subscriptionNotFound",
      status: 404,
      when: "the tenant has no such subscription",
      item: () => Promise.resolve({ subscriptionId: sub(999), quantity: 5, etag: "x" }),
    },
    {
      code: "notActive",
      status: 409,
      when: "it is suspended",
      item: () => edit(53, 1, spedition.tenantId),
      tenantId: spedition.tenantId,
    },
    {
      code: "scheduleWouldBeLost",
      status: 409,
      when: "what waits for the renewal could not be set again",
      item: async () => {
        const { catalog } = world.platform.simulator.simulation.world;
        const entry = catalog.get(sku.exchangePlan1);
        if (entry) entry.purchasable = false;
        return edit(3, 1);
      },
    },
    {
      code: "etagMismatch",
      status: 412,
      when: "it has changed since it was read",
      item: async () => ({ ...(await edit(7, 1)), etag: "of-yesterday" }),
    },
    {
      code: "reductionWindowClosed",
      status: 422,
      when: "no window for seats is open any more",
      item: () => edit(7, -1),
    },
    { code: "offerLimit", status: 422, when: "the product allows no such number", item: () => edit(1, 10_000) },
  ];

  test.each(cases)("$code: $when; nothing is sent to Microsoft", async ({ code, status, item, tenantId }) => {
    const asked = await item();
    const number = Number(asked.subscriptionId.slice(-6));
    const before = await writesOf(number);
    const answer = await apply([asked], tenantId === undefined ? {} : { tenantId });
    expect(answer.status).toBe(202);
    expect(resultsIn(answer)).toEqual([
      {
        ...{ subscriptionId: asked.subscriptionId, outcome: "failed", status, code, message: anyText },
        ...(code === "reductionWindowClosed" ? { refundableQuantity: 0 } : {}),
      },
    ]);
    expect(await writesOf(number)).toEqual(before);
  });

  test("what is already so is unchanged, and the rest of the batch goes on", async () => {
    const items = [await edit(1, 0), { ...(await edit(2, 1)), etag: "of-yesterday" }, await edit(4, 1)];
    const answer = await apply(items, { wait: 15 });
    expect(resultsIn(answer)).toMatchObject([
      { subscriptionId: sub(1), outcome: "unchanged" },
      { subscriptionId: sub(2), outcome: "failed", code: "etagMismatch" },
      { subscriptionId: sub(4), outcome: "accepted", state: "Completed" },
    ]);
  });

  test("each item is in the audit log, refused ones with their code", async () => {
    const path = `/api/v1/csp/tenants/${mueller.tenantId}/audit-logs?action=subscription.quantity.update&result=failure`;
    const codes = itemsIn(await world.send("GET", path)).map(({ errorCode }) => errorCode);
    expect(new Set(codes)).toEqual(
      new Set([
        ...["badQuantity", "subscriptionNotFound", "scheduleWouldBeLost", "etagMismatch"],
        ...["reductionWindowClosed", "offerLimit"],
      ]),
    );
  });

  test("a batch that is not understood is refused whole, with a pointer to each field at fault", async () => {
    const item = { subscriptionId: sub(1), quantity: 40, etag: "x" };
    const pointers = async (changes: unknown): Promise<string[]> => {
      const refused = await apply(changes);
      expectProblem(refused, 400, "validation");
      return pointersOf(refused);
    };
    expect(await pointers([{ ...item, quantity: 1.5 }])).toEqual(["/body/changes/0/quantity"]);
    expect(await pointers([item, { subscriptionId: sub(2) }, { ...item, delta: 1 }])).toEqual([
      ...["/body/changes/1/delta", "/body/changes/2/delta"],
    ]);
    expect(await pointers([{ subscriptionId: sub(1), delta: 0 }])).toEqual(["/body/changes/0/delta"]);
    expect(await pointers([item, { subscriptionId: sub(2), delta: -1, whenNotRefundable: "schedule" }])).toEqual([
      "/body/changes/1/whenNotRefundable",
    ]);
    expect(await pointers([item, { ...item, subscriptionId: sub(1).toUpperCase() }])).toEqual(["/body/changes"]);
    expect(await pointers([])).toEqual(["/body/changes"]);
    expect(await pointers(Array.from({ length: 21 }, (_, i) => ({ ...item, subscriptionId: sub(i) })))).toEqual([
      "/body/changes",
    ]);
  });
});

describe("when nothing can be accepted (C32)", () => {
  const refusedFor = (tenantId: string): Promise<Answer> =>
    apply([{ subscriptionId: sub(21), quantity: 61, etag: "x" }], { tenantId });

  test("a tenant without a connection (tenantNotConnected), or unknown (notFound)", async () => {
    expectProblem(await refusedFor(harbour.tenantId), 409, "tenantNotConnected");
    expectProblem(await refusedFor(customerTenants.pennine.tenantId), 404, "notFound");
  });

  test("the customer ended the relationship (relationshipRemoved)", async () => {
    await world.control("simulator", "PATCH", `/customers/${baeckerei.tenantId}`, {
      relationships: { [nordlicht.tenantId]: "none" },
    });
    expectProblem(await refusedFor(baeckerei.tenantId), 409, "relationshipRemoved");
  });

  test("Partner Center refuses for a reason nobody foresaw (upstreamError), or for lack of MFA (mfaRequired)", async () => {
    await fault({
      kind: "errorBefore",
      route: "listSubscriptions",
      customerId: kanzlei.tenantId,
      status: 400,
      code: "812345",
    });
    expectProblem(await refusedFor(kanzlei.tenantId), 502, "upstreamError");
    await fault({
      kind: "errorBefore",
      route: "listSubscriptions",
      customerId: kanzlei.tenantId,
      status: 401,
      code: "900421",
    });
    expectProblem(await refusedFor(kanzlei.tenantId), 409, "mfaRequired");
    await authorizeReseller(world, resellerId, { reauthorize: true });
  });

  test("Partner Center asks to wait (upstreamThrottled)", async () => {
    await fault({ kind: "throttle", route: "listSubscriptions", customerId: kanzlei.tenantId, seconds: 40 });
    const refused = await refusedFor(kanzlei.tenantId);
    expectProblem(refused, 503, "upstreamThrottled");
    expect(refused.headers.get("retry-after")).toBe("40");
    await world.platform.advance(41_000);
  });

  test("five hundred changes of the tenant are not finished (tooManyOpenChanges)", async () => {
    const open = Array.from({ length: 500 }, (_, i) => `7ybqxpym18gw9d3atgs6${String(i).padStart(6, "0")}`);
    await editRow(world, `tenant_${kanzlei.tenantId}`, "head", (head) => ({ ...head, openChanges: open }));
    expectProblem(
      await apply([await edit(22, 1, kanzlei.tenantId)], { tenantId: kanzlei.tenantId }),
      409,
      "tooManyOpenChanges",
    );
  });

  test("the reseller's sign-in was withdrawn at Microsoft (resellerNotAuthorized)", async () => {
    await world.control("entra", "POST", `/accounts/admin@${nordlicht.domain}/revoke-sessions`);
    await fault({
      kind: "errorBefore",
      route: "listSubscriptions",
      customerId: kanzlei.tenantId,
      status: 401,
      code: "400",
    });
    expectProblem(await refusedFor(kanzlei.tenantId), 409, "resellerNotAuthorized");
  });
});
