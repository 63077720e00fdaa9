import type { ResellerId } from "../../../shared/domain/access/ids";
import { createClient, type PartnerCenterClient } from "../../../shared/partner-center/client";
import { CUSTOMER, partnerCenterAt, reseller, type TestPartnerCenter } from "./setup";
import { startUpstream, type Reply, type Upstream } from "./upstream";

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

function clientOf(partnerCenter: TestPartnerCenter, timeoutMs = 5_000): PartnerCenterClient {
  return createClient(partnerCenter.connection, { timeoutMs, longestWaitMs: 20_000 });
}

const reader = { reseller: reseller() };
const path = `/v1/customers/${CUSTOMER}`;

function inTurn(...replies: Reply[]): void {
  upstream.answer((_request, { count }) => replies[Math.min(count, replies.length) - 1]);
}

describe("a read that fails for a reason that may pass", () => {
  test.each<[string, Reply]>([
    ["503 with a page of HTML", { status: 503, body: "<html>busy</html>" }],
    ["500 without a body", { status: 500, body: "" }],
    ["408", { status: 408 }],
    ["a 200 that is no JSON", { body: "<html>hello</html>" }],
  ])("is repeated and heals: %s", async (_name, failure) => {
    inTurn(failure, failure, { body: '\uFEFF{"id":1}' });
    const partnerCenter = partnerCenterAt(upstream.url);
    expect(await clientOf(partnerCenter).get(reader, path)).toMatchObject({ kind: "ok", body: { id: 1 } });
    expect(upstream.requests).toHaveLength(3);
    expect(partnerCenter.time.slept).toEqual([1000, 1750]);
  });

  test("is given up after three repeats, with what Microsoft said", async () => {
    inTurn({ status: 500, body: { code: 800094, description: "failed" } });
    await expect(clientOf(partnerCenterAt(upstream.url)).get(reader, path)).rejects.toMatchObject({
      kind: "upstream",
      code: "upstreamError",
      extensions: { remoteStatus: 500, remoteCode: "800094", remoteDescription: "failed" },
    });
    expect(upstream.requests).toHaveLength(4);
  });

  test("keeps no connection waiting longer than the time-out", async () => {
    upstream.answer(() => undefined);
    const partnerCenter = partnerCenterAt(upstream.url);
    await expect(clientOf(partnerCenter, 30).get(reader, path)).rejects.toMatchObject({ code: "upstreamError" });
    // Four tries with three pauses between them; on a busy machine one may end before it reaches the server.
    expect(partnerCenter.time.slept).toHaveLength(3);
    expect(upstream.requests.length).toBeLessThanOrEqual(4);
  });

  test("is repeated after a cut connection", async () => {
    upstream.answer((_request, { socket, count }) => (count === 1 ? void socket.resetAndDestroy() : { body: [] }));
    expect(await clientOf(partnerCenterAt(upstream.url)).get(reader, path)).toMatchObject({ kind: "ok", body: [] });
  });
});

test.each([400, 403, 404, 409, 501])("a refusal (%i) is answered at once, with its code as text", async (status) => {
  inTurn({ status, body: { code: 20002, description: "No." } });
  const answer = await clientOf(partnerCenterAt(upstream.url)).get(reader, path);
  expect(answer).toMatchObject({ kind: "refused", refusal: { status, code: "20002", description: "No." } });
  expect(upstream.requests).toHaveLength(1);
});

describe("throttling", () => {
  const gateway = { statusCode: 429, message: "Rate limit is exceeded. Try again in 7 seconds." };

  test("Retry-After is waited for exactly, then the read goes on", async () => {
    inTurn({ status: 429, body: gateway, headers: { "retry-after": "7" } }, { body: {} });
    const partnerCenter = partnerCenterAt(upstream.url);
    expect((await clientOf(partnerCenter).get(reader, path)).kind).toBe("ok");
    expect(partnerCenter.time.slept).toEqual([7000]);
  });

  test("Retry-After as a date counts from the date of the answer", async () => {
    const headers = { date: "Fri, 20 Nov 2026 08:00:00 GMT", "retry-after": "Fri, 20 Nov 2026 08:00:09 GMT" };
    inTurn({ status: 429, headers }, { body: {} });
    const partnerCenter = partnerCenterAt(upstream.url);
    await clientOf(partnerCenter).get(reader, path);
    expect(partnerCenter.time.slept).toEqual([9000]);
  });

  test("a long Retry-After goes to the caller, and holds back every other call of that reseller", async () => {
    inTurn({ status: 429, body: gateway, headers: { "retry-after": "57" } });
    const partnerCenter = partnerCenterAt(upstream.url);
    const client = clientOf(partnerCenter);
    await expect(client.get(reader, path)).rejects.toMatchObject({ code: "upstreamThrottled", retryAfterSeconds: 57 });
    partnerCenter.time.advance(17_000);
    await expect(client.get(reader, "/v1/customers")).rejects.toMatchObject({
      code: "upstreamThrottled",
      retryAfterSeconds: 40,
    });
    expect(upstream.requests).toHaveLength(1);

    inTurn({ body: {} }, { body: {} });
    const other = { reseller: reseller({ resellerId: reader.reseller.resellerId.replace("0", "9") as ResellerId }) };
    expect((await client.get(other, path)).kind).toBe("ok");
  });

  test("a reseller has at most four calls under way", async () => {
    const held: (() => void)[] = [];
    upstream.answer(() => new Promise<Reply>((resolve) => held.push(() => resolve({ body: {} }))));
    const client = clientOf(partnerCenterAt(upstream.url));
    const reads = Array.from({ length: 10 }, () => client.get(reader, path));
    let done = 0;
    for (const read of reads) void read.then(() => done++);
    while (held.length < 4) await new Promise((resolve) => setImmediate(resolve));
    while (done < 10) {
      held.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(upstream.requests).toHaveLength(10);
    expect(upstream.mostAtOnce()).toBe(4);
  });
});

describe("a token that is refused", () => {
  test("is replaced once, and the read goes on", async () => {
    inTurn({ status: 401, body: { code: "400" } }, { body: { id: 1 } });
    const partnerCenter = partnerCenterAt(upstream.url);
    expect((await clientOf(partnerCenter).get(reader, path)).kind).toBe("ok");
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
  });

  test("a second time is the answer", async () => {
    inTurn({ status: 401, body: "" });
    const partnerCenter = partnerCenterAt(upstream.url);
    await expect(partnerCenter.subscriptions.list(reseller(), CUSTOMER)).rejects.toMatchObject({
      kind: "conflict",
      code: "resellerNotAuthorized",
      extensions: { resellerState: "Revoked" },
    });
    expect(upstream.requests).toHaveLength(2);
  });

  test("for want of multi-factor authentication is not replaced: a new one would lack it too", async () => {
    inTurn({ status: 401, body: { code: "900421", description: "MFA" } });
    const partnerCenter = partnerCenterAt(upstream.url);
    await expect(partnerCenter.subscriptions.list(reseller(), CUSTOMER)).rejects.toMatchObject({
      code: "mfaRequired",
      extensions: { resellerState: "Revoked" },
    });
    expect(upstream.requests).toHaveLength(1);
  });
});

describe("pages", () => {
  const page = (items: unknown[], uri?: string, token?: string): Reply => ({
    body: {
      totalCount: items.length,
      items,
      links:
        uri === undefined
          ? {}
          : { next: { uri, headers: token ? [{ key: "MS-ContinuationToken", value: token }] : [] } },
    },
  });

  test("are followed to the end, with the header they ask for, whatever the links look like", async () => {
    inTurn(
      page([1], "/customers?size=1&seekOperation=Next", "AAA="),
      page([], "/v1/v1/customers?size=1&seekOperation=Next", "BBB="),
      page([2], `${upstream.url}/v1/customers?size=1&seekOperation=Next&n=3`, "CCC="),
      page([3]),
    );
    const { items } = await clientOf(partnerCenterAt(upstream.url)).getAll(reader, "/v1/customers?size=1");
    expect(items).toEqual([1, 2, 3]);
    expect(upstream.requests.map(({ path: asked }) => asked)).toEqual(Array(4).fill("/v1/customers"));
    expect(upstream.requests.map(({ headers }) => headers["ms-continuationtoken"])).toEqual([
      undefined,
      "AAA=",
      "BBB=",
      "CCC=",
    ]);
  });

  test("that lead to another host are not followed, so no token leaves", async () => {
    inTurn(page([1], "https://attacker.example/v1/customers"));
    await expect(clientOf(partnerCenterAt(upstream.url)).getAll(reader, "/v1/customers")).rejects.toMatchObject({
      code: "upstreamError",
    });
    expect(upstream.requests).toHaveLength(1);
  });

  test("that repeat themselves end in an error, not in half a list", async () => {
    inTurn(page([1], "/customers?seekOperation=Next", "same"));
    await expect(clientOf(partnerCenterAt(upstream.url)).getAll(reader, "/v1/customers")).rejects.toMatchObject({
      code: "upstreamError",
    });
    expect(upstream.requests.length).toBeLessThan(5);
  });
});

test("every read names itself: contract version, locale, application, and an id of its own", async () => {
  inTurn({ status: 503 }, { body: {} });
  await clientOf(partnerCenterAt(upstream.url)).get(reader, path);
  const ids = upstream.requests.map(({ headers }) => headers["ms-correlationid"]);
  expect(new Set(ids).size).toBe(2);
  expect(upstream.requests[0]?.headers).toMatchObject({
    accept: "application/json",
    "ms-contract-version": "v1",
    "x-locale": "en-US",
    "ms-partnercenter-application": "csp-marketplace-test",
  });
});

test("plain http to anywhere but this machine is refused before a token is sent", async () => {
  await expect(clientOf(partnerCenterAt("http://partnercenter.example")).get(reader, path)).rejects.toMatchObject({
    code: "upstreamError",
  });
});
