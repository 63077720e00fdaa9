import type { SecretClient } from "@azure/keyvault-secrets";
import type { SecretVault } from "../domain/access/secret-vault";
import { AppError } from "../errors";
import { systemTime, type Time } from "../retry";
import { createSecretCache } from "./secret-cache";
import { failureOf } from "./vault-failure";

/** The vault with two doors more than the port, for refreshing tokens. */
export interface KeyVaultSecrets extends SecretVault {
  /** The present value, past the cache: another instance may have written it. */
  refetch(name: string): Promise<string | undefined>;
  /** Like `set`, but false, and nothing written, when the secret was deleted: it does not bring it back. */
  replace(name: string, value: string, options?: { expiresAt?: Date }): Promise<boolean>;
}

type VaultClient = Pick<
  SecretClient,
  | "getSecret"
  | "setSecret"
  | "updateSecretProperties"
  | "listPropertiesOfSecretVersions"
  | "beginDeleteSecret"
  | "beginRecoverDeletedSecret"
>;

/**
 * Secrets in Key Vault, with a short memory so that a busy worker does not meet the vault's throttle. The SDK itself
 * retries what is transient; what is left is thrown as `unavailable` (`secretsUnavailable`, with the seconds to wait
 * where the vault tells them).
 */
export function createKeyVaultSecrets(options: {
  client: VaultClient;
  /** How long a value is remembered; a change made by another instance is seen after this at the latest. */
  cacheTtlMs?: number;
  time?: Time;
  /** How long `set` waits for a deleted secret of the same name to be recovered. */
  recoverTimeoutMs?: number;
}): KeyVaultSecrets {
  const { client, cacheTtlMs = 5 * 60_000, time = systemTime, recoverTimeoutMs = 30_000 } = options;
  const cache = createSecretCache({ ttlMs: cacheTtlMs, time });
  const fetch = (name: string): Promise<string | undefined> => fetchSecret(client, name);

  return {
    get: (name) => cache.read(name, fetch),
    refetch(name) {
      cache.forget(name);
      return cache.read(name, fetch);
    },
    async set(name, value, { expiresAt } = {}) {
      await cache.changing(name, async () => {
        if (await writeVersion(client, name, value, expiresAt)) return;
        // A deleted name cannot be reused before it is purged, and purging may be forbidden: recover it, then write.
        await recover(client, name, recoverTimeoutMs);
        if (await writeVersion(client, name, value, expiresAt)) return;
        throw new AppError("unavailable", "secretsUnavailable", "A secret of this name is still being deleted.", {
          retryAfterSeconds: 10,
        });
      });
    },
    replace: (name, value, { expiresAt } = {}) =>
      cache.changing(name, () => writeVersion(client, name, value, expiresAt)),
    destroy: (name) => cache.changing(name, () => destroySecret(client, name)),
  };
}

async function fetchSecret(client: VaultClient, name: string): Promise<string | undefined> {
  try {
    return (await client.getSecret(name)).value;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.meaning === "notFound" || failure.meaning === "disabled") return undefined;
    throw failure.error;
  }
}

/** False when the name belongs to a deleted secret. */
async function writeVersion(client: VaultClient, name: string, value: string, expiresAt?: Date): Promise<boolean> {
  try {
    await client.setSecret(name, value, expiresAt === undefined ? {} : { expiresOn: expiresAt });
    return true;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.meaning === "conflict") return false;
    throw failure.error;
  }
}

/** Brings a deleted secret back. Its old versions come back as `destroy` left them: disabled. */
async function recover(client: VaultClient, name: string, timeoutMs: number): Promise<void> {
  const abortSignal = AbortSignal.timeout(timeoutMs);
  try {
    const poller = await client.beginRecoverDeletedSecret(name, { intervalInMs: 250, abortSignal });
    await poller.pollUntilDone({ abortSignal });
  } catch (error) {
    const failure = failureOf(error);
    // Not deleted any more: somebody else was faster, or its deletion has not begun to show.
    if (failure.meaning !== "notFound" && failure.meaning !== "conflict" && !abortSignal.aborted) throw failure.error;
  }
}

/**
 * Disables every version first, so that no copy of the name reads a value while the deletion is under way; then
 * deletes, without waiting for it to be complete or for a purge. Safe to repeat.
 */
async function destroySecret(client: VaultClient, name: string): Promise<void> {
  try {
    for await (const { version, enabled } of client.listPropertiesOfSecretVersions(name)) {
      if (version !== undefined && enabled !== false) {
        await client.updateSecretProperties(name, version, { enabled: false });
      }
    }
    await client.beginDeleteSecret(name);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.meaning !== "notFound" && failure.meaning !== "conflict") throw failure.error;
  }
}
