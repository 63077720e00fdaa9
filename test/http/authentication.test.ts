import { randomUUID } from "node:crypto";
import { decodeJwt, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { accessTokenOf } from "../../local/demo/access-token";
import { apiApp, DEMO_PASSWORD, tenantApp } from "../../local/presets/demo-apps";
import { customerTenants, mspTenant } from "../../local/presets/tenants";
import { addressOf, operations, someColleague, type Ids } from "./operations";
import { eventually, expectProblem, startWorld, type World } from "./platform-fixture";
import { registeredTenant } from "./steps";
import type { Answer } from "./wire";

const { mueller, harbour } = customerTenants;
/** Well-formed ids nobody has: who is refused here is refused before anything is looked up. */
const ids: Ids = {
  resellerId: "7ybqxpym18gw9d3atgs6tbch4z",
  customerId: "7ybqxpym18gw9d3atgs6tbch4z",
  tenantId: mueller.tenantId,
  changeId: "7ybqxpym18gw9d3atgs6tbch4z",
  subscriptionId: mueller.tenantId,
  batchId: "7ybqxpym18gw9d3atgs6tbch4z",
  principal: someColleague,
};

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const tenantsAs = (authorization: string): Promise<Answer> =>
  world.send("GET", "/api/v1/csp/tenants", { as: "nobody", headers: { authorization } });

/** What Entra answers at its token endpoint; the API's own application unless the form says otherwise. */
async function grant(directory: string, form: Record<string, string>): Promise<Record<string, string>> {
  const address = `${world.platform.entra.url}/${directory}/oauth2/v2.0/token`;
  const response = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({ client_id: apiApp.appId, ...form }),
  });
  if (!response.ok) throw new Error(`No token: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

describe.each(operations)("$c $method $path", (operation) => {
  const send = (headers: Record<string, string>): Promise<Answer> =>
    world.send(operation.method, addressOf(operation, ids), { as: "nobody", key: null, headers });

  test("without a token is refused, with the way to sign in", async () => {
    const answer = await send({});
    expectProblem(answer, 401, "unauthenticated");
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="csp-marketplace"');
  });

  test("with a token that is none is refused", async () => {
    const answer = await send({ authorization: "Bearer not.a.token" });
    expectProblem(answer, 401, "unauthenticated");
    expect(answer.headers.get("www-authenticate")).toContain('error="invalid_token"');
  });
});

describe("a token that is not for us, or not any more", () => {
  const cases: [name: string, make: () => Promise<string>][] = [
    ["with a changed claim", changedClaim],
    ["signed with somebody else's key", forged],
    ["without a signature", unsigned],
    ["that has expired", expired],
    [
      "for another API",
      async () => (await world.platform.entra.issueServiceToken("https://vault.azure.net")).accessToken,
    ],
    ["that is an id token", idToken],
    ["for an operation of the API that is not ours", otherScope],
    ["of a directory nobody registered", () => accessTokenOf(world.platform.entra.url, `user@${harbour.domain}`)],
  ];

  test.each(cases)("%s is refused, without saying why", async (_name, make) => {
    const answer = await tenantsAs(`Bearer ${await make()}`);
    expectProblem(answer, 401, "unauthenticated");
    expect(answer.body).toMatchObject({ detail: "The access token is not valid here, or no longer." });
  });

  test("credentials of another kind are refused", async () => {
    expectProblem(await tenantsAs("Basic YWRtaW46YWRtaW4="), 401, "unauthenticated");
    expectProblem(await tenantsAs(`Bearer ${await world.tokenOf("admin")} extra`), 401, "unauthenticated");
  });

  test("the platform's own principal header is worth nothing", async () => {
    const headers = {
      "x-ms-client-principal": btoa(JSON.stringify({ roles: ["Admin"] })),
      "x-ms-client-principal-name": "admin",
    };
    expectProblem(await world.send("GET", "/api/v1/csp/tenants", { as: "nobody", headers }), 401, "unauthenticated");
  });

  async function changedClaim(): Promise<string> {
    const [header = "", , signature = ""] = (await world.tokenOf("reader")).split(".");
    const claims = { ...decodeJwt(await world.tokenOf("reader")), roles: ["Admin"] };
    return [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
  }

  async function forged(): Promise<string> {
    const { privateKey, publicKey } = await generateKeyPair("RS256");
    const jwk = await exportJWK(publicKey);
    return new SignJWT(decodeJwt(await world.tokenOf("admin")))
      .setProtectedHeader({ alg: "RS256", kid: randomUUID(), jwk, typ: "JWT" })
      .sign(privateKey);
  }

  async function unsigned(): Promise<string> {
    return `${new UnsecuredJWT(decodeJwt(await world.tokenOf("admin"))).encode()}AAAA`;
  }

  /** Entra stamps tokens with the machine's time, so one of three hours ago is made three hours ago. */
  async function expired(): Promise<string> {
    jest.useFakeTimers({ now: Date.now() - 3 * 3_600_000, doNotFake: NOT_DATE });
    try {
      return await accessTokenOf(world.platform.entra.url, `admin@${mspTenant.domain}`);
    } finally {
      jest.useRealTimers();
    }
  }

  async function idToken(): Promise<string> {
    const form = {
      grant_type: "password",
      scope: "openid",
      username: `admin@${mspTenant.domain}`,
      password: DEMO_PASSWORD,
    };
    return (
      (await grant(mspTenant.domain, { ...form, scope: `api://${apiApp.appId}/access_as_user openid` }))["id_token"] ??
      ""
    );
  }

  /** An app's own token: no person signed in, and no role was given to it. */
  async function otherScope(): Promise<string> {
    const form = { grant_type: "client_credentials", client_id: tenantApp.appId, client_secret: tenantApp.secret };
    return (
      (await grant(mspTenant.tenantId, { ...form, scope: "https://graph.microsoft.com/.default" }))["access_token"] ??
      ""
    );
  }
});

describe("a token that is good", () => {
  test("a customer's own user is let in when the directory is registered, from then on", async () => {
    await registeredTenant(world, "mueller");
    const answer = await world.send("GET", `/api/v1/csp/tenants/${mueller.tenantId}`, { as: "tenantUser" });
    expect(answer.status).toBe(200);
  });

  test("it stays good when Entra signs with a new key", async () => {
    await world.control("entra", "POST", "/keys/rotate");
    expect((await tenantsAs(`bearer ${await world.tokenOf("admin")}`)).status).toBe(200);
  });

  test("while the keys to check it with cannot be had, the caller is asked to come again (signInUnavailable)", async () => {
    await registeredTenant(world, "harbour");
    const token = await accessTokenOf(world.platform.entra.url, `user@${harbour.domain}`);
    await world.control("entra", "POST", "/faults", { route: "discovery", status: 503 });
    const answer = await tenantsAs(`Bearer ${token}`);
    expectProblem(answer, 503, "signInUnavailable");
    expect(answer.headers.get("retry-after")).toBe("5");
    await eventually(
      () => tenantsAs(`Bearer ${token}`),
      ({ status }) => status === 200,
    );
  });
});

const NOT_DATE = [
  ...(["hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate", "clearImmediate"] as const),
  ...(["setInterval", "clearInterval", "setTimeout", "clearTimeout"] as const),
];
