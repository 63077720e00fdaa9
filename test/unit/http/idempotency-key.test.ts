import { canonicalJson, idempotencyOf, type IdempotencyInput } from "../../../shared/http/idempotency-key";

const request: IdempotencyInput = {
  callerId: "dir_user",
  route: { method: "POST", path: "/api/v1/csp/tenants/{tenantId}/disconnect" },
  params: { tenantId: "t1" },
  body: { confirmation: "Yes", nested: { b: 1, a: [1, 2] } },
  key: "key-1",
};

test("the same request is known again, however its JSON is ordered", () => {
  const again = { ...request, body: { nested: { a: [1, 2], b: 1 }, confirmation: "Yes" } };
  expect(idempotencyOf(again)).toEqual(idempotencyOf(request));
});

test.each<[string, Partial<IdempotencyInput>]>([
  ["another caller", { callerId: "dir_other" }],
  ["another method", { route: { ...request.route, method: "DELETE" } }],
  ["another route", { route: { ...request.route, path: "/api/v1/csp/tenants" } }],
  ["another object", { params: { tenantId: "t2" } }],
  ["another key", { key: "key-2" }],
])("%s is another request: nobody meets somebody else's outcome", (_, change) => {
  const other = idempotencyOf({ ...request, ...change });
  expect(other.hash).not.toBe(idempotencyOf(request).hash);
  expect(other.bodyHash).toBe(idempotencyOf(request).bodyHash);
});

test("another body under the same key is seen: the name stays, the body's hash does not", () => {
  const other = idempotencyOf({ ...request, body: { confirmation: "No" } });
  expect(other.hash).toBe(idempotencyOf(request).hash);
  expect(other.bodyHash).not.toBe(idempotencyOf(request).bodyHash);
});

test("parts cannot flow into one another", () => {
  const a = idempotencyOf({ ...request, callerId: "ab", key: "c" });
  const b = idempotencyOf({ ...request, callerId: "a", key: "bc" });
  expect(a.hash).not.toBe(b.hash);
});

test.each<[string, unknown, string]>([
  ["members by name", { b: 1, a: 2 }, '{"a":2,"b":1}'],
  ["lists as they are", [2, 1, null], "[2,1,null]"],
  ["text escaped", 'a"\n', '"a\\"\\n"'],
  ["absent members left out", { a: undefined, b: null }, '{"b":null}'],
  ["numbers as JSON writes them", [1.0, 1e21, -0], "[1,1e+21,0]"],
])("canonical JSON writes %s", (_, value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("no body and a null body are the same", () => {
  expect(idempotencyOf({ ...request, body: undefined }).bodyHash).toBe(
    idempotencyOf({ ...request, body: null }).bodyHash,
  );
});
