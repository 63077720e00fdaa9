import { SignJWT } from "jose";
import { TenantId } from "../../../shared/domain/access/ids";
import type { TenantDirectory } from "../../../shared/domain/tenants/tenant-directory";
import { createOAuthClient } from "../../../shared/entra/oauth-client";
import { createTenantConsent } from "../../../shared/entra/tenant-consent";
import { createGraphClient } from "../../../shared/graph/graph-client";
import { fakeTime } from "../partner-center/setup";
import { startUpstream, type Reply, type Upstream } from "../partner-center/upstream";

const tenantId = TenantId.parse("6f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11");

let entra: Upstream;
let graph: Upstream;
beforeEach(async () => {
  [entra, graph] = await Promise.all([startUpstream(), startUpstream()]);
});
afterEach(async () => {
  await Promise.all([entra.close(), graph.close()]);
});

function directory(secrets: { application?: string } = { application: "secret" }): TenantDirectory {
  const time = fakeTime();
  return createTenantConsent({
    oauth: createOAuthClient({ authority: entra.url, time }),
    applicationId: "tenant-app",
    applicationSecret: () => Promise.resolve(secrets.application),
    graphResource: "https://graph.example",
    readOrganization: createGraphClient({ baseUrl: graph.url, time }).readOrganization,
  });
}

async function answerWithToken(): Promise<string> {
  const token = await new SignJWT({ roles: ["Organization.Read.All"] })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new Uint8Array(32));
  entra.answer(() => ({ body: { expires_in: 3600, access_token: token } }));
  return token;
}

const organization = (id: string = tenantId): Reply => ({ body: { value: [{ id, displayName: "Larkspur Dental" }] } });

test("the consent page is the tenant's own and asks for everything the application is registered for", () => {
  const url = new URL(
    directory().consentUrl({ tenantId, redirectUri: "https://x/app/TenantConsentCallback", state: "s" }),
  );
  expect(url.origin + url.pathname).toBe(`${entra.url}/${tenantId}/v2.0/adminconsent`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: "tenant-app",
    scope: "https://graph.example/.default",
    redirect_uri: "https://x/app/TenantConsentCallback",
    state: "s",
  });
});

test("consent is proven by a token for the tenant and the organisation it can read", async () => {
  const token = await answerWithToken();
  graph.answer(() => organization());
  expect(await directory().readOrganization(tenantId)).toEqual({
    kind: "consented",
    tenantId,
    displayName: "Larkspur Dental",
    permissions: ["Organization.Read.All"],
  });
  expect(entra.requests[0]?.path).toBe(`/${tenantId}/oauth2/v2.0/token`);
  expect(graph.requests[0]).toMatchObject({
    path: "/v1.0/organization",
    headers: { authorization: `Bearer ${token}` },
  });
});

test("every look takes a new token, because one from before the consent lacks its permissions", async () => {
  await answerWithToken();
  graph.answer(() => organization());
  const tenants = directory();
  await tenants.readOrganization(tenantId);
  await tenants.readOrganization(tenantId);
  expect(entra.requests).toHaveLength(2);
});

test.each([
  ["unauthorized_client", 700016],
  ["invalid_client", 7000229],
  ["invalid_grant", 65001],
  ["invalid_request", 90002],
])("it is missing when Entra says %s (%i)", async (error, code) => {
  entra.answer(() => ({ status: 400, body: { error, error_codes: [code] } }));
  expect(await directory().readOrganization(tenantId)).toEqual({ kind: "missing" });
  expect(graph.requests).toHaveLength(0);
});

test.each([401, 403])("it is missing when Graph refuses with %i", async (status) => {
  await answerWithToken();
  graph.answer(() => ({ status, body: { error: { code: "Authorization_RequestDenied" } } }));
  expect(await directory().readOrganization(tenantId)).toEqual({ kind: "missing" });
});

test("our own wrong secret is not the customer's missing consent", async () => {
  entra.answer(() => ({ status: 401, body: { error: "invalid_client", error_codes: [7000222] } }));
  await expect(directory().readOrganization(tenantId)).rejects.toMatchObject({ code: "tenantAppNotUsable" });
  await expect(directory({}).readOrganization(tenantId)).rejects.toMatchObject({ code: "tenantAppNotUsable" });
});

test("an outage is neither consent nor its absence", async () => {
  await answerWithToken();
  graph.answer(() => ({ status: 503, body: "" }));
  await expect(directory().readOrganization(tenantId)).rejects.toMatchObject({ code: "upstreamError" });
  entra.answer(() => ({ status: 503, body: "" }));
  await expect(directory().readOrganization(tenantId)).rejects.toMatchObject({ code: "upstreamError" });
});

test("an answer about another directory proves nothing", async () => {
  await answerWithToken();
  graph.answer(() => organization("7f0f6d52-0d7a-4e5a-9a5e-1f2b7c0d9e11"));
  await expect(directory().readOrganization(tenantId)).rejects.toMatchObject({ code: "upstreamError" });
});
