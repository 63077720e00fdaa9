/** A refusal in the shape of the real service; `inner` is the code by which clients tell cases apart. */
export class VaultError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly inner?: string,
  ) {
    super(message);
    this.name = "VaultError";
  }
}

export interface ErrorBody {
  error: { code: string; message: string; innererror?: { code: string } };
}

export function errorBody({ code, message, inner }: Pick<VaultError, "code" | "message" | "inner">): ErrorBody {
  return { error: { code, message, ...(inner === undefined ? {} : { innererror: { code: inner } }) } };
}

export const badParameter = (message: string): VaultError => new VaultError(400, "BadParameter", message);

export function secretNotFound(name: string, version?: string): VaultError {
  const id = version === undefined ? name : `${name}/${version}`;
  return new VaultError(
    404,
    "SecretNotFound",
    `A secret with (name/id) ${id} was not found in this key vault. If you recently deleted this secret you may be ` +
      "able to recover it using the correct recovery command.",
  );
}

export const deletedSecretNotFound = (name: string): VaultError =>
  new VaultError(404, "SecretNotFound", `Deleted Secret not found: ${name}`);

export const secretDisabled = (): VaultError =>
  new VaultError(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled");

export function nameStillDeleted(name: string): VaultError {
  return new VaultError(
    409,
    "Conflict",
    `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the ` +
      "secret can only be recovered or purged.",
    "ObjectIsDeletedButRecoverable",
  );
}

export function purgeProtected(): VaultError {
  return new VaultError(
    403,
    "Forbidden",
    'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will ' +
      "automatically purge it after the retention period has passed.",
  );
}
