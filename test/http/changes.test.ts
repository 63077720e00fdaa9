import { customerTenants } from "../../local/presets/tenants";
import { textLike } from "./matchers";
import { eventually, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, kanzlei } = customerTenants;
const CHANGES = `/api/v1/csp/tenants/${mueller.tenantId}/changes`;
const seats = (number: number, delta: number): Record<string, unknown> => ({
  subscriptionId: subscription(number),
  delta,
});

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const resellerId = await authorizedReseller(world);
  await connectedTenant(world, resellerId, "mueller");
  await connectedTenant(world, resellerId, "kanzlei");
});
afterAll(() => world.close());

const get = (id: string): Promise<Answer> => world.send("GET", `${CHANGES}/${id}`);
const stateOf = ({ body }: Answer): string => (body as { state: string }).state;
const fault = (body: Record<string, unknown>): Promise<unknown> => world.control("simulator", "POST", "/faults", body);

describe("one change (C68)", () => {
  test("a change that is done tells what became of it, and how that is known", async () => {
    const [id = ""] = (await buySeats(world, mueller.tenantId, [seats(4, 5)], 15)).changeIds;
    const answer = await get(id);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("retry-after")).toBeNull();
    expect(answer.body).toMatchObject({
      ...{ id, kind: "quantity", state: "Completed", isFinal: true, subscriptionId: subscription(4) },
      ...{ ask: { kind: "add", delta: 5 }, requestedBy: textLike(/^admin@/) },
      outcome: { quantityBefore: 5, quantityAfter: 10 },
      attempts: [{ number: 1, from: 5, to: 10, state: "applied", answer: { kind: "done" }, proof: { by: "answer" } }],
    });
    const { timeline } = answer.body as { timeline: { at: string }[] };
    expect(timeline.length).toBeGreaterThan(2);
    expect(timeline.map(({ at }) => at)).toEqual(timeline.map(({ at }) => at).sort());
  });

  test("its request ids are those of the write in Partner Center's own books", async () => {
    const [id = ""] = (await buySeats(world, mueller.tenantId, [seats(5, 1)], 15)).changeIds;
    const { attempts } = (await get(id)).body as { attempts: { requestId: string; correlationIds: string[] }[] };
    const books = await world.control("simulator", "GET", `/books?requestId=${attempts[0]?.requestId ?? ""}`);
    expect(books).toMatchObject({
      entries: [{ subscriptionId: subscription(5), correlationId: attempts[0]?.correlationIds[0], effective: true }],
    });
  });

  test("while it is not done, the answer says when to ask again", async () => {
    await fault({ kind: "holdBefore", route: "patchSubscription" });
    const [id = ""] = (await buySeats(world, mueller.tenantId, [seats(6, 1)])).changeIds;
    const open = await eventually(
      () => get(id),
      ({ body }) => (body as { attempts: unknown[] }).attempts.length > 0,
    );
    expect(open.headers.get("retry-after")).toBe("2");
    expect(open.body).toMatchObject({ state: "Purchasing", isFinal: false, attempts: [{ state: "open" }] });
    await world.control("simulator", "DELETE", "/faults");
    const done = await eventually(
      () => get(id),
      (answer) => stateOf(answer) === "Completed",
    );
    expect(done.headers.get("retry-after")).toBeNull();
  });

  test("what Microsoft refuses ends with Microsoft's code and our sentence", async () => {
    await fault({ kind: "errorBefore", route: "patchSubscription", status: 400, code: "800061" });
    const [id = ""] = (await buySeats(world, mueller.tenantId, [seats(7, 1)], 15)).changeIds;
    expect((await get(id)).body).toMatchObject({
      ...{ state: "PurchaseFailed", isFinal: true },
      outcome: { microsoftCode: "800061", message: textLike(/\w+/) },
      attempts: [{ state: "notApplied", answer: { kind: "refused", status: 400, code: "800061" } }],
    });
  });

  test("a change is found under its own tenant only", async () => {
    const [{ id } = {}] = itemsIn(await world.send("GET", CHANGES));
    expectProblem(
      await world.send("GET", `/api/v1/csp/tenants/${kanzlei.tenantId}/changes/${String(id)}`),
      404,
      "notFound",
    );
    expectProblem(await get("7ybqxpym18gw9d3atgs6tbch4z"), 404, "notFound");
    expectProblem(await get("x"), 404, "notFound");
  });
});

describe("the changes of a tenant (C68)", () => {
  const ids = (answer: Answer): unknown[] => itemsIn(answer).map(({ id }) => id);
  const list = (query = ""): Promise<Answer> => world.send("GET", CHANGES + query);

  test("they are listed newest first, and each as it is read alone", async () => {
    const all = itemsIn(await list());
    expect(all).toHaveLength(4);
    const dates = all.map(({ requestedAt }) => String(requestedAt));
    expect(dates).toEqual([...dates].sort().reverse());
    expect((await get(String(all[0]?.["id"]))).body).toEqual(all[0]);
  });

  test("they are chosen by state and by the request they were asked for in", async () => {
    expect(itemsIn(await list("?state=PurchaseFailed"))).toMatchObject([{ subscriptionId: subscription(7) }]);
    expect(ids(await list("?state=NeedsReview"))).toEqual([]);
    const { batchId, changeIds } = await buySeats(world, mueller.tenantId, [seats(4, 1), seats(5, 1)], 15);
    expect(ids(await list(`?batchId=${batchId}`)).sort()).toEqual([...changeIds].sort());
  });

  test("every change comes once, however small the pages", async () => {
    const all = ids(await list());
    const first = await list("?$top=4");
    const second = await world.send("GET", textIn(first, "nextLink"));
    expect([...ids(first), ...ids(second)]).toEqual(all);
    expect(second.body).not.toHaveProperty("nextLink");
  });

  test("a cursor of another tenant's changes is refused (cursorInvalid)", async () => {
    const nextLink = textIn(await list("?$top=1"), "nextLink");
    expectProblem(await world.send("GET", nextLink.replace(mueller.tenantId, kanzlei.tenantId)), 400, "cursorInvalid");
  });

  test("a query that is not understood is refused", async () => {
    const refused = await list("?state=Done&batchId=1");
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(["/query/batchId", "/query/state"]);
  });

  test("a customer's own user sees the tenant's changes", async () => {
    const own = await world.send("GET", CHANGES, { as: "tenantUser" });
    expect(ids(own)).toEqual(ids(await list()));
    const others = `/api/v1/csp/tenants/${kanzlei.tenantId}/changes`;
    expectProblem(await world.send("GET", others, { as: "tenantUser" }), 404, "notFound");
  });
});
