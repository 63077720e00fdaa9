import { createGraphClient } from "../../../shared/graph/graph-client";
import { fakeTime } from "../partner-center/setup";
import { startUpstream, type Upstream } from "../partner-center/upstream";

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

const found = { body: { value: [{ id: "t1", displayName: "Larkspur Dental", verifiedDomains: [] }] } };

test("the organisation is read with the token given", async () => {
  upstream.answer(() => found);
  const graph = createGraphClient({ baseUrl: upstream.url });
  expect(await graph.readOrganization("token")).toEqual({ kind: "found", id: "t1", displayName: "Larkspur Dental" });
  expect(upstream.requests[0]).toMatchObject({
    url: "/v1.0/organization?$select=id,displayName",
    headers: { authorization: "Bearer token" },
  });
});

test("throttling and outages are waited out", async () => {
  const time = fakeTime();
  upstream.answer((_request, { count }) => {
    if (count === 1) return { status: 429, headers: { "retry-after": "3" } };
    return count === 2 ? { status: 502, body: "<html>" } : found;
  });
  const graph = createGraphClient({ baseUrl: upstream.url, time });
  expect(await graph.readOrganization("token")).toMatchObject({ kind: "found" });
  expect(time.slept[0]).toBe(3000);
  expect(upstream.requests).toHaveLength(3);
});

test.each([401, 403])("%i is a refusal, not a failure", async (status) => {
  upstream.answer(() => ({ status, body: { error: { code: "x" } } }));
  expect(await createGraphClient({ baseUrl: upstream.url }).readOrganization("token")).toEqual({ kind: "refused" });
});

test.each([
  ["no organisation", { body: { value: [] } }],
  ["another answer", { status: 400, body: {} }],
  ["no JSON", { body: "<html>" }],
])("%s is an upstream error", async (_name, reply) => {
  upstream.answer(() => reply);
  const graph = createGraphClient({ baseUrl: upstream.url, time: fakeTime() });
  await expect(graph.readOrganization("token")).rejects.toMatchObject({ code: "upstreamError" });
});
