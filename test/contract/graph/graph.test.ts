import { startEntra, type Entra } from "../../../local/entra/entra";
import { startGraph, type Graph } from "../../../local/graph/graph";
import { PortInUseError } from "../../../local/stand-in";
import { VirtualClock } from "../../../local/virtual-clock";
import { app, businessPremium, customer, entraSeed, graphSeed, partner, secret, unseeded, weakApp } from "./world";

let entra: Entra;
let graph: Graph;

beforeAll(async () => {
  const clock = new VirtualClock({ running: false, start: new Date("2026-11-20T08:01:02Z") });
  entra = await startEntra({ seed: entraSeed, clock });
  graph = await startGraph({ seed: graphSeed, clock, verify: entra.verify });
});
beforeEach(async () => {
  await entra.reset();
  await graph.reset();
});
afterAll(async () => {
  await graph.close();
  await entra.close();
});

async function tokenFor(form: Record<string, string>, tenant = customer): Promise<string> {
  const response = await fetch(`${entra.url}/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({ client_secret: secret, ...form }),
  });
  const body = (await response.json()) as Record<string, unknown>; // the endpoint always answers with an object
  if (typeof body["access_token"] !== "string") throw new Error(JSON.stringify(body));
  return body["access_token"];
}

const appToken = (tenant = customer, clientId = app, scope = "https://graph.microsoft.com/.default") =>
  tokenFor({ client_id: clientId, grant_type: "client_credentials", scope }, tenant);

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown> & { value: Record<string, unknown>[] };
}

async function get(path: string, token: string | undefined, headers: Record<string, string> = {}): Promise<Answer> {
  const url = path.startsWith("http") ? path : graph.url + path;
  const response = await fetch(url, {
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
  });
  const body = (await response.json()) as Answer["body"]; // every answer of Graph here is an object
  return { status: response.status, headers: response.headers, body };
}

async function control(method: string, path: string, body?: unknown): Promise<number> {
  const response = await fetch(`${graph.url}/_control/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  await response.arrayBuffer();
  return response.status;
}

describe("licences", () => {
  test("come with seats bought, assigned and in grace, those of the company too", async () => {
    const { status, body } = await get("/v1.0/subscribedSkus", await appToken());
    expect(status).toBe(200);
    expect(body.value).toHaveLength(2);
    expect(body.value[0]).toEqual({
      id: `${customer}_${businessPremium.skuId}`,
      accountId: customer,
      accountName: "Müller & Söhne",
      ...businessPremium,
      subscriptionIds: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
    });
    expect(body.value[1]).toMatchObject({ appliesTo: "Company", prepaidUnits: { warning: 1 }, servicePlans: [] });
  });

  test("follow a change of seats", async () => {
    const token = await appToken();
    graph.setSubscribedSkus(customer, [
      { ...businessPremium, prepaidUnits: { enabled: 30, suspended: 0, warning: 0, lockedOut: 0 } },
    ]);
    expect((await get("/v1.0/subscribedSkus", token)).body.value).toMatchObject([{ prepaidUnits: { enabled: 30 } }]);
    const sku = { skuId: businessPremium.skuId, skuPartNumber: "SPB", prepaidUnits: { enabled: 31 } };
    expect(await control("PUT", `tenants/${customer}/subscribed-skus`, [sku])).toBe(200);
    const { body } = await get("/v1.0/subscribedSkus?$select=skuPartNumber,prepaidUnits", token);
    expect(body.value).toEqual([
      { skuPartNumber: "SPB", prepaidUnits: { enabled: 31, suspended: 0, warning: 0, lockedOut: 0 } },
    ]);
    await graph.reset();
    expect((await get("/v1.0/subscribedSkus", token)).body.value).toHaveLength(2);
  });

  test("take no filter and no paging", async () => {
    for (const option of ["$filter=capabilityStatus eq 'Enabled'", "$top=1"]) {
      const { status, body } = await get(`/v1.0/subscribedSkus?${option}`, await appToken());
      expect({ status, body }).toMatchObject({ status: 400, body: { error: { code: "Request_UnsupportedQuery" } } });
    }
  });

  test("may be read with the least permission, unless the switch says otherwise", async () => {
    const token = await appToken(customer, weakApp);
    expect((await get("/v1.0/subscribedSkus", token)).status).toBe(200);
    expect((await get("/v1.0/organization", token)).status).toBe(403);
    await control("PUT", "switches", { licenseAssignmentRead: false });
    expect((await get("/v1.0/subscribedSkus", token)).status).toBe(403);
  });
});

describe("the organization", () => {
  test("is the one of the token's tenant", async () => {
    const { body } = await get("/v1.0/organization", await appToken());
    expect(body.value).toMatchObject([
      {
        id: customer,
        displayName: "Müller & Söhne",
        verifiedDomains: [
          { name: "customer.onmicrosoft.com", isInitial: true, isDefault: false },
          { name: "customer.test", isInitial: false, isDefault: true },
        ],
      },
    ]);
    const other = await get("/v1.0/organization", await appToken(partner));
    expect(other.body.value).toMatchObject([{ id: partner }]);
  });

  test("has domains, verified or not", async () => {
    const { body } = await get("/v1.0/domains", await appToken());
    expect(body.value.map(({ id, isVerified }) => [id, isVerified])).toEqual([
      ["customer.onmicrosoft.com", true],
      ["customer.test", true],
      ["planned.test", false],
    ]);
  });
});

describe("users and groups", () => {
  test("come in pages that lead to all of them, once each", async () => {
    const token = await appToken();
    const seen: unknown[] = [];
    let next: unknown = "/v1.0/users?$top=100&$select=id,usageLocation";
    const sizes: number[] = [];
    while (typeof next === "string") {
      const { body } = await get(next, token);
      sizes.push(body.value.length);
      seen.push(...body.value.map(({ id }) => id));
      next = body["@odata.nextLink"];
    }
    expect(sizes).toEqual([100, 100, 50]);
    expect(new Set(seen).size).toBe(250);
  });

  test("show the usual properties, or those selected", async () => {
    const token = await appToken();
    const usual = await get("/v1.0/users/user7@CUSTOMER.test", token);
    expect(usual.body).toMatchObject({ displayName: "User 7", mail: null });
    expect(usual.body).not.toHaveProperty("usageLocation");
    const chosen = await get("/v1.0/users/00000000-0000-4000-8000-000000000007?$select=usageLocation", token);
    expect(chosen.body).toEqual({ "@odata.context": expect.any(String) as string, usageLocation: "DE" });
  });

  test("that do not exist are reported with 404", async () => {
    const { status, body } = await get("/v1.0/users/nobody@customer.test", await appToken());
    expect(status).toBe(404);
    expect(body["error"]).toMatchObject({ code: "Request_ResourceNotFound" });
  });

  test("are groups too", async () => {
    const { body } = await get("/v1.0/groups", await appToken());
    expect(body.value).toMatchObject([{ displayName: "AdminAgents", securityEnabled: true }]);
  });

  test.each(["$top=0", "$top=1000", "$top=x", "$skiptoken=zzz"])("refuse %s", async (option) => {
    expect((await get(`/v1.0/users?${option}`, await appToken())).status).toBe(400);
  });
});

describe("a token", () => {
  test("is needed, and it must be one for Graph", async () => {
    const forStorage = await appToken(customer, app, "https://storage.azure.com/.default");
    for (const token of [undefined, "nonsense", forStorage]) {
      const { status, body } = await get("/v1.0/subscribedSkus", token, { "client-request-id": "my-id" });
      expect(status).toBe(401);
      expect(body["error"]).toEqual({
        code: "InvalidAuthenticationToken",
        message: expect.stringContaining("Access token") as string,
        innerError: {
          date: "2026-11-20T08:01:02",
          "request-id": expect.any(String) as string,
          "client-request-id": "my-id",
        },
      });
    }
  });

  test("without the permission is answered 403, until an administrator grants it", async () => {
    const token = await appToken(customer, weakApp);
    const { status, body } = await get("/v1.0/users", token);
    expect(status).toBe(403);
    expect(body["error"]).toMatchObject({ code: "Authorization_RequestDenied" });
  });

  test("of a user counts by its delegated permissions", async () => {
    const token = await tokenFor({
      client_id: app,
      grant_type: "password",
      username: "admin@customer.test",
      password: "pw",
      scope: "User.Read",
    });
    expect((await get("/v1.0/organization", token)).status).toBe(200);
    expect((await get("/v1.0/subscribedSkus", token)).status).toBe(403);
  });

  test("of a tenant that Graph does not know is refused", async () => {
    const { status, body } = await get("/v1.0/organization", await appToken(unseeded));
    expect(status).toBe(401);
    expect(body["error"]).toMatchObject({ code: "Authorization_IdentityNotFound" });
  });
});

describe("faults", () => {
  test("throttle with Retry-After, so many times", async () => {
    const token = await appToken();
    await control("POST", "faults", { route: "subscribedSkus", status: 429, retryAfterSeconds: 11, times: 1 });
    const throttled = await get("/v1.0/subscribedSkus", token);
    expect(throttled.status).toBe(429);
    expect(throttled.headers.get("retry-after")).toBe("11");
    expect(throttled.body["error"]).toMatchObject({ code: "TooManyRequests" });
    expect((await get("/v1.0/subscribedSkus", token)).status).toBe(200);
  });

  test("drop connections", async () => {
    await control("POST", "faults", { route: "users", drop: "before" });
    await expect(get("/v1.0/users", await appToken())).rejects.toThrow("fetch failed");
  });
});

test("an unknown address is answered in Graph's shape", async () => {
  const { status, body } = await get("/v1.0/me/drive", await appToken());
  expect(status).toBe(400);
  expect(body["error"]).toMatchObject({ code: "BadRequest" });
});

test("a control call that makes no sense says why", async () => {
  expect(await control("PUT", "tenants/none/subscribed-skus", [])).toBe(404);
  expect(await control("PUT", `tenants/${customer}/subscribed-skus`, [{ skuId: 1 }])).toBe(400);
  expect(() => graph.setSubscribedSkus("none", [])).toThrow('No tenant "none"');
});

test("a taken port is refused by name", async () => {
  const second = startGraph({ seed: graphSeed, port: graph.port, verify: () => Promise.reject(new Error("unused")) });
  await expect(second).rejects.toThrow(PortInUseError);
});
