import { decodeJwt } from "jose";
import { customerTenants } from "../../local/presets/tenants";
import { anyText } from "./matchers";
import { editRow, eventually, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, grantScope, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, kanzlei } = customerTenants;
const LIST = "/api/v1/csp/changes";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const resellerId = await authorizedReseller(world);
  await connectedTenant(world, resellerId, "mueller");
  await connectedTenant(world, resellerId, "kanzlei");
});
afterAll(() => world.close());

const list = (query = "", as: "admin" | "operator" | "tenantUser" = "admin"): Promise<Answer> =>
  world.send("GET", LIST + query, { as });
const ids = (answer: Answer): unknown[] => itemsIn(answer).map(({ id }) => id);
const tenantsIn = (answer: Answer): unknown[] => itemsIn(answer).map(({ tenantId }) => tenantId);
const bought: string[] = [];

/** A subscription of the customer that seats can be added to. */
async function buyable(tenantId: string): Promise<string> {
  const answer = await world.send("GET", `/api/v1/csp/tenants/${tenantId}/subscriptions`);
  const found = itemsIn(answer).find(({ allowedActions }) =>
    (allowedActions as { action: string; allowed: boolean }[]).some((a) => a.action === "increaseSeats" && a.allowed),
  );
  return String(found?.["id"]);
}

test("a change is listed a moment after it was accepted, and shows its end when it has come", async () => {
  const order: [string, string][] = [
    [mueller.tenantId, subscription(4)],
    [kanzlei.tenantId, await buyable(kanzlei.tenantId)],
    [mueller.tenantId, subscription(5)],
  ];
  for (const [tenantId, subscriptionId] of order) {
    bought.unshift(...(await buySeats(world, tenantId, [{ subscriptionId, delta: 1 }], 15)).changeIds);
  }
  const answer = await eventually(
    () => list(),
    (found) => itemsIn(found).filter(({ state }) => state === "Completed").length === 3,
  );
  expect(ids(answer)).toEqual(bought);
  expect(itemsIn(answer)[2]).toMatchObject({
    ...{ tenantId: mueller.tenantId, tenantName: mueller.name, kind: "quantity", isFinal: true, released: true },
    ...{ subscriptionId: subscription(4), subscriptionName: anyText, ask: { kind: "add", delta: 1 } },
    ...{ outcome: { code: "applied" }, requestedAt: anyText, endedAt: anyText },
  });
});

test("a change that was asked for together with others is listed with them", async () => {
  const items = [6, 7].map((number) => ({ subscriptionId: subscription(number), delta: 1 }));
  const { changeIds } = await buySeats(world, mueller.tenantId, items, 15);
  await eventually(
    () => list(),
    (found) => changeIds.every((id) => ids(found).includes(id)),
  );
});

test("changes are chosen by state, by kind and by tenant", async () => {
  expect(new Set(tenantsIn(await list(`?tenantId=${kanzlei.tenantId}`)))).toEqual(new Set([kanzlei.tenantId]));
  expect(ids(await list(`?tenantId=${kanzlei.tenantId}&state=NeedsReview`))).toEqual([]);
  await world.control("simulator", "POST", "/faults", { kind: "errorBefore", route: "patchSubscription", status: 400 });
  const [failed] = (await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(4), delta: 1 }], 15))
    .changeIds;
  await eventually(
    () => list("?state=PurchaseFailed&kind=quantity"),
    (found) => ids(found).length === 1 && ids(found)[0] === failed,
  );
  const refused = await list("?state=Done&tenantId=4&colour=blue");
  expectProblem(refused, 400, "validation");
  expect(pointersOf(refused).sort()).toEqual(["/query/colour", "/query/state", "/query/tenantId"]);
});

test("every change comes once, however small the pages, and a cursor is good for its own list (cursorInvalid)", async () => {
  const all = ids(await list());
  const walked: unknown[] = [];
  let page = await list("?$top=2");
  const second = textIn(page, "nextLink");
  for (;;) {
    walked.push(...ids(page));
    const { nextLink } = page.body as { nextLink?: string };
    if (nextLink === undefined) break;
    page = await world.send("GET", nextLink);
  }
  expect(walked).toEqual(all);
  expectProblem(await world.send("GET", second.replace("top=2", "top=3")), 400, "cursorInvalid");
  expectProblem(await world.send("GET", second, { as: "tenantUser" }), 400, "cursorInvalid");
});

describe("scope", () => {
  const grant = async (scope: Record<string, unknown>): Promise<void> => {
    const { tid, oid } = decodeJwt<{ tid: string; oid: string }>(await world.tokenOf("operator"));
    await grantScope(world, `${tid}_${oid}`, scope);
  };
  const all = async (): Promise<Answer> => list("?$top=200", "operator");

  test("without a grant there is nothing to see, not even a next page", async () => {
    const answer = await list("?$top=1", "operator");
    expect([answer.status, answer.body]).toEqual([200, { value: [] }]);
  });

  test("a scope of one tenant shows that tenant's, page by page, and its cursors name no other change", async () => {
    await grant({ kind: "some", customerIds: [], tenantIds: [kanzlei.tenantId] });
    expect(tenantsIn(await all())).toEqual([kanzlei.tenantId]);
    const first = await list("?$top=1", "operator");
    expect(first.body).not.toHaveProperty("nextLink");
    expect(ids(await list(`?tenantId=${mueller.tenantId}`, "operator"))).toEqual([]);
  });

  test("a scope of a customer shows its tenants', and cursors name only what was shown", async () => {
    const customerId = textIn(await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}`), "customerId");
    await grant({ kind: "some", customerIds: [customerId], tenantIds: [] });
    const own = ids(await list(`?$top=200&tenantId=${mueller.tenantId}`));
    expect(ids(await all())).toEqual(own);
    const walked: unknown[] = [];
    let page = await list("?$top=1", "operator");
    for (;;) {
      walked.push(...ids(page));
      const { nextLink } = page.body as { nextLink?: string };
      if (nextLink === undefined) break;
      const cursor = new URL(nextLink).searchParams.get("cursor") ?? "";
      expect(Buffer.from(cursor.split(".")[0] ?? "", "base64url").toString()).toBe(JSON.stringify(walked.at(-1)));
      page = await world.send("GET", nextLink, { as: "operator" });
    }
    expect(walked).toEqual(own);
  });

  test("a tenant that has moved to another customer is not seen by the former one any more", async () => {
    const row = `tenant_${mueller.tenantId}`;
    const before = textIn(await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}`), "customerId");
    await editRow(world, row, "tenant", (tenant) => ({ ...tenant, customerId: "c".repeat(26) }));
    const answer = await list("?$top=1", "operator");
    expect(answer.body).toEqual({ value: [] });
    await editRow(world, row, "tenant", (tenant) => ({ ...tenant, customerId: before }));
  });

  test("a customer's own user sees their tenant's changes and no others", async () => {
    expect(new Set(tenantsIn(await list("", "tenantUser")))).toEqual(new Set([mueller.tenantId]));
  });
});
