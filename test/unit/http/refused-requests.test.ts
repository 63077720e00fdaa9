import { admin, ask, testEdge } from "./exchange";
import { endpoint } from "../../../shared/http/endpoint";
import { good, list, PATH, updating } from "./sample-routes";

describe("a request that is not as it should be", () => {
  const cases: [what: string, asked: Parameters<typeof ask>[2], status: number, code: string, pointer?: string][] = [
    ["no token", { ...good, headers: { authorization: "" } }, 401, "unauthenticated"],
    ["a bad token", { ...good, headers: { authorization: "Bearer bad" } }, 401, "unauthenticated"],
    ["no key", { ...good, headers: { "idempotency-key": "" } }, 400, "idempotencyKeyRequired"],
    ["a key with a space", { ...good, headers: { "idempotency-key": "a b" } }, 400, "idempotencyKeyRequired"],
    ["a key too long", { ...good, headers: { "idempotency-key": "k".repeat(256) } }, 400, "idempotencyKeyRequired"],
    ["no version", { ...good, headers: {} }, 428, "ifMatchRequired"],
    ["any version", { ...good, headers: { "if-match": "*" } }, 428, "ifMatchRequired"],
    ["a bare version", { ...good, headers: { "if-match": "v1" } }, 400, "validation", "/header/If-Match"],
    ["two versions", { ...good, headers: { "if-match": '"a", "b"' } }, 400, "validation", "/header/If-Match"],
    ["a malformed id", { ...good, path: "/api/v1/csp/resellers/42" }, 404, "notFound"],
    ["no body", { ...good, body: undefined }, 400, "validation", "/body"],
    ["a body that is a list", { ...good, body: [] }, 400, "validation", "/body"],
    ["an unknown field", { ...good, body: { displayName: "x", nick: 1 } }, 400, "validation", "/body/nick"],
    ["an odd field name", { ...good, body: { displayName: "x", "a/b~": 1 } }, 400, "validation", "/body/a~1b~0"],
    ["a wrong type", { ...good, body: { displayName: 7 } }, 400, "validation", "/body/displayName"],
    [
      "a wrong field deep down",
      { ...good, body: { displayName: "x", lots: [{ quantity: 1 }, { quantity: 0.5 }] } },
      400,
      "validation",
      "/body/lots/1/quantity",
    ],
    ["a __proto__ field", { ...good, body: '{"displayName":"x","__proto__":{"a":1}}' }, 400, "validation"],
    ["broken JSON", { ...good, body: '{"displayName":' }, 400, "invalidJson"],
    ["text that is not UTF-8", { ...good, body: new Uint8Array([0x22, 0xff, 0x22]) }, 400, "invalidJson"],
    ["a form", { ...good, headers: { ...good.headers, "content-type": "text/plain" } }, 415, "unsupportedMediaType"],
    [
      "another charset",
      { ...good, headers: { ...good.headers, "content-type": "application/json; charset=utf-16" } },
      415,
      "unsupportedMediaType",
    ],
    [
      "a compressed body",
      { ...good, headers: { ...good.headers, "content-encoding": "gzip" } },
      415,
      "unsupportedMediaType",
    ],
    ["33 parameters", { ...good, path: `${PATH}?${"a=1&".repeat(33)}` }, 400, "validation", "/query"],
    ["JSON a hundred thousand deep", { ...good, body: "[".repeat(100_000) + "]".repeat(100_000) }, 400, "validation"],
    [
      "a field a hundred thousand deep",
      { ...good, body: `{"displayName":${"[".repeat(100_000)}${"]".repeat(100_000)}}` },
      400,
      "validation",
      "/body/displayName",
    ],
    ["257 KiB", { ...good, body: { displayName: "x".repeat(257 * 1024) } }, 413, "bodyTooLarge"],
    ["a length that lies", { ...good, headers: { ...good.headers, "content-length": "999999" } }, 413, "bodyTooLarge"],
  ];
  const withVersion = (asked: Parameters<typeof ask>[2], what: string) =>
    /version/.test(what) ? asked : { ...asked, headers: { ...good.headers, ...asked?.headers } };

  const rows = cases.map(([what, asked, status, code, pointer]) => ({ what, asked, status, code, pointer }));

  test.each(rows)(
    "is refused for $what, and never reaches the handler",
    async ({ what, asked, status, code, pointer }) => {
      const { edge } = testEdge({ checkResponses: true });
      let reached = false;
      const it = updating(() => (reached = true));
      const answer = await ask(it, edge, withVersion(asked, what));
      expect(answer).toMatchObject({ status, json: { status, code } });
      expect(answer.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
      if (pointer !== undefined) expect(answer.json?.["errors"]).toMatchObject([{ pointer }]);
      expect(reached).toBe(false);
    },
  );

  test("is not refused for what the headers of a GET say of a body that nobody reads", async () => {
    const read = endpoint(list, () => Promise.resolve({ status: 200, body: {} }));
    const headers = { "content-length": "999999", "content-type": "text/plain", "content-encoding": "gzip" };
    const path = "/api/v1/csp/tenants/6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11/things";
    expect((await ask(read, testEdge({ checkResponses: true }).edge, { path, headers })).status).toBe(200);
  });

  test("hears of a missing permission before anything else about its request", async () => {
    const { edge } = testEdge({ authenticate: () => Promise.resolve({ ...admin, roles: ["Reader"] }) });
    const answer = await ask(updating(), edge, { path: "/api/v1/csp/resellers/42", body: "{" });
    expect(answer).toMatchObject({ status: 403, json: { code: "forbidden" } });
  });

  test("is challenged as RFC 6750 says: an error only where a token came", async () => {
    const { edge } = testEdge();
    const without = await ask(updating(), edge, { ...good, headers: { authorization: "" } });
    const bad = await ask(updating(), edge, { ...good, headers: { authorization: "Bearer x" } });
    expect(without.headers.get("www-authenticate")).toBe('Bearer realm="csp-marketplace"');
    expect(bad.headers.get("www-authenticate")).toBe('Bearer realm="csp-marketplace", error="invalid_token"');
  });

  test("is nobody's when only the platform's unsigned principal header says whose it is", async () => {
    const principal = Buffer.from(JSON.stringify({ auth_typ: "aad", claims: [{ typ: "roles", val: "Admin" }] }));
    const headers = { ...good.headers, authorization: "", "x-ms-client-principal": principal.toString("base64") };
    expect((await ask(updating(), testEdge().edge, { ...good, headers })).status).toBe(401);
  });

  test("never sees its own values again in the refusal", async () => {
    const { edge } = testEdge();
    const answer = await ask(updating(), edge, { ...good, body: { displayName: { secret: "s3cr3t" } } });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain("s3cr3t");
  });

  test("is refused at the limit although its length was not told", async () => {
    const { edge } = testEdge();
    const body = new TextEncoder().encode(JSON.stringify({ displayName: "x".repeat(300 * 1024) }));
    const answer = await ask(updating(), edge, { ...good, body });
    expect(answer.status).toBe(413);
  });
});
