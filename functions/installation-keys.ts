import { randomBytes } from "node:crypto";
import type { SecretVault } from "../shared/domain/access/secret-vault";

const KEY_NAME = "installation-key";

/**
 * The installation's own key, in the vault: signs cursors and derives PKCE verifiers. Made on first use; two processes
 * that make it at once end with the one the vault kept, since it is read back.
 */
export function installationKey(vault: SecretVault): () => Promise<string> {
  let known: Promise<string> | undefined;
  return () => {
    known ??= readOrMake(vault);
    known.catch(() => (known = undefined));
    return known;
  };
}

async function readOrMake(vault: SecretVault): Promise<string> {
  const present = await vault.get(KEY_NAME);
  if (present !== undefined) return present;
  await vault.set(KEY_NAME, randomBytes(32).toString("base64url"));
  const kept = await vault.get(KEY_NAME);
  if (kept === undefined) throw new Error("The vault did not keep the installation's key.");
  return kept;
}
