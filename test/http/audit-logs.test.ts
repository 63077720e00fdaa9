import { customerTenants } from "../../local/presets/tenants";
import { anyText, listWith, textLike } from "./matchers";
import { expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { authorizedReseller, buySeats, connectedTenant, consent, subscription } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, kanzlei } = customerTenants;
const LOG = `/api/v1/csp/tenants/${mueller.tenantId}/audit-logs`;

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const resellerId = await authorizedReseller(world);
  await connectedTenant(world, resellerId, "mueller");
  await connectedTenant(world, resellerId, "kanzlei");
  await consent(world, "mueller", { consent: "decline" });
  const changes = [{ subscriptionId: subscription(4), delta: 5 }];
  await buySeats(world, mueller.tenantId, changes, 15, {
    "x-correlation-id": "order-of-monday",
    "x-forwarded-for": "192.0.2.7",
  });
  await buySeats(world, mueller.tenantId, [{ subscriptionId: subscription(3), delta: 1 }]);
});
afterAll(() => world.close());

const read = (query = ""): Promise<Answer> => world.send("GET", `${LOG}?$top=200${query}`);
const actionsIn = (answer: Answer): unknown[] => itemsIn(answer).map(({ action }) => action);

describe("the audit log of a tenant (C46)", () => {
  test("everything done for the tenant is there, newest first", async () => {
    const entries = itemsIn(await read());
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => entries.length - i));
    const actions = entries.map(({ action }) => String(action)).reverse();
    expect(actions.filter((action) => /^(tenant|connection)\./.test(action))).toEqual([
      ...["tenant.register", "tenant.consent.success", "tenant.add", "connection.create", "tenant.consent.fail"],
    ]);
    expect(actions).toContain("subscription.quantity.update");
  });

  test("an entry says who, what, before and after, and finds the request in every log", async () => {
    const [entry] = itemsIn(await read("&action=subscription.quantity.update&result=success"));
    expect(entry).toMatchObject({
      actor: { kind: "user", name: textLike(/^admin@/) },
      object: { type: "subscription", id: subscription(4), name: anyText },
      ...{ result: "success", before: { quantity: 5 }, after: { quantity: 10 } },
      ...{ tenantId: mueller.tenantId, subscriptionId: subscription(4), changeId: anyText },
      ...{ correlationId: "order-of-monday", clientIp: "192.0.2.7" },
    });
    expect(world.hostLines.some((line) => line.includes("order-of-monday"))).toBe(true);
  });

  test("the chain that seals the entries stays inside", async () => {
    for (const entry of itemsIn(await read())) {
      expect(Object.keys(entry)).not.toEqual(listWith(["attemptId"]));
      expect(Object.keys(entry)).not.toEqual(listWith(["previousHash"]));
    }
  });

  test("failures are there with their reason", async () => {
    const failures = itemsIn(await read("&result=failure"));
    expect(failures.map(({ action, errorCode }) => [action, errorCode])).toEqual([
      ["subscription.quantity.update", "scheduleWouldBeLost"],
      ["tenant.consent.fail", "accessDenied"],
    ]);
  });

  test("it is chosen by actor, subscription and time", async () => {
    const all = itemsIn(await read());
    const [{ actor, at } = {}] = itemsIn(await read("&action=tenant.add"));
    const { id, name } = actor as { id: string; name: string };
    const byName = itemsIn(await read(`&actor=${name}`));
    expect(byName).toEqual(itemsIn(await read(`&actor=${id}`)));
    expect(byName.length).toBeGreaterThan(4);
    expect(byName.length).toBeLessThan(all.length);
    const ofOne = itemsIn(await read(`&subscriptionId=${subscription(3)}`));
    expect(ofOne).toMatchObject([{ result: "failure" }]);
    const since = all.filter((entry) => String(entry["at"]) >= String(at));
    expect(itemsIn(await read(`&from=${String(at)}`))).toEqual(since);
    expect(itemsIn(await read(`&to=${String(at)}`))).toEqual(all.slice(since.length));
  });

  test("every entry comes once, however small the pages", async () => {
    const all = actionsIn(await read());
    const paged: unknown[] = [];
    let page = await world.send("GET", `${LOG}?$top=2`);
    for (;;) {
      paged.push(...actionsIn(page));
      if (!page.text.includes("nextLink")) break;
      page = await world.send("GET", textIn(page, "nextLink"));
    }
    expect(paged).toEqual(all);
  });

  test("a cursor of another tenant's log is refused (cursorInvalid)", async () => {
    const nextLink = textIn(await world.send("GET", `${LOG}?$top=1`), "nextLink");
    expectProblem(await world.send("GET", nextLink.replace(mueller.tenantId, kanzlei.tenantId)), 400, "cursorInvalid");
  });

  test("a query that is not understood is refused", async () => {
    const refused = await read("&from=yesterday&result=perhaps");
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(["/query/from", "/query/result"]);
  });

  test("a customer's own user reads the tenant's log, and no other; an unknown tenant has none", async () => {
    expect(itemsIn(await world.send("GET", `${LOG}?$top=200`, { as: "tenantUser" }))).toEqual(itemsIn(await read()));
    const others = `/api/v1/csp/tenants/${kanzlei.tenantId}/audit-logs`;
    expectProblem(await world.send("GET", others, { as: "tenantUser" }), 404, "notFound");
    const unknown = `/api/v1/csp/tenants/${customerTenants.pennine.tenantId}/audit-logs`;
    expectProblem(await world.send("GET", unknown), 404, "notFound");
  });
});
