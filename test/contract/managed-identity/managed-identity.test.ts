import { DefaultAzureCredential, ManagedIdentityCredential } from "@azure/identity";
import { decodeJwt } from "jose";
import net from "node:net";
import type { AddressInfo } from "node:net";
import type { ManagedIdentity } from "../../../local/managed-identity/start-managed-identity";
import { startManagedIdentity } from "../../../local/managed-identity/start-managed-identity";
import type { TokenIssuer } from "../../../local/managed-identity/token-issuer";
import { createTokenIssuer } from "../../../local/managed-identity/token-issuer";
import { PortInUseError } from "../../../local/stand-in";

const tenantId = "11111111-1111-1111-1111-111111111111";
const clientId = "22222222-2222-2222-2222-222222222222";
let issuer: TokenIssuer;
let identity: ManagedIdentity;

beforeAll(async () => {
  issuer = await createTokenIssuer(tenantId);
  identity = await startManagedIdentity({ issueToken: issuer.issueToken, clientIds: [clientId] });
  Object.assign(process.env, identity.environment);
});
afterAll(async () => {
  delete process.env["IDENTITY_ENDPOINT"];
  delete process.env["IDENTITY_HEADER"];
  await identity.close();
});
beforeEach(() => identity.reset());

/** `@azure/identity` keeps tokens per process and resource, so every test asks for a resource of its own. */
let resources = 0;
const newResource = (): string => `https://resource-${(resources += 1)}.example`;

function ask(query: Record<string, string>, headers: Record<string, string> = {}, of = identity): Promise<Response> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = of.environment;
  return fetch(`${IDENTITY_ENDPOINT}?${new URLSearchParams({ "api-version": "2019-08-01", ...query }).toString()}`, {
    headers: { "X-IDENTITY-HEADER": IDENTITY_HEADER, ...headers },
  });
}

describe("the Azure SDK", () => {
  test("DefaultAzureCredential gets a token that can be verified", async () => {
    const resource = newResource();
    const { token, expiresOnTimestamp } = await new DefaultAzureCredential().getToken(`${resource}/.default`);
    const claims = await issuer.verifyToken(token, resource);
    expect(claims).toMatchObject({ iss: `https://sts.windows.net/${tenantId}/`, aud: resource, tid: tenantId });
    expect(expiresOnTimestamp).toBe(claims.exp! * 1000);
    expect(claims.exp! - claims.iat!).toBe(24 * 3600);
    expect(identity.calls()).toEqual([{ resource, clientId: undefined }]);
  });

  test("ManagedIdentityCredential of a user-assigned identity gets a token of that identity", async () => {
    const resource = newResource();
    const { token } = await new ManagedIdentityCredential({ clientId }).getToken(resource);
    expect(await issuer.verifyToken(token, resource)).toMatchObject({ appid: clientId, idtyp: "app" });
    const system = await new ManagedIdentityCredential().getToken(resource);
    expect(decodeJwt(system.token)["appid"]).not.toBe(clientId);
    expect(decodeJwt(system.token).sub).not.toBe(decodeJwt(token).sub);
  });

  test("a token is asked for once and then kept by the client", async () => {
    const credential = new ManagedIdentityCredential();
    const resource = newResource();
    const first = await credential.getToken(resource);
    expect((await credential.getToken(resource)).token).toBe(first.token);
    expect(identity.calls()).toHaveLength(1);
  });

  test("an identity that the app does not have is refused", async () => {
    const stranger = new ManagedIdentityCredential({ clientId: "33333333-3333-3333-3333-333333333333" });
    await expect(stranger.getToken(newResource())).rejects.toThrow(
      "No User Assigned or Delegated Managed Identity found",
    );
    expect(identity.calls()).toEqual([]);
  });

  test("a fault reaches the client with its message", async () => {
    const fault = { status: 400, message: "The identity service is away." };
    const { url } = identity;
    const headers = { "content-type": "application/json" };
    const added = await fetch(`${url}/_control/faults`, { method: "POST", headers, body: JSON.stringify(fault) });
    expect(added.status).toBe(201);
    const credential = new ManagedIdentityCredential();
    const resource = newResource();
    await expect(credential.getToken(resource)).rejects.toThrow("The identity service is away.");
    await issuer.verifyToken((await credential.getToken(resource)).token, resource);
  });
});

describe("the endpoint", () => {
  test("its answer has the fields of App Service", async () => {
    const response = await ask({ resource: "https://vault.azure.net", client_id: clientId });
    expect(response.status).toBe(200);
    const body = (await response.json()) as Record<string, string>;
    expect(body).toEqual({
      access_token: body["access_token"],
      expires_on: String(decodeJwt(body["access_token"]!).exp),
      resource: "https://vault.azure.net",
      token_type: "Bearer",
      client_id: clientId,
    });
  });

  test.each(["wrong", ""])("a caller with the header %p is refused", async (header) => {
    const response = await ask({ resource: "https://vault.azure.net" }, { "X-IDENTITY-HEADER": header });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      statusCode: 401,
      message: expect.stringContaining("X-IDENTITY-HEADER") as string,
      correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect(identity.calls()).toEqual([]);
  });

  test("a request without a resource is refused", async () => {
    const response = await ask({});
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ statusCode: 400, message: "The resource parameter is missing." });
  });

  test("another version of the API is refused", async () => {
    const response = await ask({ "api-version": "2017-09-01", resource: "https://vault.azure.net" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "UnsupportedApiVersion" } });
  });

  test("a resource that the issuer does not know is refused with its reason", async () => {
    const picky = await startManagedIdentity({
      issueToken: () => Promise.reject(new Error("AADSTS500011: The resource principal was not found.")),
    });
    const response = await ask({ resource: "https://unknown.example" }, {}, picky);
    await picky.close();
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining("AADSTS500011") as string });
  });

  test("an app without a system-assigned identity must say which identity it means", async () => {
    const assigned = await startManagedIdentity({ issueToken: issuer.issueToken, systemAssigned: false });
    const resource = newResource();
    const unnamed = await ask({ resource }, {}, assigned);
    const named = await ask({ resource, client_id: clientId }, {}, assigned);
    await assigned.close();
    expect([unnamed.status, named.status]).toEqual([400, 200]);
    expect(await unnamed.json()).toMatchObject({ message: "Unable to load the proper Managed Identity." });
  });

  test("a port in use is named", async () => {
    const taken = net.createServer();
    await new Promise<void>((listening) => taken.listen(0, "127.0.0.1", listening));
    const { port } = taken.address() as AddressInfo;
    try {
      await expect(startManagedIdentity({ port })).rejects.toThrow(new PortInUseError("managed identity", port));
    } finally {
      await new Promise((closed) => taken.close(closed));
    }
  });
});

describe("the issuer", () => {
  test("a token is refused for another resource, of another issuer and after its end", async () => {
    const resource = newResource();
    const { token } = await issuer.issueToken(resource);
    await expect(issuer.verifyToken(token, newResource())).rejects.toMatchObject({ claim: "aud" });
    const other = await createTokenIssuer(tenantId);
    await expect(other.verifyToken(token, resource)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
    const shortLived = await createTokenIssuer(tenantId, -1);
    const expired = await shortLived.issueToken(resource);
    await expect(shortLived.verifyToken(expired.token, resource)).rejects.toMatchObject({ code: "ERR_JWT_EXPIRED" });
  });
});
