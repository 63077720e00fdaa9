import { customerTenants, resellerTenants } from "../../local/presets/tenants";
import { expectProblem, startWorld, type World } from "./platform-fixture";
import { addReseller, authorizedReseller, authorizeReseller } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const { mueller, tidewater, larkspur } = customerTenants;

let world: World;
let id: string;
beforeAll(async () => {
  world = await startWorld();
  id = await authorizedReseller(world);
});
afterAll(() => world.close());

const list = (query = "", resellerId = id): Promise<Answer> =>
  world.send("GET", `/api/v1/csp/resellers/${resellerId}/customers${query}`);
const namesIn = (answer: Answer): unknown[] => itemsIn(answer).map(({ name }) => name);
const fault = (body: Record<string, unknown>): Promise<unknown> => world.control("simulator", "POST", "/faults", body);

describe("customers of a reseller, live from Partner Center (C26)", () => {
  test("each customer is shown with its directory, and the one asked for is suggested", async () => {
    const answer = await list(`?tenantId=${mueller.tenantId.toUpperCase()}`);
    expect(answer.status).toBe(200);
    expect(itemsIn(answer)).toContainEqual({
      ...{ id: mueller.tenantId, name: mueller.name, domain: mueller.domain },
      relationshipToPartner: "reseller",
      suggested: true,
    });
    expect(itemsIn(answer).filter(({ suggested }) => suggested)).toHaveLength(1);
  });

  test("a customer who ended the relationship is not offered", async () => {
    expect(namesIn(await list())).not.toContain(tidewater.name);
  });

  test("customers are searched by the start of their name or domain", async () => {
    expect(namesIn(await list("?search=larkspur"))).toEqual([larkspur.name, customerTenants.larkspurCare.name]);
    expect(namesIn(await list(`?search=${larkspur.domain}`))).toEqual([larkspur.name]);
    expect(namesIn(await list("?search=nobody"))).toEqual([]);
  });

  test("pages follow Partner Center's own, and every customer comes once", async () => {
    const all = namesIn(await list("?$top=200"));
    const first = await list("?$top=4");
    const second = await world.send("GET", textIn(first, "nextLink"));
    const third = await world.send("GET", textIn(second, "nextLink"));
    expect([...namesIn(first), ...namesIn(second), ...namesIn(third)]).toEqual(all);
    expect(third.body).not.toHaveProperty("nextLink");
  });

  test("a cursor of another reseller's list is refused (cursorInvalid)", async () => {
    const nextLink = textIn(await list("?$top=4"), "nextLink");
    const other = nextLink.replace(id, "7ybqxpym18gw9d3atgs6tbch4z");
    expectProblem(await world.send("GET", other), 400, "cursorInvalid");
  });

  test("somebody whose scope holds no tenant is offered no customer of any", async () => {
    const answer = await world.send("GET", `/api/v1/csp/resellers/${id}/customers`, { as: "operator" });
    expect({ status: answer.status, items: itemsIn(answer) }).toEqual({ status: 200, items: [] });
  });
});

describe("when Partner Center cannot be asked (C26)", () => {
  test("a reseller nobody authorised is refused before it is asked (resellerNotAuthorized)", async () => {
    const northgate = await addReseller(world, "northgate");
    expectProblem(await list("", northgate), 409, "resellerNotAuthorized");
  });

  test("an unknown reseller is not found", async () => {
    expectProblem(await list("", "7ybqxpym18gw9d3atgs6tbch4z"), 404, "notFound");
  });

  test("a refusal of Partner Center nobody foresaw is named with its code (upstreamError)", async () => {
    await fault({ kind: "errorBefore", route: "listCustomers", status: 400, code: "812345" });
    const refused = await list();
    expectProblem(refused, 502, "upstreamError");
    expect(refused.body).toMatchObject({ remoteStatus: 400, remoteCode: "812345" });
  });

  test("a token without MFA is refused by Partner Center (mfaRequired)", async () => {
    await fault({ kind: "errorBefore", route: "listCustomers", status: 401, code: "900421" });
    expectProblem(await list(), 409, "mfaRequired");
    expectProblem(await list(), 409, "resellerNotAuthorized");
    await authorizeReseller(world, id, { reauthorize: true });
    expect((await list()).status).toBe(200);
  });

  test("a throttle says how long to wait, for every call of the reseller until then (upstreamThrottled)", async () => {
    await fault({ kind: "throttle", route: "listCustomers", seconds: 40 });
    const refused = await list();
    expectProblem(refused, 503, "upstreamThrottled");
    expect(refused.headers.get("retry-after")).toBe("40");
    const again = await list();
    expectProblem(again, 503, "upstreamThrottled");
    expect(Number(again.headers.get("retry-after"))).toBeGreaterThan(35);
    await world.platform.advance(41_000);
    expect((await list()).status).toBe(200);
  });

  test("a sign-in that was withdrawn at Microsoft is found out (resellerNotAuthorized)", async () => {
    const account = `admin@${resellerTenants.nordlicht.domain}`;
    await world.control("entra", "POST", `/accounts/${account}/revoke-sessions`);
    await fault({ kind: "errorBefore", route: "listCustomers", status: 401, code: "400" });
    const refused = await list();
    expectProblem(refused, 409, "resellerNotAuthorized");
    expect(refused.body).toMatchObject({ resellerState: "Revoked" });
  });
});
