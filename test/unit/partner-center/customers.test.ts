import { CspCustomerId } from "../../../shared/domain/access/ids";
import { CUSTOMER, partnerCenterAt, reseller } from "./setup";
import { startUpstream, type Reply, type Upstream } from "./upstream";

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

const larkspur = {
  id: CUSTOMER.toUpperCase(),
  companyProfile: { tenantId: CUSTOMER, domain: "larkspurdental.onmicrosoft.com", companyName: "Larkspur Dental" },
  relationshipToPartner: "reseller",
};
const asRead = {
  id: CUSTOMER,
  name: "Larkspur Dental",
  domain: "larkspurdental.onmicrosoft.com",
  relationshipToPartner: "reseller",
};

test("customers come in pages; the cursor is opaque and leads to the next", async () => {
  upstream.answer((request) => ({
    body: {
      items: [larkspur],
      links: request.headers["ms-continuationtoken"]
        ? {}
        : {
            next: {
              uri: "/customers?size=1&seekOperation=Next",
              headers: [{ key: "MS-ContinuationToken", value: "QkFT" }],
            },
          },
    },
  }));
  const { profile } = partnerCenterAt(upstream.url);
  const first = await profile.listCustomers(reseller(), { size: 1 });
  expect(first.value).toEqual([asRead]);
  expect(first.next).toMatch(/^[\w-]+$/);
  expect(await profile.listCustomers(reseller(), { size: 1, after: first.next ?? "" })).toEqual({ value: [asRead] });
  expect(upstream.requests.map(({ url }) => url)).toEqual([
    "/v1/customers?size=1",
    "/v1/customers?size=1&seekOperation=Next",
  ]);
});

test("a cursor that is not ours, or leads elsewhere, is refused before anything is sent", async () => {
  const { profile } = partnerCenterAt(upstream.url);
  const forged = (uri: string): string => Buffer.from(JSON.stringify({ uri })).toString("base64url");
  for (const after of ["x", forged("/v1/invoices"), forged("/v1/customers/../invoices"), forged("/v1/customers/1")]) {
    await expect(profile.listCustomers(reseller(), { size: 1, after })).rejects.toMatchObject({
      kind: "invalid",
      code: "badCursor",
    });
  }
  expect(upstream.requests).toHaveLength(0);
});

test("a search compares the start of the company name, with every character safe", async () => {
  upstream.answer(() => ({ body: { items: [larkspur] } }));
  await partnerCenterAt(upstream.url).profile.listCustomers(reseller(), { size: 20, search: ' Lark & "Sons" ' });
  expect(JSON.parse(upstream.requests[0]?.query.get("filter") ?? "")).toEqual({
    Field: "CompanyName",
    Value: 'Lark & "Sons"',
    Operator: "starts_with",
  });
});

test("what looks like a domain is searched as one, and as a name when there is none such", async () => {
  upstream.answer(({ query }) => ({
    body: { items: query.get("filter")?.includes("CompanyName") ? [larkspur] : [] },
  }));
  const found = await partnerCenterAt(upstream.url).profile.listCustomers(reseller(), {
    size: 20,
    search: "larkspur.com",
  });
  expect(found.value).toEqual([asRead]);
  expect(upstream.requests.map(({ query }) => query.get("filter"))).toEqual([
    expect.stringContaining('"Domain"'),
    expect.stringContaining('"CompanyName"'),
  ]);
});

test("one customer is read by id; somebody else's, or nobody's, is undefined", async () => {
  const { profile } = partnerCenterAt(upstream.url);
  upstream.answer(() => ({ body: larkspur }));
  expect(await profile.getCustomer(reseller(), CUSTOMER)).toEqual(asRead);
  for (const reply of [
    { status: 404, body: { code: "1000" } },
    { status: 403, body: { code: 20002 } },
  ]) {
    upstream.answer(() => reply);
    const other = CspCustomerId.parse("7f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11");
    expect(await profile.getCustomer(reseller(), other)).toBeUndefined();
  }
  upstream.answer(() => ({ status: 404, body: "" }));
  await expect(profile.getCustomer(reseller(), CUSTOMER)).rejects.toMatchObject({ code: "upstreamError" });
});

describe("a fresh token is tried out", () => {
  const profileBody = { id: "1", companyName: "Northwind Reseller", tenantId: reseller().directoryId.toUpperCase() };

  test("on the organisation profile, then on one page of customers, with that token and no other", async () => {
    upstream.answer(({ path }) => ({ body: path.endsWith("/organization") ? profileBody : { items: [] } }));
    expect(await partnerCenterAt(upstream.url).profile.probe("fresh-token")).toEqual({
      directoryId: reseller().directoryId,
      companyName: "Northwind Reseller",
    });
    expect(upstream.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ["/v1/profiles/organization", "Bearer fresh-token"],
      ["/v1/customers", "Bearer fresh-token"],
    ]);
  });

  const refusal = (status: number, code: string): Reply => ({ status, body: { code, description: "no" } });
  test.each<[string, Reply, "profile" | "customers"]>([
    ["mfaRequired", refusal(401, "900421"), "profile"],
    ["mfaRequired", refusal(401, "900421"), "customers"],
    ["notPartner", refusal(401, "400"), "profile"],
    ["notPartner", refusal(403, "900308"), "profile"],
    ["notAdminAgent", refusal(403, "900150"), "profile"],
    ["notAdminAgent", refusal(403, "2032"), "customers"],
    ["cannotTransact", refusal(403, "900123"), "profile"],
    ["cannotTransact", refusal(403, "900308"), "customers"],
    ["upstreamThrottled", { status: 429, headers: { "retry-after": "99" } }, "profile"],
    ["upstreamError", refusal(500, "800003"), "customers"],
  ])("%s when Microsoft answers so (%j at the %s)", async (code, reply, where) => {
    upstream.answer(({ path }) => {
      const isProfile = path.endsWith("/organization");
      if (isProfile === (where === "profile")) return reply;
      return { body: isProfile ? profileBody : { items: [] } };
    });
    await expect(partnerCenterAt(upstream.url).profile.probe("fresh-token")).rejects.toMatchObject({ code });
  });
});
