import type { SecretClientOptions } from "@azure/keyvault-secrets";
import { SecretClient } from "@azure/keyvault-secrets";
import type { KeyVault } from "../../../local/key-vault/start-key-vault";

/** What a client needs to speak to a vault on loopback without TLS; no retries, so that a test sees each answer. */
export const insecure: SecretClientOptions = {
  allowInsecureConnection: true,
  disableChallengeResourceVerification: true,
  retryOptions: { maxRetries: 0 },
};

/** A credential that hands out `token` and remembers what it was asked for. */
export function fixedCredential(token = "any"): {
  asked: { scopes: string | string[]; tenantId: string | undefined }[];
  getToken: SecretClientCredential["getToken"];
} {
  const asked: { scopes: string | string[]; tenantId: string | undefined }[] = [];
  return {
    asked,
    getToken: (scopes, options) => {
      asked.push({ scopes, tenantId: options?.tenantId });
      return Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 });
    },
  };
}

type SecretClientCredential = ConstructorParameters<typeof SecretClient>[1];

export function clientOf(vault: KeyVault, options: SecretClientOptions = {}): SecretClient {
  return new SecretClient(vault.url, fixedCredential(), { ...insecure, ...options });
}

/** Everything a list of the SDK yields. */
export async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) found.push(one);
  return found;
}
