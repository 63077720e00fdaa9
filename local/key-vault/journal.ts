import type { Operation } from "./faults";
import type { SecretVersion } from "./secret-store";

/** One request that passed the token check, in the order of arrival. */
export interface Call {
  operation: Operation;
  name: string | undefined;
  status: number;
}

/** A value that was stored at some time; it stays here when its secret is deleted or purged. */
export interface StoredSecret {
  name: string;
  version: string;
  value: string;
  enabled: boolean;
  contentType: string | undefined;
  tags: Record<string, string>;
  created: Date;
  expires: Date | undefined;
  /** Whether `expires` has passed on the vault's clock. */
  expired: boolean;
}

const LONGEST = 10_000;

/** What tests and demos look at: no client of the real service can. */
export class Journal {
  private stored: { name: string; version: SecretVersion }[] = [];
  private calls: Call[] = [];

  recordValue(name: string, version: SecretVersion): void {
    this.stored.push({ name, version });
  }

  recordCall(call: Call): void {
    this.calls.push(call);
    if (this.calls.length > LONGEST) this.calls.shift();
  }

  everStored(nowMs: number): StoredSecret[] {
    return this.stored.map(({ name, version }) => ({
      name,
      version: version.version,
      value: version.value,
      enabled: version.enabled,
      contentType: version.contentType,
      tags: version.tags,
      created: new Date(version.created * 1000),
      expires: version.expires === undefined ? undefined : new Date(version.expires * 1000),
      expired: version.expires !== undefined && version.expires * 1000 <= nowMs,
    }));
  }

  everCalled(): readonly Call[] {
    return this.calls;
  }

  clear(): void {
    this.stored = [];
    this.calls = [];
  }
}
