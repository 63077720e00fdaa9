import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from "jose";
import { startEntra, type Entra } from "../../../local/entra/entra";
import { keyOverlapMs } from "../../../local/entra/signing-keys";
import { PortInUseError } from "../../../local/stand-in";
import { VirtualClock } from "../../../local/virtual-clock";
import { control, signIn, text } from "./client";
import { cspApp, partnerCenter, reseller, seed } from "./world";

let entra: Entra;
let clock: VirtualClock;

beforeAll(async () => {
  clock = new VirtualClock({ running: false });
  entra = await startEntra({ seed, clock });
});
beforeEach(() => entra.reset());
afterAll(() => entra.close());

async function json(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(entra.url + path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("a domain leads to its directory: the issuer carries the tenant id", async () => {
  const { status, body } = await json("/reseller.onmicrosoft.com/v2.0/.well-known/openid-configuration");
  expect(status).toBe(200);
  expect(body).toMatchObject({
    issuer: `${entra.url}/${reseller}/v2.0`,
    authorization_endpoint: `${entra.url}/${reseller}/oauth2/v2.0/authorize`,
    token_endpoint: `${entra.url}/${reseller}/oauth2/v2.0/token`,
    jwks_uri: `${entra.url}/${reseller}/discovery/v2.0/keys`,
  });
});

test("the older configuration names the older issuer and endpoints", async () => {
  const { body } = await json(`/${reseller}/.well-known/openid-configuration`);
  expect(body).toMatchObject({
    issuer: `https://sts.windows.net/${reseller}/`,
    token_endpoint: `${entra.url}/${reseller}/oauth2/token`,
  });
});

test.each(["common", "organizations"])("%s has an issuer with a place for the tenant", async (tenant) => {
  const { body } = await json(`/${tenant}/v2.0/.well-known/openid-configuration`);
  expect(body["issuer"]).toBe(`${entra.url}/{tenantid}/v2.0`);
});

test.each(["unknown.example", "not-yet.test", "99999999-0000-4000-8000-000000000009"])(
  "%s belongs to no directory: 400 invalid_tenant",
  async (tenant) => {
    for (const path of ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"]) {
      const { status, body } = await json(`/${tenant}/${path}`);
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: "invalid_tenant", error_codes: [90002] });
      expect(body["error_description"]).toContain("AADSTS90002");
    }
  },
);

test("instance discovery knows this host", async () => {
  const { body } = await json("/common/discovery/instance?api-version=1.1&authorization_endpoint=x");
  expect(body["metadata"]).toEqual([expect.objectContaining({ aliases: [new URL(entra.url).host] })]);
});

test("published keys verify tokens before and after a rotation, until the old key is retired", async () => {
  const keySet = () => createRemoteJWKSet(new URL(`${entra.url}/${reseller}/discovery/v2.0/keys`));
  const issuer = `https://sts.windows.net/${reseller}/`;
  const verify = (jwt: string) => jwtVerify(jwt, keySet(), { issuer, audience: partnerCenter, algorithms: ["RS256"] });

  const before = text((await signIn(entra, "agent@reseller.test"))["access_token"]);
  await expect(verify(before)).resolves.toMatchObject({ payload: { tid: reseller } });
  const { kid } = await control(entra, "POST", "keys/rotate");
  const after = text((await signIn(entra, "agent@reseller.test"))["access_token"]);
  expect(decodeProtectedHeader(after).kid).toBe(kid);
  expect(decodeProtectedHeader(before).kid).not.toBe(kid);
  await expect(verify(after)).resolves.toMatchObject({ payload: { tid: reseller } });
  await expect(verify(before)).resolves.toMatchObject({ payload: { tid: reseller } });

  await clock.advance(keyOverlapMs);
  await expect(verify(before)).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  await expect(entra.verify(before)).rejects.toThrow("retired");
  await expect(verify(after)).resolves.toMatchObject({ payload: { tid: reseller } });
});

test("id tokens verify against the v2.0 issuer and the app", async () => {
  const { id_token: idToken } = await signIn(entra, "agent@reseller.test");
  const keys = createRemoteJWKSet(new URL(`${entra.url}/common/discovery/v2.0/keys`));
  const { payload } = await jwtVerify(text(idToken), keys, {
    issuer: `${entra.url}/${reseller}/v2.0`,
    audience: cspApp,
  });
  expect(payload["nonce"]).toBe("a nonce");
});

test("a taken port is refused by name", async () => {
  await expect(startEntra({ seed, port: entra.port })).rejects.toThrow(PortInUseError);
  await expect(startEntra({ seed, port: entra.port })).rejects.toThrow(/Entra cannot listen on port \d+: it is in use/);
});
