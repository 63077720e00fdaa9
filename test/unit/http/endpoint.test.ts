import type { Actor } from "../../../shared/domain/access/actor";
import type { ResellerId } from "../../../shared/domain/access/ids";
import { endpoint, type EndpointRequest } from "../../../shared/http/endpoint";
import { admin, ask, testEdge } from "./exchange";
import { callback, good, ID, list, PATH, update, updating } from "./sample-routes";

describe("a request that is as it should be", () => {
  test("reaches the handler parsed, with the caller, the version, the key's hashes and the facts of the request", async () => {
    const { edge } = testEdge();
    const seen: EndpointRequest<typeof update>[] = [];
    const answer = await ask(
      updating((request) => seen.push(request)),
      edge,
      {
        ...good,
        headers: {
          "if-match": '"v1"',
          "x-correlation-id": "corr-1",
          prefer: "wait=15",
          "x-forwarded-for": "203.0.113.9:4711",
        },
      },
    );
    expect(answer.status).toBe(200);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      params: { resellerId: ID },
      body: { displayName: "Contoso" },
      actor: { ...admin, clientIp: "203.0.113.9" },
      ifMatch: "v1",
      waitSeconds: 15,
      correlationId: "corr-1",
      clientIp: "203.0.113.9",
      idempotency: {
        hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    });
    expect(seen[0]?.url.href).toBe(`https://csp.example.com${PATH}`);
  });

  test("is answered as JSON that nobody stores, sniffs or frames, with the correlation id and a quoted ETag", async () => {
    const { edge } = testEdge();
    const answer = await ask(updating(), edge, good);
    expect(answer.json).toEqual({ id: ID, displayName: "Contoso" });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "content-security-policy": expect.stringContaining("default-src 'none'") as string,
      "x-correlation-id": expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      etag: '"W/%22v%202%22"',
    });
  });

  test("gives the handler back the very text it once gave as ETag", async () => {
    const { edge } = testEdge();
    let seen: string | undefined;
    const first = await ask(updating(), edge, good);
    await ask(
      updating(({ ifMatch }) => {
        seen = ifMatch;
      }),
      edge,
      { ...good, headers: { "if-match": first.headers.get("etag") ?? "" } },
    );
    expect(seen).toBe('W/"v 2"');
  });

  test("is told in one line of the log, without its body", async () => {
    const { edge, lines } = testEdge();
    await ask(updating(), edge, good);
    expect(lines).toEqual([
      {
        level: "info",
        message: "request",
        fields: {
          route: "updateThing",
          status: 200,
          durationMs: expect.any(Number) as number,
          correlationId: expect.any(String) as string,
        },
      },
    ]);
  });
});

describe("a query", () => {
  const listing = endpoint(list, ({ params, query }) => Promise.resolve({ status: 200, body: { params, query } }));
  const path = "/api/v1/csp/tenants/6F0F6D52-0D7A-4E5A-9A5E-1F2B7C0D9E11/things";

  test("is parsed, defaults filled in, one value of a list still a list, GUIDs in lower case", async () => {
    const answer = await ask(listing, testEdge().edge, { path: `${path}?state=open&search=a%20b` });
    expect(answer.json).toEqual({
      params: { tenantId: "6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11" },
      query: { state: ["open"], search: "a b", $top: 50 },
    });
  });

  test.each([
    ["an unknown name", "?sort=x", "/query/sort"],
    ["a number out of range", "?$top=201", "/query/$top"],
    ["text for a number", "?$top=ten", "/query/$top"],
    ["a name given twice", "?search=a&search=b", "/query/search"],
    ["an unknown value in a list", "?state=open&state=odd", "/query/state/1"],
  ])("with %s is refused with a pointer to it", async (_, query, pointer) => {
    const answer = await ask(listing, testEdge().edge, { path: path + query });
    expect(answer).toMatchObject({ status: 400, json: { code: "validation", errors: [{ pointer }] } });
  });
});

test("what a handler receives and may answer is decided by the declaration, when it is compiled", () => {
  // @ts-expect-error: the body lacks displayName
  endpoint(update, () => Promise.resolve({ status: 200, body: { id: ID } }));
  // @ts-expect-error: 201 is not declared
  endpoint(update, () => Promise.resolve({ status: 201 }));
  // @ts-expect-error: a redirect says where to
  endpoint(callback, () => Promise.resolve({ status: 302 }));
  type Seen = Pick<EndpointRequest<typeof update>, "params" | "ifMatch" | "actor">;
  interface Expected {
    params: { resellerId: ResellerId };
    ifMatch: string;
    actor: Actor;
  }
  const same: [(seen: Seen) => Expected, (expected: Expected) => Seen] = [(seen) => seen, (expected) => expected];
  expect(same).toHaveLength(2);
});
