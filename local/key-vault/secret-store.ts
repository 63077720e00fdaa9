import { randomBytes } from "node:crypto";
import type { VirtualClock } from "../virtual-clock";
import type { NewSecret, SecretUpdate } from "./secret-bodies";
import { deletedSecretNotFound, nameStillDeleted, purgeProtected, secretDisabled, secretNotFound } from "./vault-error";

/** Times are epoch seconds, as on the wire. */
export interface SecretVersion {
  readonly version: string;
  readonly value: string;
  readonly created: number;
  updated: number;
  enabled: boolean;
  notBefore: number | undefined;
  expires: number | undefined;
  contentType: string | undefined;
  tags: Record<string, string>;
}

/** A name with its versions, oldest first. */
export interface Secret {
  readonly name: string;
  readonly versions: SecretVersion[];
}

export interface DeletedSecret extends Secret {
  readonly deletedAt: number;
  readonly purgedAt: number;
}

export interface VaultRules {
  /** How long a deleted secret can be recovered. */
  retentionDays: number;
  /** Nobody can purge a deleted secret before the retention ends. */
  purgeProtection: boolean;
  /** Names differing only in upper and lower case are one secret (unconfirmed). */
  namesIgnoreCase: boolean;
}

const DAY_SECONDS = 86_400;

/** Secrets and what may be done with them. Dates are informational: `get` works outside `notBefore` and `expires`. */
export class SecretStore {
  private readonly live = new Map<string, Secret>();
  private readonly deleted = new Map<string, DeletedSecret>();

  constructor(
    private readonly rules: VaultRules,
    private readonly clock: VirtualClock,
  ) {}

  /** Adds a version. The first spelling of a name stays. */
  set(name: string, { value, ...rest }: NewSecret): [Secret, SecretVersion] {
    if (this.findDeleted(name)) throw nameStillDeleted(name);
    const secret = this.live.get(this.key(name)) ?? { name, versions: [] };
    const added: SecretVersion = {
      version: randomBytes(16).toString("hex"),
      value,
      created: this.now(),
      updated: this.now(),
      enabled: rest.attributes?.enabled ?? true,
      notBefore: rest.attributes?.nbf ?? undefined,
      expires: rest.attributes?.exp ?? undefined,
      contentType: rest.contentType ?? undefined,
      tags: rest.tags ?? {},
    };
    secret.versions.push(added);
    this.live.set(this.key(name), secret);
    return [secret, added];
  }

  /** The newest version, or the one asked for; refused while it is disabled. */
  get(name: string, version?: string): [Secret, SecretVersion] {
    const found = this.find(name, version);
    if (!found[1].enabled) throw secretDisabled();
    return found;
  }

  /** Changes what is named in the update; tags are replaced as a whole. The value never changes. */
  update(name: string, version: string | undefined, update: SecretUpdate): [Secret, SecretVersion] {
    const [secret, found] = this.find(name, version);
    const { enabled, nbf, exp } = update.attributes ?? {};
    if (typeof enabled === "boolean") found.enabled = enabled;
    if (typeof nbf === "number") found.notBefore = nbf;
    if (typeof exp === "number") found.expires = exp;
    if (typeof update.contentType === "string") found.contentType = update.contentType;
    if (update.tags) found.tags = update.tags;
    found.updated = this.now();
    return [secret, found];
  }

  versionsOf(name: string): Secret {
    return this.find(name)[0];
  }

  all(): Secret[] {
    return [...this.live.values()];
  }

  delete(name: string): DeletedSecret {
    const [secret] = this.find(name);
    const deletedAt = this.now();
    const deleted = { ...secret, deletedAt, purgedAt: deletedAt + this.rules.retentionDays * DAY_SECONDS };
    this.live.delete(this.key(name));
    this.deleted.set(this.key(name), deleted);
    return deleted;
  }

  getDeleted(name: string): DeletedSecret {
    const found = this.findDeleted(name);
    if (!found) throw deletedSecretNotFound(name);
    return found;
  }

  allDeleted(): DeletedSecret[] {
    this.purgeDue();
    return [...this.deleted.values()];
  }

  recover(name: string): Secret {
    const { name: spelling, versions } = this.getDeleted(name);
    const secret = { name: spelling, versions };
    this.deleted.delete(this.key(name));
    this.live.set(this.key(name), secret);
    return secret;
  }

  purge(name: string): void {
    this.getDeleted(name);
    if (this.rules.purgeProtection) throw purgeProtected();
    this.deleted.delete(this.key(name));
  }

  clear(): void {
    this.live.clear();
    this.deleted.clear();
  }

  private find(name: string, version?: string): [Secret, SecretVersion] {
    const secret = this.live.get(this.key(name));
    const found =
      version === undefined ? secret?.versions.at(-1) : secret?.versions.find((one) => one.version === version);
    if (!secret || !found) throw secretNotFound(name, version);
    return [secret, found];
  }

  private findDeleted(name: string): DeletedSecret | undefined {
    this.purgeDue();
    return this.deleted.get(this.key(name));
  }

  private purgeDue(): void {
    for (const [key, { purgedAt }] of this.deleted) if (purgedAt <= this.now()) this.deleted.delete(key);
  }

  private key(name: string): string {
    return this.rules.namesIgnoreCase ? name.toLowerCase() : name;
  }

  private now(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }
}
