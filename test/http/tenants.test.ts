import { customerTenants } from "../../local/presets/tenants";
import { listWith } from "./matchers";
import { eventually, expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { addedTenant, authorizedReseller, connect, consent, createCustomer, registeredTenant } from "./steps";
import { itemsIn, textIn, type Answer } from "./wire";

const TENANTS = "/api/v1/csp/tenants";
const { mueller, baeckerei, kanzlei, klinik, harbour } = customerTenants;

let world: World;
let customerId: string;
beforeAll(async () => {
  world = await startWorld();
  customerId = await createCustomer(world, "Five directories");
});
afterAll(() => world.close());

const register = (body: Record<string, unknown>, id = customerId): Promise<Answer> =>
  world.send("POST", `/api/v1/csp/customers/${id}/tenants`, { body });
const add = (tenantId: string): Promise<Answer> => world.send("POST", TENANTS, { body: { tenantId } });

describe("making a customer's directory known (C20)", () => {
  test("a directory is found by a domain of its own, and is not in the module yet", async () => {
    const registered = await register({ domain: ` ${mueller.domain.toUpperCase()} `, displayName: mueller.name });
    expect(registered.status).toBe(201);
    expect(registered.body).toEqual({
      ...{ tenantId: mueller.tenantId, customerId, displayName: mueller.name, domain: mueller.domain },
      consent: { state: "NeedsConsent", permissions: [] },
      inModule: false,
      ...{ connectionState: "NotConnected", customerName: "Five directories" },
    });
    expect(registered.headers.get("location")).toBe(`${world.platform.apiUrl}${TENANTS}/${mueller.tenantId}`);
    expect(registered.headers.get("etag")).toMatch(/^"[\w-]+"$/);
  });

  test("a directory is found by its tenant id too", async () => {
    const registered = await register({ tenantId: baeckerei.tenantId.toUpperCase(), displayName: baeckerei.name });
    expect(registered.body).toMatchObject({ tenantId: baeckerei.tenantId, displayName: baeckerei.name });
  });

  test("a directory belongs to one customer (tenantExists)", async () => {
    const other = await createCustomer(world, "Somebody else");
    const body = { domain: mueller.domain, displayName: "The same again" };
    expectProblem(await register(body, other), 409, "tenantExists");
    expectProblem(await register({ ...body, tenantId: undefined }), 409, "tenantExists");
  });

  test("what Microsoft does not know is refused (unresolved)", async () => {
    expectProblem(await register({ domain: "nobody.example", displayName: "Nobody" }), 422, "unresolved");
    const tenantId = "00000000-0000-4000-8000-00000000abcd";
    expectProblem(await register({ tenantId, displayName: "Nobody" }), 422, "unresolved");
    expectProblem(await register({ domain: "common", displayName: "Everybody" }), 422, "unresolved");
  });

  test("without an answer of Microsoft's sign-in service nothing is registered (upstreamError)", async () => {
    await world.control("entra", "POST", "/faults", { route: "discovery", status: 503, retryAfterSeconds: 30 });
    const refused = await register({ domain: klinik.domain, displayName: klinik.name });
    expectProblem(refused, 503, "upstreamError");
    expect(refused.headers.get("retry-after")).toBe("30");
    expectProblem(await world.send("GET", `${TENANTS}/${klinik.tenantId}`), 404, "notFound");
  });

  test("a directory is named in one way, neither in none nor in both", async () => {
    for (const body of [{}, { domain: klinik.domain, tenantId: klinik.tenantId }]) {
      const refused = await register({ ...body, displayName: "Which?" });
      expectProblem(refused, 400, "validation");
      expect(pointersOf(refused)).toEqual(["/body/domain"]);
    }
    expect(pointersOf(await register({ tenantId: "x", displayName: "" })).sort()).toEqual([
      "/body/displayName",
      "/body/tenantId",
    ]);
  });

  test("a customer nobody knows has no directories", async () => {
    const body = { domain: klinik.domain, displayName: klinik.name };
    expectProblem(await register(body, "7ybqxpym18gw9d3atgs6tbch4z"), 404, "notFound");
  });
});

describe("adding a tenant to the module (C23)", () => {
  test("a tenant that has not consented is not added (consentRequired)", async () => {
    expectProblem(await add(mueller.tenantId), 409, "consentRequired");
  });

  test("a directory nobody registered is not found", async () => {
    expectProblem(await add(harbour.tenantId), 404, "notFound");
  });

  test("after the consent it is added, not connected, and only once (tenantAlreadyAdded)", async () => {
    await consent(world, "mueller");
    const added = await add(mueller.tenantId);
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ tenantId: mueller.tenantId, inModule: true, consent: { state: "Consented" } });
    expect(added.body).not.toHaveProperty("connection");
    expect(added.headers.get("location")).toBe(`${world.platform.apiUrl}${TENANTS}/${mueller.tenantId}`);
    expectProblem(await add(mueller.tenantId), 409, "tenantAlreadyAdded");
  });

  test("somebody whose scope does not hold the tenant cannot add it, and it stays as it was", async () => {
    await registeredTenant(world, "kanzlei");
    await consent(world, "kanzlei");
    const refused = await world.send("POST", TENANTS, { as: "operator", body: { tenantId: kanzlei.tenantId } });
    expectProblem(refused, 404, "notFound");
    const { body } = await world.send("GET", `${TENANTS}/${kanzlei.tenantId}`);
    expect(body).toMatchObject({ inModule: false });
  });
});

describe("reading tenants (C17, C30)", () => {
  const listed = async (query = ""): Promise<unknown[]> =>
    itemsIn(await world.send("GET", `${TENANTS}${query}`)).map(({ displayName }) => displayName);

  test("a tenant is read with its ETag, which changes with it", async () => {
    const before = await world.send("GET", `${TENANTS}/${klinik.tenantId}`);
    expect(before.status).toBe(404);
    await registeredTenant(world, "klinik");
    const registered = await world.send("GET", `${TENANTS}/${klinik.tenantId.toUpperCase()}`);
    expect(registered.body).toMatchObject({ tenantId: klinik.tenantId, inModule: false });
    await consent(world, "klinik");
    const consented = await world.send("GET", `${TENANTS}/${klinik.tenantId}`);
    expect(consented.headers.get("etag")).not.toBe(registered.headers.get("etag"));
  });

  test("the list shows what is in the module, a moment after it was added", async () => {
    await add(klinik.tenantId);
    expect(await eventually(listed, (names) => names.length === 2)).toEqual(listWith([mueller.name, klinik.name]));
    expect(await listed()).not.toContain(kanzlei.name);
  });

  test("it is searched by name, domain and id, and chosen by customer and connection", async () => {
    expect(await listed(`?search=${encodeURIComponent("SÖHNE")}`)).toEqual([mueller.name]);
    expect(await listed(`?search=${klinik.domain}`)).toEqual([klinik.name]);
    expect(await listed(`?search=${mueller.tenantId.slice(0, 8)}`)).toEqual([mueller.name]);
    expect(await listed(`?customerId=${customerId}`)).toEqual([mueller.name]);
    expect(await listed("?state=Connected")).toEqual([]);
    await connect(world, mueller.tenantId, await authorizedReseller(world));
    expect(
      await eventually(
        () => listed("?state=Connected"),
        (names) => names.length > 0,
      ),
    ).toEqual([mueller.name]);
    expect(await listed("?state=NotConnected")).toEqual([klinik.name]);
  });

  test("every tenant comes once, however small the pages", async () => {
    await addedTenant(world, "spedition");
    const all = await eventually(listed, (names) => names.length === 3);
    const first = await world.send("GET", `${TENANTS}?$top=2`);
    const second = await world.send("GET", textIn(first, "nextLink"));
    const names = [...itemsIn(first), ...itemsIn(second)].map(({ displayName }) => displayName);
    expect(names).toEqual(all);
    expect(second.body).not.toHaveProperty("nextLink");
  });

  test("a cursor made up is refused (cursorInvalid)", async () => {
    expectProblem(await world.send("GET", `${TENANTS}?cursor=e30.AAAA`), 400, "cursorInvalid");
  });

  test("a customer's own user sees the own tenant, and no other", async () => {
    const own = await world.send("GET", `${TENANTS}/${mueller.tenantId}`, { as: "tenantUser" });
    expect(own.body).toMatchObject({ tenantId: mueller.tenantId });
    expectProblem(await world.send("GET", `${TENANTS}/${klinik.tenantId}`, { as: "tenantUser" }), 404, "notFound");
    const list = itemsIn(await world.send("GET", TENANTS, { as: "tenantUser" }));
    expect(list.map(({ tenantId }) => tenantId)).toEqual([mueller.tenantId]);
  });
});
