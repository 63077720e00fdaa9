import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT, type CryptoKey, type JWK } from "jose";
import { createDirectoryKeys } from "../../../shared/http/signing-keys";

const DIRECTORY = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

/** An OpenID provider on loopback, whose keys and mood a test decides. */
async function provider() {
  const asked: string[] = [];
  const state: { keys: JWK[]; status: number } = { keys: [], status: 200 };
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    const isDiscovery = request.url?.endsWith("/.well-known/openid-configuration") === true;
    response.writeHead(state.status, { "content-type": "application/json" });
    response.end(JSON.stringify(isDiscovery ? { jwks_uri: `${authority}/${DIRECTORY}/keys` } : { keys: state.keys }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { authority, asked, state, stop };
}

async function signingKey(kid: string): Promise<{ jwk: JWK; sign: () => Promise<string> }> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" };
  return { jwk, sign: () => signed(privateKey, kid) };
}

function signed(key: CryptoKey, kid: string): Promise<string> {
  return new SignJWT({ n: 1 }).setProtectedHeader({ alg: "RS256", kid }).sign(key);
}

let idp: Awaited<ReturnType<typeof provider>>;
beforeEach(async () => {
  idp = await provider();
});
afterEach(() => idp.stop());

test("keys are looked up by discovery on first use, once for many tokens", async () => {
  const key = await signingKey("k1");
  idp.state.keys = [key.jwk];
  const keysOf = createDirectoryKeys({ authority: idp.authority });
  expect(idp.asked).toEqual([]);
  const tokens = await Promise.all([key.sign(), key.sign(), key.sign()]);
  const verified = await Promise.all(tokens.map((token) => jwtVerify(token, keysOf(DIRECTORY))));
  expect(verified.map(({ payload }) => payload["n"])).toEqual([1, 1, 1]);
  expect(idp.asked).toEqual([`/${DIRECTORY}/v2.0/.well-known/openid-configuration`, `/${DIRECTORY}/keys`]);
});

test("an unknown key id is the token's fault", async () => {
  idp.state.keys = [(await signingKey("k1")).jwk];
  const other = await signingKey("k2");
  const keysOf = createDirectoryKeys({ authority: idp.authority });
  await expect(jwtVerify(await other.sign(), keysOf(DIRECTORY))).rejects.toMatchObject({
    code: "ERR_JWKS_NO_MATCHING_KEY",
  });
});

test("a provider in trouble is `signInUnavailable`, and the next request tries again", async () => {
  const key = await signingKey("k1");
  idp.state.keys = [key.jwk];
  idp.state.status = 500;
  const keysOf = createDirectoryKeys({ authority: idp.authority });
  await expect(jwtVerify(await key.sign(), keysOf(DIRECTORY))).rejects.toMatchObject({
    kind: "unavailable",
    code: "signInUnavailable",
    retryAfterSeconds: 5,
  });
  idp.state.status = 200;
  expect((await jwtVerify(await key.sign(), keysOf(DIRECTORY))).payload["n"]).toBe(1);
});

test("a provider that cannot be reached is `signInUnavailable`", async () => {
  const key = await signingKey("k1");
  const keysOf = createDirectoryKeys({
    authority: idp.authority,
    fetch: () => Promise.reject(new TypeError("fetch failed")),
  });
  await expect(jwtVerify(await key.sign(), keysOf(DIRECTORY))).rejects.toMatchObject({ code: "signInUnavailable" });
});
