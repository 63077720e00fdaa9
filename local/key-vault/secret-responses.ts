import type { DeletedSecret, Secret, SecretVersion, VaultRules } from "./secret-store";
import { badParameter } from "./vault-error";

/** What identifies the vault in answers: its address as the client wrote it, and its rules. */
export interface Vault {
  url: string;
  rules: VaultRules;
}

/** Longest page, and the default. */
const PAGE_SIZE = 25;

export interface ListQuery {
  "api-version": string;
  maxresults?: string;
  $skiptoken?: string;
}

/** A version with its value, as `get` and `set` answer. */
export function secretBundle(vault: Vault, secret: Secret, version: SecretVersion): object {
  return { value: version.value, ...versionItem(vault, secret, version) };
}

/** A version without its value, as in a list of versions. */
export function versionItem(vault: Vault, { name }: Secret, version: SecretVersion): object {
  return { id: `${vault.url}/secrets/${name}/${version.version}`, ...properties(vault, version) };
}

/** A secret without its value and version, as in a list of secrets: the properties are those of the newest version. */
export function secretItem(vault: Vault, secret: Secret): object {
  return { id: `${vault.url}/secrets/${secret.name}`, ...properties(vault, newest(secret)) };
}

export function deletedBundle(vault: Vault, secret: DeletedSecret): object {
  return { ...versionItem(vault, secret, newest(secret)), ...deletion(vault, secret) };
}

export function deletedItem(vault: Vault, secret: DeletedSecret): object {
  return { ...secretItem(vault, secret), ...deletion(vault, secret) };
}

/**
 * One page in the order of `key`, which is never the order of creation. The link to the next names the last key shown, so
 * what is added or removed in between neither repeats nor hides others.
 */
export function page<T>(
  items: T[],
  key: (item: T) => string,
  show: (item: T) => object,
  query: ListQuery,
  path: string,
): object {
  const size = pageSize(query.maxresults);
  const after = query.$skiptoken === undefined ? undefined : Buffer.from(query.$skiptoken, "base64url").toString();
  const rest = items
    .filter((item) => after === undefined || key(item) > after)
    .sort((one, other) => (key(one) < key(other) ? -1 : 1));
  const shown = rest.slice(0, size);
  const last = shown.at(-1);
  if (last === undefined || rest.length === shown.length) return { value: shown.map(show), nextLink: null };
  const next = new URLSearchParams({
    "api-version": query["api-version"],
    $skiptoken: Buffer.from(key(last)).toString("base64url"),
    maxresults: String(size),
  });
  return { value: shown.map(show), nextLink: `${path}?${next.toString()}` };
}

export function newest(secret: Secret): SecretVersion {
  const found = secret.versions.at(-1);
  if (!found) throw new Error(`The secret ${secret.name} has no version.`);
  return found;
}

function pageSize(maxResults: string | undefined): number {
  const size = maxResults === undefined ? PAGE_SIZE : Number(maxResults);
  if (!Number.isInteger(size) || size < 1 || size > PAGE_SIZE) {
    throw badParameter(`maxresults must be a number from 1 to ${PAGE_SIZE}.`);
  }
  return size;
}

function properties({ rules }: Vault, version: SecretVersion): object {
  const recovery = rules.retentionDays === 90 ? "Recoverable" : "CustomizedRecoverable";
  return {
    attributes: {
      enabled: version.enabled,
      nbf: version.notBefore,
      exp: version.expires,
      created: version.created,
      updated: version.updated,
      recoveryLevel: rules.purgeProtection ? recovery : `${recovery}+Purgeable`,
      recoverableDays: rules.retentionDays,
    },
    contentType: version.contentType,
    tags: version.tags,
  };
}

function deletion({ url }: Vault, { name, deletedAt, purgedAt }: DeletedSecret): object {
  return { recoveryId: `${url}/deletedsecrets/${name}`, deletedDate: deletedAt, scheduledPurgeDate: purgedAt };
}
