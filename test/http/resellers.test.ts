import { resellerApps } from "../../local/presets/demo-apps";
import { resellerTenants } from "../../local/presets/tenants";
import { anyText, textLike } from "./matchers";
import { expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { addReseller, authorizeReseller, resellerBody } from "./steps";
import { itemsIn, textIn } from "./wire";

const RESELLERS = "/api/v1/csp/resellers";
const { nordlicht, northgate } = resellerTenants;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const namesIn = (answer: Awaited<ReturnType<World["send"]>>): unknown[] =>
  itemsIn(answer).map(({ displayName }) => displayName);

describe("adding a reseller (C3)", () => {
  test("a reseller is added, not authorised yet, at an address of its own and without its secret", async () => {
    const secretExpiresAt = new Date(Date.now() + 12 * 86_400_000).toISOString();
    const body = { ...resellerBody("nordlicht"), displayName: `  ${nordlicht.name} `, secretExpiresAt };
    const added = await world.send("POST", RESELLERS, { body });
    expect(added.status).toBe(201);
    expect(added.body).toEqual({
      id: textLike(/^[0-9a-hjkmnp-tv-z]{26}$/),
      ...{ displayName: nordlicht.name, domain: nordlicht.domain, directoryId: nordlicht.tenantId },
      ...{ applicationId: resellerApps.nordlicht.appId, state: "NotAuthorized", hasSecret: true, secretExpiresAt },
      secretVerified: false,
      secretSetAt: anyText,
      modifiedAt: anyText,
      allowedActions: [
        { action: "authorize", allowed: true },
        { action: "reauthorize", allowed: false, reason: anyText },
        { action: "check", allowed: false, reason: anyText },
      ],
    });
    expect(added.headers.get("location")).toBe(`${world.platform.apiUrl}${RESELLERS}/${textIn(added, "id")}`);
    const got = await world.send("GET", added.headers.get("location") ?? "");
    expect(got.body).toEqual(added.body);
    expect(got.headers.get("etag")).toBe(added.headers.get("etag"));
  });

  test("the secret is in the vault, with the day it expires", () => {
    const stored = world.platform.keyVault.everStored().find(({ value }) => value === resellerApps.nordlicht.secret);
    expect(stored?.enabled).toBe(true);
    expect(stored?.expires?.getTime()).toBeGreaterThan(Date.now() + 11 * 86_400_000);
  });

  test("a name that another reseller has is refused, whatever its case (duplicate)", async () => {
    const body = { ...resellerBody("northgate"), displayName: nordlicht.name.toUpperCase() };
    expectProblem(await world.send("POST", RESELLERS, { body }), 409, "duplicate");
  });

  test("an application of a directory is added once, under any name (duplicate)", async () => {
    const body = { ...resellerBody("nordlicht"), displayName: "The same application" };
    expectProblem(await world.send("POST", RESELLERS, { body }), 409, "duplicate");
  });

  test("a refused reseller leaves no usable secret behind", async () => {
    const body = { ...resellerBody("nordlicht"), displayName: "Leftover", applicationSecret: "left over" };
    expectProblem(await world.send("POST", RESELLERS, { body }), 409, "duplicate");
    const stored = world.platform.keyVault.everStored().filter(({ value }) => value === "left over");
    expect(stored.map(({ enabled }) => enabled)).toEqual([false]);
  });

  test("a domain that no Microsoft directory owns is refused (domainUnresolved)", async () => {
    const body = { ...resellerBody("northgate"), domain: "nobody.example" };
    expectProblem(await world.send("POST", RESELLERS, { body }), 422, "domainUnresolved");
  });

  test("without an answer of Microsoft's sign-in service nothing is added (upstreamError)", async () => {
    await world.control("entra", "POST", "/faults", { route: "discovery", status: 503, retryAfterSeconds: 30 });
    const refused = await world.send("POST", RESELLERS, { body: resellerBody("northgate") });
    expectProblem(refused, 503, "upstreamError");
    expect(refused.headers.get("retry-after")).toBe("30");
    expect(namesIn(await world.send("GET", RESELLERS))).toEqual([nordlicht.name]);
  });

  test("each field at fault is named by its pointer", async () => {
    const body = { displayName: " ", domain: "not a domain", applicationId: "x", secretExpiresAt: "soon", colour: 1 };
    const refused = await world.send("POST", RESELLERS, { body });
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(
      ["applicationId", "applicationSecret", "colour", "displayName", "domain", "secretExpiresAt"].map(
        (field) => `/body/${field}`,
      ),
    );
  });
});

describe("reading resellers (C2, C25, C11)", () => {
  let northgateId: string;
  beforeAll(async () => {
    northgateId = await addReseller(world, "northgate");
    await authorizeReseller(world, northgateId, { account: `admin@${northgate.domain}` });
  });

  test("resellers are listed newest first", async () => {
    expect(namesIn(await world.send("GET", RESELLERS))).toEqual([northgate.name, nordlicht.name]);
  });

  test("they are searched by name and by domain, and chosen by state", async () => {
    const found = async (query: string): Promise<unknown[]> =>
      namesIn(await world.send("GET", `${RESELLERS}?${query}`));
    expect(await found("search=NORDLICHT")).toEqual([nordlicht.name]);
    expect(await found("search=northgatecloud.onmicrosoft")).toEqual([northgate.name]);
    expect(await found("status=Authorized")).toEqual([northgate.name]);
    expect(await found("status=Revoked")).toEqual([]);
    expect(await found("search=north&status=NotAuthorized")).toEqual([]);
  });

  test("an authorised reseller says by whom, and offers to be re-authorised", async () => {
    const { body } = await world.send("GET", `${RESELLERS}/${northgateId}`, { as: "reader" });
    expect(body).toMatchObject({
      ...{ state: "Authorized", authorizedBy: `admin@${northgate.domain}`, authorizedAt: anyText },
      allowedActions: [
        { action: "authorize", allowed: false, reason: anyText },
        { action: "reauthorize", allowed: true },
        { action: "check", allowed: true },
      ],
    });
  });

  test("a list goes on where the page before ended", async () => {
    const first = await world.send("GET", `${RESELLERS}?$top=1`);
    expect(namesIn(first)).toEqual([northgate.name]);
    const nextLink = textIn(first, "nextLink");
    expect(nextLink.startsWith(`${world.platform.apiUrl}${RESELLERS}?`)).toBe(true);
    const second = await world.send("GET", nextLink);
    expect(namesIn(second)).toEqual([nordlicht.name]);
    expect(second.body).not.toHaveProperty("nextLink");
  });

  test("a cursor of our making is good for its own list only (cursorInvalid)", async () => {
    const nextLink = textIn(await world.send("GET", `${RESELLERS}?$top=1`), "nextLink");
    for (const address of [
      `${RESELLERS}?cursor=made-up`,
      nextLink.replace("/csp/resellers", "/csp/customers"),
      `${nextLink}&search=nord`,
      nextLink.replace("cursor=", "cursor=x"),
    ]) {
      const refused = await world.send("GET", address);
      expectProblem(refused, 400, "cursorInvalid");
      expect(pointersOf(refused)).toEqual(["/query/cursor"]);
    }
  });

  test("a cursor of somebody with another scope is refused (cursorInvalid)", async () => {
    const nextLink = textIn(await world.send("GET", `${RESELLERS}?$top=1`), "nextLink");
    expectProblem(await world.send("GET", nextLink, { as: "reader" }), 400, "cursorInvalid");
  });

  test("a query that is not understood is refused, field by field", async () => {
    const refused = await world.send("GET", `${RESELLERS}?$top=0&status=Perfect&colour=blue&search=a&search=b`);
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(["/query/$top", "/query/colour", "/query/search", "/query/status"]);
  });

  test("an id nobody has, and text that is no id, are both not found", async () => {
    for (const id of ["7ybqxpym18gw9d3atgs6tbch4z", "x", "..%2F..", nordlicht.tenantId]) {
      expectProblem(await world.send("GET", `${RESELLERS}/${id}`), 404, "notFound");
    }
  });
});
