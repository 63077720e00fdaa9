import { SignJWT } from "jose";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Tables } from "../../../local/tables/start-tables";
import { startTables } from "../../../local/tables/start-tables";
import { createAuthority, writeAuthority } from "../../../local/tls/authority";

let directory: string;
let caFile: string;
let tables: Tables;

beforeAll(async () => {
  const authority = await createAuthority();
  directory = await mkdtemp(path.join(tmpdir(), "tables-"));
  caFile = await writeAuthority(authority, directory);
  tables = await startTables({ tls: await authority.issue() });
});
afterAll(async () => {
  await tables.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => tables.reset());

interface Claims {
  issuer?: string;
  audience?: string;
  expiresAt?: number;
}

/** A token of any key: Azurite looks at the claims, not at the signature. */
function tokenWith({ issuer, audience, expiresAt }: Claims): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(issuer ?? "https://sts.windows.net/11111111-1111-1111-1111-111111111111/")
    .setAudience(audience ?? "https://storage.azure.com")
    .setIssuedAt(now - 7200)
    .setNotBefore(now - 7200)
    .setExpirationTime(expiresAt ?? now + 3600)
    .sign(Buffer.from("any key of thirty-two characters"));
}

async function runClient(token: string, trusted = true): Promise<unknown> {
  const { NODE_EXTRA_CA_CERTS: _ignored, ...env } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [require.resolve("./token-client.cjs"), tables.url, token],
    { env: trusted ? { ...env, NODE_EXTRA_CA_CERTS: caFile } : env },
  );
  return JSON.parse(stdout);
}

test("a client that trusts the authority works with a token in place of the account key", async () => {
  expect(await runClient(await tokenWith({}))).toEqual({ seats: 25, scopes: ["https://storage.azure.com/.default"] });
});

test("a client that does not trust the authority sends nothing", async () => {
  expect(await runClient(await tokenWith({}), false)).toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
});

test.each<[string, Claims]>([
  ["for another resource", { audience: "https://vault.azure.net" }],
  ["of another issuer", { issuer: "https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0" }],
  ["that has expired", { expiresAt: Math.floor(Date.now() / 1000) - 60 }],
])("a token %s is refused", async (_reason, claims) => {
  expect(await runClient(await tokenWith(claims))).toMatchObject({ statusCode: 403 });
});

test("tokens without TLS are refused at the start, as the real service refuses them at each call", async () => {
  await expect(startTables({ oauth: true })).rejects.toThrow("Tables accept tokens over TLS only");
});
