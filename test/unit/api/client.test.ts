import { HttpRequest, HttpResponse, InvocationContext } from "@azure/functions";
import { z } from "zod";
import { ApiProblem, createApiClient } from "../../../shared/api/client";
import { getReadiness } from "../../../shared/api/health";
import { listOf, pageQuery } from "../../../shared/api/list";
import { defineRoute } from "../../../shared/api/route";
import { ResellerId } from "../../../shared/domain/access/ids";
import { AppError } from "../../../shared/errors";
import { createCursors } from "../../../shared/http/cursor";
import { endpoint, type Endpoint } from "../../../shared/http/endpoint";
import { createHttpHandler } from "../../../shared/http/http-handler";
import { paramsOf, testEdge } from "../http/exchange";

const ID = ResellerId.parse("0123456789abcdefghjkmnpqrs");
const Thing = z.object({ id: ResellerId, name: z.string() });

const putThing = defineRoute({
  name: "putThing",
  operations: [],
  method: "PUT",
  path: "/api/v1/things/{thingId}",
  summary: "Put",
  tag: "Things",
  permission: "reseller.manage",
  params: z.object({ thingId: ResellerId }),
  body: z.strictObject({ name: z.string() }),
  concurrency: "ifMatchOrNoneMatch",
  responses: { 200: { description: "Replaced.", schema: Thing }, 201: { description: "Created.", schema: Thing } },
  errors: { thingBusy: { status: 503, description: "Later." } },
});

const listThings = defineRoute({
  name: "listThings",
  operations: [],
  method: "GET",
  path: "/api/v1/things",
  summary: "List",
  tag: "Things",
  permission: "reseller.read",
  query: z.strictObject({ ...pageQuery, state: z.array(z.string()).optional() }),
  responses: { 200: { description: "A page.", schema: listOf(z.string()) } },
});

/** The network between client and endpoints, without a network. */
function serving(...endpoints: Endpoint[]) {
  const { edge } = testEdge({ checkResponses: true });
  const sent: Request[] = [];
  const fetching: typeof fetch = async (input, init) => {
    const request = new Request(input instanceof URL ? input.href : input, init);
    sent.push(request.clone());
    const { pathname } = new URL(request.url);
    const found = endpoints.find(
      ({ route }) =>
        route.method === request.method && new RegExp(`^${route.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
    );
    if (found === undefined)
      return new Response("<h1>Gateway</h1>", { status: 502, headers: { "content-type": "text/html" } });
    const asked = new HttpRequest({
      method: request.method,
      url: request.url,
      headers: Object.fromEntries(request.headers),
      params: paramsOf(found.route.path, pathname),
      body: { bytes: new Uint8Array(await request.arrayBuffer()) },
    });
    const answer = await createHttpHandler(found, edge)(asked, new InvocationContext({ functionName: "it" }));
    const response = answer instanceof HttpResponse ? answer : new HttpResponse(answer);
    return new Response(response.status === 204 ? null : await response.text(), {
      status: response.status,
      headers: response.headers,
    });
  };
  const tokens: string[] = [];
  const client = createApiClient({
    baseUrl: "https://csp.example.com",
    token: () => {
      tokens.push("good");
      return Promise.resolve("good");
    },
    fetch: fetching,
    newKey: () => "made-key",
  });
  return { client, sent, tokens };
}

const putting = (seen: unknown[] = []) =>
  endpoint(putThing, ({ params, body, ifMatch }) => {
    seen.push(ifMatch);
    const thing = { id: params.thingId, name: body.name };
    return Promise.resolve({ status: ifMatch === undefined ? 201 : 200, body: thing, etag: "v1" });
  });

test("a call goes where the declaration says, with token, key and precondition, and its answer is parsed", async () => {
  const seen: unknown[] = [];
  const { client, sent } = serving(putting(seen));
  const created = await client.call(putThing, { params: { thingId: ID }, body: { name: "ü" } });
  expect(created).toMatchObject({ status: 201, body: { id: ID, name: "ü" }, etag: '"v1"' });
  const replaced = await client.call(putThing, {
    params: { thingId: ID },
    body: { name: "b" },
    ...(created.etag === undefined ? {} : { ifMatch: created.etag }),
    idempotencyKey: "own-key",
    correlationId: "corr-1",
  });
  expect(replaced.status).toBe(200);
  expect(seen).toEqual([undefined, "v1"]);
  expect(sent.map((request) => request.headers.get("idempotency-key"))).toEqual(["made-key", "own-key"]);
  expect(replaced.headers.get("x-correlation-id")).toBe("corr-1");
  expect(new URL(sent[0]?.url ?? "").pathname).toBe(`/api/v1/things/${ID}`);
});

test("a list is followed by its nextLink to its end", async () => {
  const cursors = createCursors(new Uint8Array(32));
  const listing = endpoint(listThings, ({ query, actor, url }) => {
    const from = cursors.open(query.cursor, z.int(), { actor, url }) ?? 0;
    const page = ["a", "b", "c", "d", "e"].slice(from, from + query.$top);
    const next = from + query.$top < 5 ? from + query.$top : undefined;
    return Promise.resolve({ status: 200, body: cursors.page(page, next, { actor, url }) });
  });
  const { client, sent } = serving(listing);
  const pages: string[][] = [];
  let page = await client.call(listThings, { query: { $top: 2, state: ["x", "y"] } });
  pages.push(page.body.value);
  while (page.body.nextLink !== undefined) {
    page = await client.next(listThings, page.body.nextLink);
    pages.push(page.body.value);
  }
  expect(pages).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  expect(new URL(sent[0]?.url ?? "").search).toBe("?%24top=2&state=x&state=y");
});

test("a link that leads elsewhere is not followed, so no stranger gets the token", async () => {
  const { client, sent, tokens } = serving();
  await expect(client.next(listThings, "https://evil.example/api/v1/things")).rejects.toThrow("https://evil.example");
  expect(sent).toEqual([]);
  expect(tokens).toEqual([]);
});

test("a refusal is an ApiProblem with the document, and when to come back", async () => {
  const busy = endpoint(putThing, () =>
    Promise.reject(
      new AppError("unavailable", "thingBusy", "Later.", { retryAfterSeconds: 3, extensions: { queue: 7 } }),
    ),
  );
  const { client } = serving(busy);
  const refused = client.call(putThing, { params: { thingId: ID }, body: { name: "x" } });
  await expect(refused).rejects.toBeInstanceOf(ApiProblem);
  await expect(refused).rejects.toMatchObject({
    status: 503,
    retryAfterSeconds: 3,
    message: "thingBusy (503): Later.",
    problem: { code: "thingBusy", queue: 7 },
  });
});

test("an answer of somebody in between is an ApiProblem too", async () => {
  const { client } = serving();
  await expect(client.call(listThings)).rejects.toMatchObject({
    status: 502,
    problem: { code: "unexpectedAnswer", status: 502 },
    retryAfterSeconds: undefined,
  });
});

test("an anonymous operation asks for no token, and a declared 503 is an answer, not a problem", async () => {
  const notReady = endpoint(getReadiness, () =>
    Promise.resolve({ status: 503, body: { status: "notReady", checks: [] } }),
  );
  const { client, sent, tokens } = serving(notReady);
  expect(await client.call(getReadiness)).toMatchObject({ status: 503, body: { status: "notReady" } });
  expect(tokens).toEqual([]);
  expect(sent[0]?.headers.has("authorization")).toBe(false);
});

test("an answer that breaks the declaration is not passed on as if it kept it", async () => {
  const client = createApiClient({
    baseUrl: "https://csp.example.com",
    token: () => Promise.resolve("good"),
    fetch: () => Promise.resolve(Response.json({ value: "no list" })),
  });
  await expect(client.call(listThings)).rejects.toBeInstanceOf(z.ZodError);
});

test("what a call needs is decided by the declaration, when it is compiled", async () => {
  const { client } = serving(putting());
  // @ts-expect-error: the body is missing
  await expect(client.call(putThing, { params: { thingId: ID } })).rejects.toMatchObject({ status: 400 });
  // @ts-expect-error: the parameter is missing
  await expect(client.call(putThing, { body: { name: "x" } })).rejects.toThrow(TypeError);
  // @ts-expect-error: a list takes no body
  await expect(client.call(listThings, { body: {} })).rejects.toThrow();
});
