import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { anyNumber, anyText, textLike, textWith } from "./matchers";
import { eventually, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { addedTenant, authorizedReseller, authorizeReseller, buySeats, connectedTenant, subscription } from "./steps";
import { itemsIn, type Answer } from "./wire";

const { mueller, baeckerei, harbour } = customerTenants;
const { nordlicht } = resellerTenants;

let world: World;
let resellerId: string;
beforeAll(async () => {
  world = await startWorld();
  resellerId = await authorizedReseller(world);
  await connectedTenant(world, resellerId, "mueller");
  await connectedTenant(world, resellerId, "baeckerei");
  await addedTenant(world, "harbour");
});
afterAll(() => world.close());

const list = (query = "", tenantId: string = mueller.tenantId): Promise<Answer> =>
  world.send("GET", `/api/v1/csp/tenants/${tenantId}/subscriptions${query}`);
const fault = (body: Record<string, unknown>): Promise<unknown> => world.control("simulator", "POST", "/faults", body);
const named = (answer: Answer, name: string): Record<string, unknown> | undefined =>
  itemsIn(answer).find((item) => item["name"] === name);

describe("a tenant's subscriptions, live from Partner Center (C31)", () => {
  test("each is shown with what can be done with it, and an etag to name it by", async () => {
    const answer = await list();
    expect(answer.status).toBe(200);
    expect(itemsIn(answer)).toHaveLength(7);
    expect(named(answer, "Business Premium Stammbelegschaft")).toEqual({
      ...{ id: "d0000000-0000-4000-8000-000000000001", etag: textLike(/^[\w-]{22}$/) },
      ...{ name: "Business Premium Stammbelegschaft", offerName: "Microsoft 365 Business Premium" },
      ...{ productSku: textLike(/^[0-9A-Z]+:[0-9A-Z]+$/), status: "active", quantity: 33 },
      ...{ term: "P1Y", billingCycle: "monthly", autoRenew: true, isTrial: false, hasScheduledChange: false },
      commitmentEndsAt: anyText,
      cancellationAllowedUntil: anyText,
      refundable: { quantity: 5, until: anyText },
      allowedActions: [
        { action: "increaseSeats", allowed: true },
        { action: "decreaseSeats", allowed: true },
        { action: "reactivate", allowed: false, reason: textWith("not suspended") },
        { action: "cancel", allowed: false, reason: textWith("not suspended") },
        { action: "viewParent", allowed: false, reason: textWith("not pending") },
      ],
    });
    const asOf = Date.parse((answer.body as { asOf: string }).asOf);
    expect(Math.abs(asOf - world.platform.clock.nowMs())).toBeLessThan(60_000);
  });

  test("an action that is not possible says why", async () => {
    const actionsOf = (item: Record<string, unknown> | undefined): Record<string, unknown>[] =>
      item?.["allowedActions"] as Record<string, unknown>[];
    const cal = itemsIn(await list("?search=d0000000-0000-4000-8000-000000000007"))[0];
    expect(actionsOf(cal)).toContainEqual({
      ...{ action: "decreaseSeats", allowed: false },
      reason: textWith("No seats can be given back"),
    });
    const [pending] = itemsIn(await list("?status=PENDING", baeckerei.tenantId));
    expect(actionsOf(pending).filter(({ allowed }) => allowed)).toEqual([]);
    expect(actionsOf(pending)).toContainEqual({
      ...{ action: "increaseSeats", allowed: false, reason: "The subscription is pending, not active." },
    });
    expect(actionsOf(pending).every(({ reason }) => typeof reason === "string" && reason !== "")).toBe(true);
  });

  test("what waits for the renewal is told", async () => {
    const [scheduled] = itemsIn(await list("?search=d0000000-0000-4000-8000-000000000003"));
    expect(scheduled).toMatchObject({
      quantity: 12,
      hasScheduledChange: true,
      scheduledChanges: [{ action: "RenewToNewTerm", quantity: 10, term: "P1Y", billingCycle: "monthly" }],
    });
  });

  test("licences are rolled up over all subscriptions: seats, free seats, and those that wait to be bought", async () => {
    const { simulation } = world.platform.simulator;
    const hold = simulation.faults.add({ kind: "holdBefore", route: "writes", count: null });
    try {
      await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(2), delta: 3 }]);
      const { licences } = (await list("?status=none")).body as { licences: Record<string, unknown>[] };
      const premium = licences.find(({ name }) => name === "Microsoft 365 Business Premium");
      expect(premium).toEqual({
        ...{ productSku: anyText, name: anyText, totalSeats: 39, availableSeats: anyNumber },
        ...{ pendingApproval: 0, pendingPurchase: 3 },
      });
    } finally {
      simulation.faults.clear(hold.id);
    }
    const done = await eventually(
      async () => (await list()).body as { licences: { name: string; totalSeats: number; pendingPurchase: number }[] },
      ({ licences }) => licences.some(({ totalSeats }) => totalSeats === 42),
    );
    expect(done.licences.find(({ totalSeats }) => totalSeats === 42)?.pendingPurchase).toBe(0);
  });

  test("what only further reads tell is left out when they fail, and the list is there all the same", async () => {
    await fault({ kind: "errorBefore", route: "listSubscribedSkus", status: 403, code: "900308" });
    await world.platform.advance(16 * 60_000);
    await fault({ kind: "errorBefore", route: "getSubscription", status: 400, code: "812345" });
    const answer = await list("?search=d0000000-0000-4000-8000-000000000001");
    const [shown] = itemsIn(answer);
    expect(shown).not.toHaveProperty("refundable");
    expect(shown?.["allowedActions"]).toContainEqual({
      ...{ action: "decreaseSeats", allowed: false, reason: textWith("does not tell right now") },
    });
    const { licences } = answer.body as { licences: Record<string, unknown>[] };
    expect(licences.some((licence) => "availableSeats" in licence)).toBe(false);
  });

  test("they are chosen by status and searched by name, product and id", async () => {
    const names = async (query: string): Promise<unknown[]> => itemsIn(await list(query)).map(({ name }) => name);
    expect(await names("?search=SAISON")).toEqual(["Business Premium Saisonkräfte"]);
    expect(await names("?search=business premium&status=active")).toHaveLength(2);
    expect(await names("?search=d0000000-0000-4000-8000-000000000002")).toEqual(["Business Premium Saisonkräfte"]);
    expect(await names("?status=suspended")).toEqual([]);
  });

  test("a trial is marked as one", async () => {
    const trials = itemsIn(await list("", baeckerei.tenantId)).filter(({ isTrial }) => isTrial);
    expect(trials).toHaveLength(1);
  });

  test("seats that somebody added in the portal of Partner Center show at once, under a new etag", async () => {
    const before = named(await list(), "Business Premium Saisonkräfte");
    const change = { subscriptionId: before?.["id"], delta: 3 };
    await world.control("simulator", "POST", "/outside-change", change);
    const after = named(await list(), "Business Premium Saisonkräfte");
    expect(after?.["quantity"]).toBe(Number(before?.["quantity"]) + 3);
    expect(after?.["etag"]).not.toBe(before?.["etag"]);
  });

  test("one that was suspended in the portal can be looked at and no more", async () => {
    await world.control("simulator", "POST", "/outside-change", {
      subscriptionId: "d0000000-0000-4000-8000-000000000011",
      status: "suspended",
    });
    const answer = await list("?status=suspended", baeckerei.tenantId);
    expect(itemsIn(answer)).toMatchObject([{ status: "suspended" }]);
    const [suspended] = itemsIn(answer);
    expect((suspended?.["allowedActions"] as { allowed: boolean }[]).filter(({ allowed }) => allowed)).toEqual([]);
  });

  test("a query that is not understood is refused", async () => {
    const refused = await list("?state=active");
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused)).toEqual(["/query/state"]);
  });
});

describe("when subscriptions cannot be read (C31)", () => {
  test("a tenant without a connection has none to show (tenantNotConnected)", async () => {
    expectProblem(await list("", harbour.tenantId), 409, "tenantNotConnected");
  });

  test("a tenant nobody registered is not found", async () => {
    expectProblem(await list("", customerTenants.pennine.tenantId), 404, "notFound");
  });

  test("a customer who ended the relationship is told apart from an outage (relationshipRemoved)", async () => {
    const relationships = (kind: string): Promise<unknown> =>
      world.control("simulator", "PATCH", `/customers/${baeckerei.tenantId}`, {
        relationships: { [nordlicht.tenantId]: kind },
      });
    await relationships("none");
    expectProblem(await list("", baeckerei.tenantId), 409, "relationshipRemoved");
    await relationships("reseller");
    expect((await list("", baeckerei.tenantId)).status).toBe(200);
  });

  test("a refusal of Partner Center nobody foresaw is named with its code (upstreamError)", async () => {
    await fault({ kind: "errorBefore", route: "listSubscriptions", status: 400, code: "812345" });
    const refused = await list();
    expectProblem(refused, 502, "upstreamError");
    expect(refused.body).toMatchObject({ remoteStatus: 400, remoteCode: "812345" });
  });

  test("a short outage of Partner Center is waited out, and nobody notices", async () => {
    await fault({ kind: "dropBefore", route: "listSubscriptions" });
    expect((await list()).status).toBe(200);
  });

  test("a token without MFA is refused by Partner Center (mfaRequired)", async () => {
    await fault({ kind: "errorBefore", route: "listSubscriptions", status: 401, code: "900421" });
    expectProblem(await list(), 409, "mfaRequired");
    await authorizeReseller(world, resellerId, { reauthorize: true });
  });

  test("a throttle says how long to wait (upstreamThrottled)", async () => {
    await fault({ kind: "throttle", route: "listSubscriptions", seconds: 40 });
    const refused = await list();
    expectProblem(refused, 503, "upstreamThrottled");
    expect(refused.headers.get("retry-after")).toBe("40");
    await world.platform.advance(41_000);
    expect((await list()).status).toBe(200);
  });

  test("a sign-in that was withdrawn at Microsoft is found out (resellerNotAuthorized)", async () => {
    await world.control("entra", "POST", `/accounts/admin@${nordlicht.domain}/revoke-sessions`);
    await fault({ kind: "errorBefore", route: "listSubscriptions", status: 401, code: "400" });
    const refused = await list();
    expectProblem(refused, 409, "resellerNotAuthorized");
    expect(refused.body).toMatchObject({ resellerState: "Revoked" });
  });
});
