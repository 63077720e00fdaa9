import { startEntra, type Entra } from "../../../local/entra/entra";
import { VirtualClock } from "../../../local/virtual-clock";
import { appForm, control, token } from "./client";
import { expectRefusal, type Refusal } from "./refusal";
import {
  cspApp,
  customer,
  graph,
  msp,
  oldSecret,
  partnerCenterScope,
  reseller,
  scriptApp,
  secret,
  seed,
  singleTenantApp,
  stranger,
} from "./world";

let entra: Entra;

beforeAll(async () => {
  entra = await startEntra({
    seed,
    clock: new VirtualClock({ running: false, start: new Date("2026-11-20T08:01:02Z") }),
  });
});
beforeEach(() => entra.reset());
afterAll(() => entra.close());

const refusals: Refusal[] = [
  {
    when: "the secret is wrong",
    code: 7000215,
    error: "invalid_client",
    status: 401,
    ask: () => token(entra, reseller, { ...appForm(), client_secret: "no" }),
  },
  {
    when: "the secret was replaced by its owner",
    code: 7000215,
    error: "invalid_client",
    status: 401,
    ask: async () => {
      await control(entra, "PATCH", `apps/${cspApp}/secrets`, { value: secret, become: "wrong" });
      return token(entra, reseller, appForm());
    },
  },
  {
    when: "the secret has expired",
    code: 7000222,
    error: "invalid_client",
    status: 401,
    ask: () => token(entra, reseller, { ...appForm(), client_secret: oldSecret }),
  },
  {
    when: "the switch makes the secret expire",
    code: 7000222,
    error: "invalid_client",
    status: 401,
    ask: async () => {
      await control(entra, "PATCH", `apps/${cspApp}/secrets`, { become: "expired" });
      return token(entra, reseller, appForm());
    },
  },
  {
    when: "no secret is sent",
    code: 7000218,
    error: "invalid_client",
    status: 401,
    ask: () =>
      token(entra, reseller, { client_id: cspApp, grant_type: "client_credentials", scope: `${graph}/.default` }),
  },
  {
    when: "a public client asks for an app-only token without a secret",
    code: 7000218,
    error: "invalid_client",
    status: 401,
    ask: () =>
      token(entra, msp, { client_id: scriptApp, grant_type: "client_credentials", scope: `${graph}/.default` }),
  },
  {
    when: "a certificate is used that nobody registered",
    code: 700027,
    error: "invalid_client",
    status: 401,
    ask: () => token(entra, reseller, { ...appForm(), client_assertion: "e30.e30.x" }),
  },
  {
    when: "the app is unknown",
    code: 700016,
    error: "unauthorized_client",
    status: 400,
    ask: () => token(entra, reseller, { ...appForm(), client_id: stranger }),
  },
  {
    when: "a single-tenant app is used in a foreign directory",
    code: 700016,
    error: "unauthorized_client",
    status: 400,
    ask: () => token(entra, customer, { ...appForm(), client_id: singleTenantApp }),
  },
  {
    when: "the directory never let the app in",
    code: 7000229,
    error: "invalid_client",
    status: 401,
    ask: () => token(entra, customer, appForm()),
  },
  {
    when: "the tenant does not exist",
    code: 90002,
    error: "invalid_request",
    status: 400,
    ask: () => token(entra, "nowhere.example", appForm()),
  },
  {
    when: "a domain is not verified",
    code: 90002,
    error: "invalid_request",
    status: 400,
    ask: () => token(entra, "not-yet.test", appForm()),
  },
  {
    when: "an app-only token is asked for without naming a tenant",
    code: 50059,
    error: "invalid_request",
    status: 400,
    ask: () => token(entra, "common", appForm()),
  },
  {
    when: "the resource is unknown",
    code: 500011,
    error: "invalid_resource",
    status: 400,
    ask: () => token(entra, reseller, appForm("https://nothing.example/.default")),
  },
  {
    when: "an app-only request names single permissions",
    code: 1002012,
    error: "invalid_scope",
    status: 400,
    ask: () => token(entra, reseller, appForm(partnerCenterScope)),
  },
  {
    when: "no grant type is sent",
    code: 900144,
    error: "invalid_request",
    status: 400,
    ask: () => token(entra, reseller, {}),
  },
  {
    when: "the grant type is unknown",
    code: 70003,
    error: "unsupported_grant_type",
    status: 400,
    ask: () => token(entra, reseller, { grant_type: "wishes" }),
  },
];

test.each(refusals)("$code when $when", expectRefusal);

test("the client's request id comes back as the correlation id", async () => {
  const id = "12345678-9abc-4def-8123-456789abcdef";
  const { body, headers } = await token(entra, "nowhere.example", appForm(), { headers: { "client-request-id": id } });
  expect(body["correlation_id"]).toBe(id);
  expect(headers.get("client-request-id")).toBe(id);
});

test("switches change the two unconfirmed answers about unknown apps", async () => {
  await control(entra, "PUT", "switches", { unknownApp: "invalid_client", missingServicePrincipal: 700016 });
  expect(await token(entra, customer, appForm())).toMatchObject({
    status: 401,
    body: { error: "invalid_client", error_codes: [700016] },
  });
});

test("odd input is refused in the same shape, never with a server error", async () => {
  const oddities: [string, RequestInit][] = [
    ["oauth2/v2.0/token", { method: "POST" }],
    ["oauth2/v2.0/token", { method: "POST", body: "{}", headers: { "content-type": "application/json" } }],
    [
      "oauth2/v2.0/token",
      {
        method: "POST",
        body: "a=%ZZ&=&&grant_type[]=x",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      },
    ],
    ["oauth2/token", { method: "POST", body: "<xml/>", headers: { "content-type": "application/xml" } }],
    [
      "oauth2/v2.0/token",
      {
        method: "POST",
        body: new URLSearchParams([
          ["grant_type", "password"],
          ["username", "\u0000"],
          ["password", "x".repeat(9_000)],
        ]),
      },
    ],
    [
      "oauth2/v2.0/token",
      { method: "POST", body: new URLSearchParams({ grant_type: "constructor", client_id: "__proto__" }) },
    ],
  ];
  for (const [path, request] of oddities) {
    const response = await fetch(`${entra.url}/${reseller}/${path}`, request);
    expect({ path, status: response.status }).toEqual({ path, status: 400 });
    expect(await response.json()).toHaveProperty("error_codes");
  }
  const longTenant = await fetch(`${entra.url}/${"x".repeat(500)}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(appForm()),
  });
  expect(await longTenant.json()).toMatchObject({ error_codes: [90002] });
});
