import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { KeyVault } from "../../../local/key-vault/start-key-vault";
import { startKeyVault } from "../../../local/key-vault/start-key-vault";
import { createAuthority, writeAuthority } from "../../../local/tls/authority";

let directory: string;
let caFile: string;
let vault: KeyVault;

beforeAll(async () => {
  const authority = await createAuthority();
  directory = await mkdtemp(path.join(tmpdir(), "vault-"));
  caFile = await writeAuthority(authority, directory);
  vault = await startKeyVault({ tls: await authority.issue() });
});
afterAll(async () => {
  await vault.close();
  await rm(directory, { recursive: true });
});

async function runClient(url: string, trusted = true): Promise<unknown> {
  const { NODE_EXTRA_CA_CERTS: _ignored, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [require.resolve("./secure-client.cjs"), url], {
    env: trusted ? { ...env, NODE_EXTRA_CA_CERTS: caFile } : env,
  });
  return JSON.parse(stdout);
}

test.each(["127.0.0.1", "localhost"])("a client that trusts the authority uses the vault as %s", async (host) => {
  const url = `https://${host}:${vault.port}`;
  expect(await runClient(url)).toEqual({ value: "one", vaultUrl: url, listed: ["token"] });
});

test("a client that does not trust the authority sends nothing", async () => {
  await vault.reset();
  expect(await runClient(vault.url, false)).toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  expect(vault.calls()).toEqual([]);
});
