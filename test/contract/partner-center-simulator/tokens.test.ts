import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from "jose";
import { samplePartner } from "../../../local/partner-center-simulator/default-seed";
import { partnerId, seedOf, startSubscriptions, subscriptionPath, type SubscriptionBench } from "./subscriptions-bench";
import { appToken, unsignedToken, userToken, type Json, type Reply } from "./transport-client";

let bench: SubscriptionBench;

afterEach(() => bench.simulator.close());

const read = (token: string, path = subscriptionPath()): Promise<Reply> => bench.call("GET", path, { token });
const refusal = (status: number, code: string) => ({ status, body: { code } });
const user = { scp: "user_impersonation", upn: "ada@fabrikamcloud.onmicrosoft.com", amr: ["pwd", "mfa"] };

test("app-only and user tokens both read subscriptions", async () => {
  bench = await startSubscriptions();
  expect(await read(appToken)).toMatchObject({ status: 200 });
  expect(await read(userToken)).toMatchObject({ status: 200 });
});

test("without a token, or with one that is none, a call is refused with a challenge", async () => {
  bench = await startSubscriptions();
  const missing = await bench.call("GET", subscriptionPath(), { headers: { authorization: "" } });
  expect(missing).toMatchObject(refusal(401, "800001"));
  expect(missing.headers.get("www-authenticate")).toContain("urn:cpsvc:cpid");
  expect(await read("rubbish")).toMatchObject(refusal(401, "400"));
});

test("tokens for another audience, for graph.windows.net, or of an unknown tenant are refused", async () => {
  bench = await startSubscriptions();
  expect(await read(unsignedToken({ ...user, aud: "https://graph.microsoft.com" }))).toMatchObject(refusal(401, "400"));
  expect(await read(unsignedToken({ ...user, aud: "https://graph.windows.net" }))).toMatchObject(
    refusal(401, "900420"),
  );
  expect(await read(unsignedToken({ ...user, tid: "99999999-9999-4999-8999-999999999999" }))).toMatchObject(
    refusal(401, "400"),
  );
});

test("a user token without MFA is refused; ValidateMfa tells about any token", async () => {
  bench = await startSubscriptions();
  const weak = unsignedToken({ ...user, amr: ["pwd"] });
  const asked = (token: string) => bench.call("GET", subscriptionPath(), { token, headers: { ValidateMfa: "true" } });
  const refused = await asked(weak);
  expect(refused).toMatchObject(refusal(401, "900421"));
  expect(refused.headers.get("ismfacompliant")).toBe("false");
  expect((await asked(userToken)).headers.get("ismfacompliant")).toBe("true");
  expect((await read(userToken)).headers.get("ismfacompliant")).toBeNull();
});

test("some resources take user tokens only", async () => {
  bench = await startSubscriptions();
  expect(await read(appToken, "/v1/profiles/organization")).toMatchObject(refusal(403, "900329"));
  expect(await read(userToken, "/v1/profiles/organization")).toMatchObject({ status: 200 });
});

test("a user outside AdminAgents is refused, whether the token or the partner says so", async () => {
  bench = await startSubscriptions();
  expect(await read(unsignedToken({ ...user, groups: ["HelpdeskAgents"] }))).toMatchObject(refusal(403, "900150"));
  expect(await read(unsignedToken({ ...user, groups: ["AdminAgents"] }))).toMatchObject({ status: 200 });
  await bench.control("PATCH", `/partners/${partnerId}`, { adminAgents: ["grace@fabrikamcloud.onmicrosoft.com"] });
  expect(await read(userToken)).toMatchObject(refusal(403, "900150"));
  await bench.control("PATCH", `/partners/${partnerId}`, { adminAgents: [user.upn.toUpperCase()] });
  expect(await read(userToken)).toMatchObject({ status: 200 });
});

test("licences of a customer need a delegated role of the user there", async () => {
  bench = await startSubscriptions();
  const path = `${subscriptionPath().split("/subscriptions")[0]}/subscribedskus`;
  expect(await read(userToken, path)).toMatchObject({ status: 200 });
  await bench.control("PATCH", `/partners/${partnerId}`, { withoutGdap: [user.upn] });
  expect(await read(userToken, path)).toMatchObject(refusal(403, "900308"));
});

test("an application that is not registered in Partner Center is refused", async () => {
  const partner = { ...samplePartner, appIds: ["another-app"] };
  bench = await startSubscriptions([{}], { seed: { ...seedOf({}), partners: [partner] } });
  expect(await read(appToken)).toMatchObject(refusal(401, "400"));
});

test("calls of users are reported with their MFA, newest first", async () => {
  bench = await startSubscriptions();
  await read(userToken);
  await read(appToken);
  const { body } = await read(userToken, "/v1/partnerRequests");
  expect(body["items"]).toMatchObject([
    { operationName: "listPartnerRequests", mfaCompliant: true },
    { operationName: "getSubscription", upn: user.upn, tenantId: partnerId, mfaCompliant: true },
  ]);
});

describe("with the signing keys of an Entra", () => {
  let entra: Server;
  let key: CryptoKey;

  beforeAll(async () => {
    const pair = await generateKeyPair("RS256", { extractable: true });
    key = pair.privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "RS256", use: "sig" };
    entra = createServer((request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(request.url === "/common/discovery/v2.0/keys" ? { keys: [jwk] } : {}));
    });
    await new Promise<void>((resolve) => entra.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => new Promise((resolve) => entra.close(resolve)));

  const sign = (claims: Json, expiresAt: string) =>
    new SignJWT({ ...user, tid: partnerId, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "one" })
      .setAudience("https://api.partnercenter.microsoft.com")
      .setExpirationTime(expiresAt)
      .sign(key);

  test("only tokens signed by them and still valid are accepted", async () => {
    const { port } = entra.address() as AddressInfo;
    bench = await startSubscriptions([{}], { entraUrl: `http://127.0.0.1:${port}` });
    expect(await read(await sign({}, "1h"))).toMatchObject({ status: 200 });
    expect(await read(await sign({}, "-1h"))).toMatchObject(refusal(401, "400"));
    expect(await read(userToken)).toMatchObject(refusal(401, "400"));
  });
});
