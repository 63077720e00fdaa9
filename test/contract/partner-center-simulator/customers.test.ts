import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import type { SimulatorSeed } from "../../../local/partner-center-simulator/seed";
import { guid, startBench, type Bench, type Json, type Reply } from "./transport-client";

const partnerId = samplePartner.tenantId;
const names = ["Larkspur Dental", "Larkspur Dental Care", "Müller & Söhne", "Northwind", "Proseware"];
const seed: SimulatorSeed = {
  partners: [samplePartner, { ...samplePartner, tenantId: guid("other partner") }],
  customers: [
    ...names.map((companyName) => ({
      id: guid(companyName),
      companyName,
      domain: domainOf(companyName),
      partners: [partnerId],
    })),
    { id: guid("gone"), companyName: "Gone", domain: "gone.example", partners: { [partnerId]: "none" as const } },
    { id: guid("foreign"), companyName: "Foreign", domain: "foreign.example", partners: [guid("other partner")] },
  ],
  subscriptions: [],
};
let bench: Bench;

function domainOf(name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z]/g, "")}.example`;
}

beforeEach(async () => {
  bench = await startBench({ seed });
});
afterEach(() => bench.simulator.close());

const companies = (reply: Reply): unknown[] =>
  (reply.body["items"] as Json[]).map((item) => (item["companyProfile"] as Json)["companyName"]);
const search = (filter: Json | string, size = 100) =>
  bench.call(
    "GET",
    `/v1/customers?size=${size}&filter=${encodeURIComponent(typeof filter === "string" ? filter : JSON.stringify(filter))}`,
  );

test("customers come in pages; the next one needs the link and its continuation header", async () => {
  const found: unknown[] = [];
  let path: string | undefined = "/v1/customers?size=2";
  let headers: Record<string, string> = {};
  while (path !== undefined) {
    const reply: Reply = await bench.call("GET", path, { headers });
    found.push(...companies(reply));
    const next = (reply.body["links"] as { next?: { uri: string; headers: { key: string; value: string }[] } }).next;
    path = next && `/v1${next.uri}`;
    headers = Object.fromEntries((next?.headers ?? []).map(({ key, value }) => [key, value]));
  }
  expect(found).toEqual(names);
  const lost = await bench.call("GET", "/v1/customers?size=2&seekOperation=Next");
  expect(lost).toMatchObject({ status: 400, body: { code: "800002" } });
});

test("pages can be sought: first, last, previous, by number", async () => {
  const seek = async (query: string, token?: string) =>
    companies(
      await bench.call("GET", `/v1/customers?size=2&${query}`, {
        headers: token ? { "MS-ContinuationToken": token } : {},
      }),
    );
  const atFour = Buffer.from("customers:4").toString("base64");
  expect(await seek("seekOperation=First")).toEqual(names.slice(0, 2));
  expect(await seek("seekOperation=Last")).toEqual(names.slice(4));
  expect(await seek("seekOperation=PageIndex&page=2")).toEqual(names.slice(2, 4));
  expect(await seek("seekOperation=Previous", atFour)).toEqual(names.slice(0, 2));
  expect(await bench.call("GET", "/v1/customers?seekOperation=Sideways")).toMatchObject({
    status: 400,
    body: { code: "900126" },
  });
});

test("customers are found by the beginning of name or domain, in any case", async () => {
  expect(companies(await search({ Field: "CompanyName", Value: "LARKSPUR", Operator: "starts_with" }))).toEqual(
    names.slice(0, 2),
  );
  expect(companies(await search({ field: "domain", value: "north", operator: "starts_with" }, 0))).toEqual([
    "Northwind",
  ]);
  expect(await search({ Field: "CompanyName", Value: "a", Operator: "substring" })).toMatchObject({
    status: 400,
    body: { code: "3000" },
  });
  expect(await search({ Field: "Shoe", Value: "a", Operator: "starts_with" })).toMatchObject({
    status: 400,
    body: { code: "3000" },
  });
  expect(await search("{oops")).toMatchObject({ status: 400, body: { code: "800002" } });
});

test("by id a customer has profiles and address; without delegated rights not", async () => {
  const id = guid("Northwind");
  const { body } = await bench.call("GET", `/v1/customers/${id}`);
  expect(body).toMatchObject({
    id,
    commerceId: expect.any(String) as unknown,
    relationshipToPartner: "reseller",
    companyProfile: { tenantId: id, email: "office@northwind.example", address: { country: "DE" } },
    customDomains: ["northwind.example"],
  });
  await bench.control("PATCH", `/customers/${id}`, { allowDelegatedAccess: false });
  const bare = (await bench.call("GET", `/v1/customers/${id}`)).body;
  expect(bare["customDomains"]).toBeUndefined();
  expect(bare["companyProfile"]).not.toHaveProperty("address");
  expect((await bench.call("GET", `/v1/customers/${id}/profiles/company`)).body).not.toHaveProperty("email");
});

test("the billing profile is replaced with its etag, and only with that", async () => {
  const path = `/v1/customers/${guid("Northwind")}/profiles/billing`;
  const { body } = await bench.call("GET", path);
  const etag = String((body["attributes"] as Json)["etag"]);
  const put = (ifMatch: Record<string, string>) =>
    bench.call("PUT", path, { body: { ...body, email: "new@northwind.example" }, headers: ifMatch });
  expect(await put({})).toMatchObject({ status: 400, body: { code: "3000" } });
  expect(await put({ "If-Match": `"${etag}"` })).toMatchObject({
    status: 200,
    body: { email: "new@northwind.example" },
  });
  expect(await put({ "If-Match": `"${etag}"` })).toMatchObject({ status: 412, body: { code: "2055" } });
});

test("a customer who left, one of another partner and one nobody knows all answer 403/20002", async () => {
  for (const name of ["gone", "foreign", "nobody"]) {
    const reply = await bench.call("GET", `/v1/customers/${guid(name)}`);
    expect(reply).toMatchObject({ status: 403, body: { code: "20002" } });
  }
});

test("the partner can end a relationship, once nothing runs any more", async () => {
  const path = `/v1/customers/${guid("Proseware")}`;
  expect(await bench.call("PATCH", path, { body: { companyName: "x" } })).toMatchObject({
    status: 400,
    body: { code: "3000" },
  });
  expect(await bench.call("PATCH", path, { body: { relationshipToPartner: "none" } })).toMatchObject({
    status: 200,
    body: { relationshipToPartner: "none" },
  });
  expect(await bench.call("GET", path)).toMatchObject({ status: 403, body: { code: "20002" } });
  expect(companies(await bench.call("GET", "/v1/customers"))).toEqual(names.slice(0, 4));
});

test("a relationship does not end while a subscription runs", async () => {
  await bench.simulator.close();
  bench = await startBench();
  const customer = "6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11";
  const reply = await bench.call("PATCH", `/v1/customers/${customer}`, { body: { relationshipToPartner: "none" } });
  expect(reply).toMatchObject({ status: 400, body: { code: "3000" } });
});

test("validation status and qualifications can be read", async () => {
  const at = `/v1/customers/${guid("Northwind")}`;
  await bench.control("PATCH", `/customers/${guid("Northwind")}`, { validationStatus: "UnderReview" });
  expect(await bench.call("GET", `${at}/validationStatus?type=account`)).toMatchObject({
    status: 200,
    body: { status: "UnderReview" },
  });
  expect(await bench.call("GET", `${at}/validationStatus`)).toMatchObject({ status: 400, body: { code: "900126" } });
  expect(await bench.call("GET", `${at}/qualifications`)).toMatchObject({ status: 200, body: [] });
});
