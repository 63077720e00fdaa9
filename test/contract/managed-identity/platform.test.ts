import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { KeyVault } from "../../../local/key-vault/start-key-vault";
import { startKeyVault } from "../../../local/key-vault/start-key-vault";
import type { ManagedIdentity } from "../../../local/managed-identity/start-managed-identity";
import { startManagedIdentity } from "../../../local/managed-identity/start-managed-identity";
import { createTokenIssuer } from "../../../local/managed-identity/token-issuer";
import type { Tables } from "../../../local/tables/start-tables";
import { startTables } from "../../../local/tables/start-tables";
import { createAuthority, writeAuthority } from "../../../local/tls/authority";

let directory: string;
let caFile: string;
let vault: KeyVault;
let tables: Tables;
let identity: ManagedIdentity;

beforeAll(async () => {
  const authority = await createAuthority();
  directory = await mkdtemp(path.join(tmpdir(), "identity-"));
  caFile = await writeAuthority(authority, directory);
  const issuer = await createTokenIssuer();
  const verifyToken = (token: string): unknown => issuer.verifyToken(token, "https://vault.azure.net");
  identity = await startManagedIdentity({ issueToken: issuer.issueToken });
  vault = await startKeyVault({ tls: await authority.issue(), verifyToken });
  tables = await startTables({ tls: await authority.issue() });
});
afterAll(async () => {
  await Promise.all([vault.close(), tables.close(), identity.close()]);
  await rm(directory, { recursive: true });
});

test("with nothing but two variables set, an app uses vault and tables by its managed identity", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [require.resolve("./platform-client.cjs"), vault.url, tables.url],
    { env: { ...identity.environment, NODE_EXTRA_CA_CERTS: caFile } },
  );
  expect(JSON.parse(stdout)).toEqual({ secret: "one", seats: 25 });
  expect(identity.calls().map(({ resource }) => resource)).toEqual([
    "https://vault.azure.net",
    "https://storage.azure.com",
  ]);
  expect(vault.calls().map(({ status }) => status)).toEqual([200, 200]);
});
