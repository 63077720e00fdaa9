/** Secrets live in Key Vault and nowhere else; rows hold their names. */
export interface SecretVault {
  /** Undefined when there is no such secret, or it is disabled or deleted. */
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string, options?: { expiresAt?: Date }): Promise<void>;
  /** Disables every version, then deletes; deleting what is not there is fine. */
  destroy(name: string): Promise<void>;
}
