import { anyText, textLike } from "./matchers";
import { expectProblem, pointersOf, startWorld, type World } from "./platform-fixture";
import { itemsIn, textIn, type Answer } from "./wire";

const CUSTOMERS = "/api/v1/csp/customers";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const create = (body: unknown): Promise<Answer> => world.send("POST", CUSTOMERS, { body });
const change = (address: string, etag: string, body: unknown, key?: string): Promise<Answer> =>
  world.send("PATCH", address, { body, headers: { "if-match": etag }, ...(key === undefined ? {} : { key }) });
const etagOf = (answer: Answer): string => answer.headers.get("etag") ?? "";

describe("creating customers (C63)", () => {
  test("a customer is created at an address of its own, with the name as people write it", async () => {
    const created = await create({ name: "  Müller & Söhne ", externalReference: "K-1001" });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: textLike(/^[0-9a-hjkmnp-tv-z]{26}$/),
      name: "Müller & Söhne",
      externalReference: "K-1001",
      createdAt: anyText,
      modifiedAt: anyText,
    });
    expect(created.headers.get("location")).toBe(`${world.platform.apiUrl}${CUSTOMERS}/${textIn(created, "id")}`);
    expect(etagOf(created)).toMatch(/^"[\w-]+"$/);
    const got = await world.send("GET", created.headers.get("location") ?? "");
    expect({ status: got.status, body: got.body, etag: etagOf(got) }).toEqual({
      ...{ status: 200, body: created.body, etag: etagOf(created) },
    });
  });

  test("two customers of one name are not told apart by case or spaces (duplicate)", async () => {
    await create({ name: "Larkspur Dental" });
    for (const name of ["larkspur DENTAL", " Larkspur Dental  "]) {
      expectProblem(await create({ name }), 409, "duplicate");
    }
    expect((await create({ name: "Larkspur Dental Care" })).status).toBe(201);
  });

  test("of many who create one name at the same moment, one succeeds", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => create({ name: "Everybody's customer" })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  test("each field at fault is named by its pointer", async () => {
    const refused = await create({ name: "x".repeat(101), externalReference: 7, colour: "blue" });
    expectProblem(refused, 400, "validation");
    expect(pointersOf(refused).sort()).toEqual(["/body/colour", "/body/externalReference", "/body/name"]);
    expect(pointersOf(await create([]))).toEqual(["/body"]);
    expect(pointersOf(await world.send("POST", CUSTOMERS))).toEqual(["/body"]);
  });
});

describe("changing customers (C63)", () => {
  test("a rename gives the customer a new ETag, and the old name back to others", async () => {
    const created = await create({ name: "Before the marriage" });
    const address = created.headers.get("location") ?? "";
    const changed = await change(address, etagOf(created), { name: "After the marriage" });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ id: textIn(created, "id"), name: "After the marriage" });
    expect(etagOf(changed)).not.toBe(etagOf(created));
    expect((await world.send("GET", address)).body).toEqual(changed.body);
    expectProblem(await create({ name: "after the marriage" }), 409, "duplicate");
    expect((await create({ name: "Before the marriage" })).status).toBe(201);
  });

  test("a field that is not named stays as it is", async () => {
    const created = await create({ name: "Two fields", externalReference: "K-2" });
    const address = created.headers.get("location") ?? "";
    const changed = await change(address, etagOf(created), { externalReference: "K-3" });
    expect(changed.body).toMatchObject({ name: "Two fields", externalReference: "K-3" });
  });

  test("a name that another customer has is refused (duplicate), one's own in other case is not", async () => {
    await create({ name: "Taken" });
    const created = await create({ name: "Free" });
    const address = created.headers.get("location") ?? "";
    expectProblem(await change(address, etagOf(created), { name: "TAKEN" }), 409, "duplicate");
    expect((await change(address, etagOf(created), { name: "FREE" })).body).toMatchObject({ name: "FREE" });
  });

  test("who changes what they did not read is refused, and nothing is lost (etagMismatch)", async () => {
    const created = await create({ name: "Read by two" });
    const address = created.headers.get("location") ?? "";
    const [first, second] = await Promise.all([
      change(address, etagOf(created), { externalReference: "first" }),
      change(address, etagOf(created), { externalReference: "second" }),
    ]);
    const [won, lost] = first.status === 200 ? [first, second] : [second, first];
    expectProblem(lost, 412, "etagMismatch");
    expect((await world.send("GET", address)).body).toEqual(won.body);
  });

  test("a change repeated with its key is answered again, though the customer has moved on", async () => {
    const created = await create({ name: "Repeated" });
    const address = created.headers.get("location") ?? "";
    const changed = await change(address, etagOf(created), { externalReference: "once" }, "repeat-1");
    await change(address, etagOf(changed), { externalReference: "twice" });
    const repeated = await change(address, etagOf(created), { externalReference: "once" }, "repeat-1");
    expect(repeated.status).toBe(200);
    expect(repeated.body).toMatchObject({ externalReference: "twice" });
  });

  test("a change that changes nothing named is refused", async () => {
    const created = await create({ name: "Unchanged" });
    expectProblem(await change(created.headers.get("location") ?? "", etagOf(created), {}), 400, "validation");
  });
});

describe("listing customers (C18)", () => {
  const names = async (query: string): Promise<unknown[]> =>
    itemsIn(await world.send("GET", `${CUSTOMERS}?${query}`)).map(({ name }) => name);

  test("customers are searched by name, without case and with umlauts", async () => {
    expect(await names("search=larkspur")).toEqual(["Larkspur Dental Care", "Larkspur Dental"]);
    expect(await names(`search=${encodeURIComponent("SÖHNE")}`)).toEqual(["Müller & Söhne"]);
    expect(await names("search=nobody")).toEqual([]);
  });

  test("every customer comes once, however small the pages", async () => {
    const all = await names("$top=200");
    const paged: unknown[] = [];
    let page = await world.send("GET", `${CUSTOMERS}?$top=3`);
    for (;;) {
      expect(itemsIn(page).length).toBeLessThanOrEqual(3);
      paged.push(...itemsIn(page).map(({ name }) => name));
      if (!page.text.includes("nextLink")) break;
      page = await world.send("GET", textIn(page, "nextLink"));
    }
    expect(all.length).toBeGreaterThan(8);
    expect(paged).toEqual(all);
  });

  test("a cursor made up is refused (cursorInvalid)", async () => {
    expectProblem(await world.send("GET", `${CUSTOMERS}?cursor=bWFkZSB1cA.AAAA`), 400, "cursorInvalid");
  });

  test("an id nobody has, and text that is no id, are both not found", async () => {
    for (const id of ["7ybqxpym18gw9d3atgs6tbch4z", "42"]) {
      expectProblem(await world.send("GET", `${CUSTOMERS}/${id}`), 404, "notFound");
      expectProblem(await change(`${CUSTOMERS}/${id}`, '"x"', { name: "x" }), 404, "notFound");
    }
  });

  test("somebody whose scope holds no customer sees none, and can create none", async () => {
    const [{ id } = {}] = itemsIn(await world.send("GET", CUSTOMERS));
    expect(itemsIn(await world.send("GET", CUSTOMERS, { as: "operator" }))).toEqual([]);
    expectProblem(await world.send("GET", `${CUSTOMERS}/${String(id)}`, { as: "operator" }), 404, "notFound");
    const refused = await world.send("POST", CUSTOMERS, { as: "operator", body: { name: "The operator's own" } });
    expectProblem(refused, 403, "forbidden");
    expect(await names(`search=${encodeURIComponent("The operator's own")}`)).toEqual([]);
  });
});
