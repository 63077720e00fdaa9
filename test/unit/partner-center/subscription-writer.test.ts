import { createServer } from "node:net";
import type { PaidWrite, WriteAnswer } from "../../../shared/domain/changes/subscription-writer";
import { AppError } from "../../../shared/errors";
import { createSubscriptionWriter } from "../../../shared/partner-center/subscription-writer";
import type { Transport } from "../../../shared/partner-center/transport";
import { CUSTOMER, fakeTime, NOW, partnerCenterAt, reseller, SUBSCRIPTION, type TestPartnerCenter } from "./setup";
import { startUpstream, type Handler, type Upstream } from "./upstream";

let upstream: Upstream;
beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.close());

const write: PaidWrite = {
  body: { quantity: 27, autoRenewEnabled: true, somethingNew: { kept: [1, 2.5, null] } },
  requestId: "11111111-1111-4111-8111-111111111111",
  correlationId: "22222222-2222-4222-8222-222222222222",
  sendBy: new Date(NOW.getTime() + 30_000),
};

function send(
  partnerCenter: TestPartnerCenter,
  changes: Partial<PaidWrite> = {},
  timeoutMs = 5_000,
): Promise<WriteAnswer> {
  const writer = createSubscriptionWriter(partnerCenter.connection, { timeoutMs });
  return writer.patch(reseller(), CUSTOMER, SUBSCRIPTION, { ...write, ...changes });
}

test("the request carries the whole body, both ids, the quoted etag and the headers Microsoft asks for", async () => {
  upstream.answer(() => ({ body: { quantity: 27 }, headers: { date: "Fri, 20 Nov 2026 08:00:05 GMT" } }));
  const answer = await send(partnerCenterAt(upstream.url), { etag: "abc" });

  expect(answer).toEqual({
    kind: "answered",
    status: 200,
    body: { quantity: 27 },
    answeredAt: new Date("2026-11-20T08:00:05.000Z"),
  });
  const [request] = upstream.requests;
  expect(request?.method).toBe("PATCH");
  expect(request?.path).toBe(`/v1/customers/${CUSTOMER}/subscriptions/${SUBSCRIPTION}`);
  expect(JSON.parse(request?.body ?? "")).toEqual(write.body);
  expect(request?.headers).toMatchObject({
    authorization: "Bearer token-1",
    "content-type": "application/json",
    "if-match": '"abc"',
    "ms-requestid": write.requestId,
    "ms-correlationid": write.correlationId,
    "ms-contract-version": "v1",
    "x-locale": "en-US",
    "ms-partnercenter-application": "csp-marketplace-test",
  });
});

test("an etag that has its quotes already is not quoted twice, and none is sent where there is none", async () => {
  upstream.answer(() => ({}));
  await send(partnerCenterAt(upstream.url), { etag: '"abc"' });
  await send(partnerCenterAt(upstream.url));
  expect(upstream.requests.map(({ headers }) => headers["if-match"])).toEqual(['"abc"', undefined]);
});

describe("one call is one request on the wire", () => {
  const cases: [string, Handler, unknown][] = [
    ["200", () => ({ body: { quantity: 27 } }), { kind: "answered", status: 200, body: { quantity: 27 } }],
    ["200 with a byte-order mark", () => ({ body: '\uFEFF{"quantity":27}' }), { status: 200, body: { quantity: 27 } }],
    ["200 that cannot be read", () => ({ body: "<html>" }), { kind: "answered", status: 200, body: undefined }],
    ["202", () => ({ status: 202, body: "", headers: { location: "/later" } }), { kind: "answered", status: 202 }],
    ["503", () => ({ status: 503, body: "" }), { kind: "answered", status: 503, body: undefined }],
    [
      "429 with Retry-After",
      () => ({ status: 429, body: { statusCode: 429, message: "Rate limit" }, headers: { "retry-after": "57" } }),
      { kind: "answered", status: 429, retryAfterSeconds: 57 },
    ],
    ["401", () => ({ status: 401, body: { code: 900421 } }), { kind: "answered", status: 401, body: { code: 900421 } }],
    ["a redirect", () => ({ status: 307, headers: { location: "/elsewhere" } }), { kind: "answered", status: 307 }],
    ["a reset before the reply", (_, { socket }) => void socket.resetAndDestroy(), { kind: "noAnswer" }],
    [
      "a reset in the middle of the reply",
      (_, { response, socket }) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
        response.write('{"quantity":27', () => socket.resetAndDestroy());
        return undefined;
      },
      { kind: "noAnswer" },
    ],
    ["no reply at all", () => undefined, { kind: "noAnswer", reason: "no answer within 80 ms" }],
    [
      "a reply that never ends",
      (_, { response }) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.write('{"quantity":27');
        return undefined;
      },
      { kind: "noAnswer", reason: "no answer within 80 ms" },
    ],
  ];

  test.each(cases)("%s", async (name, handler, expected) => {
    upstream.answer(handler);
    const answer = await send(partnerCenterAt(upstream.url), {}, name.includes("repl") ? 80 : 5_000);
    expect(answer).toMatchObject(expected as object);
    expect(upstream.requests).toHaveLength(1);
  });
});

test("nothing is sent after sendBy, and the caller learns it for certain", async () => {
  const late = fakeTime();
  const partnerCenter = partnerCenterAt(upstream.url, { time: late });
  late.advance(30_000);
  expect(await send(partnerCenter)).toEqual({ kind: "notSent", reason: "tooLate" });
  expect(upstream.requests).toHaveLength(0);
});

test("the clock is looked at when the connection is open, so a process that was paused before it sends nothing", async () => {
  const time = fakeTime();
  const { connection } = partnerCenterAt(upstream.url, { time });
  const pausedWhileConnecting: Transport = (request) => {
    const agent = request.agent!;
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (...asked) => {
      const socket = connect(...asked);
      time.advance(30_000);
      return socket;
    };
    return connection.transport(request);
  };
  const writer = createSubscriptionWriter({ ...connection, transport: pausedWhileConnecting });
  expect(await writer.patch(reseller(), CUSTOMER, SUBSCRIPTION, write)).toEqual({ kind: "notSent", reason: "tooLate" });
  expect(upstream.requests).toHaveLength(0);
});

test("a server that cannot be reached is no answer, and says that no connection was made", async () => {
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => free.once("listening", resolve));
  const address = free.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  await new Promise((resolve) => free.close(resolve));

  const answer = await send(partnerCenterAt(`http://127.0.0.1:${port}`));
  expect(answer).toMatchObject({ kind: "noAnswer", reason: expect.stringContaining("not connected") as string });
});

test.each([
  ["resellerNotAuthorized", { resellerState: "Revoked" }, { kind: "notSent", reason: "resellerRevoked" }],
  ["resellerNotAuthorized", { resellerState: "SecretInvalid" }, { kind: "notSent", reason: "secretInvalid" }],
  ["secretsUnavailable", {}, { kind: "notSent", reason: "noToken", detail: "secretsUnavailable" }],
])("without a token (%s %j) nothing is sent", async (code, extensions, expected) => {
  const { connection, tokens } = partnerCenterAt(upstream.url);
  const get = (): Promise<string> => Promise.reject(new AppError("conflict", code, "no", { extensions }));
  const writer = createSubscriptionWriter({ ...connection, accessTokens: { ...tokens, get } });
  expect(await writer.patch(reseller(), CUSTOMER, SUBSCRIPTION, write)).toEqual(expected);
  expect(upstream.requests).toHaveLength(0);
});

test("a token that was refused is not used for the next attempt", async () => {
  upstream.answer(() => ({ status: 401, body: { code: "400" } }));
  const partnerCenter = partnerCenterAt(upstream.url);
  await send(partnerCenter);
  await send(partnerCenter);
  expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1", "Bearer token-2"]);
});

test("while Microsoft asks to wait longer than a write may wait, nothing is sent", async () => {
  upstream.answer(() => ({ status: 429, headers: { "retry-after": "57" } }));
  const partnerCenter = partnerCenterAt(upstream.url);
  await send(partnerCenter);
  expect(await send(partnerCenter)).toEqual({
    kind: "notSent",
    reason: "tooLate",
    detail: "upstreamThrottled, 57 s",
  });
  expect(upstream.requests).toHaveLength(1);
});

test("the log names status and ids, and holds neither token nor body", async () => {
  upstream.answer(() => ({ body: { quantity: 27, friendlyName: "Larkspur" } }));
  const partnerCenter = partnerCenterAt(upstream.url);
  await send(partnerCenter);
  expect(partnerCenter.logged).toContainEqual(
    expect.objectContaining({
      status: 200,
      remoteRequestId: write.requestId,
      remoteCorrelationId: write.correlationId,
    }),
  );
  expect(JSON.stringify(partnerCenter.logged)).not.toMatch(/token-1|Larkspur/);
});
