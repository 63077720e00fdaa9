import type { Time } from "../retry";

/** Values read a moment ago, in memory only. Absence is never remembered: the secret may be written any time. */
export interface SecretCache {
  /** The remembered value, or what `fetch` finds; callers of the same name at the same time share one fetch. */
  read(name: string, fetch: (name: string) => Promise<string | undefined>): Promise<string | undefined>;
  forget(name: string): void;
  /** Runs a change of the secret; what was read before or during it is not remembered. */
  changing<T>(name: string, change: () => Promise<T>): Promise<T>;
}

export function createSecretCache(options: { ttlMs: number; time: Time }): SecretCache {
  const { ttlMs, time } = options;
  const known = new Map<string, { value: string; until: number }>();
  const fetching = new Map<string, Promise<string | undefined>>();

  // Vault names ignore case, so the memory of them does too.
  const keyOf = (name: string): string => name.toLowerCase();
  const forget = (name: string): void => {
    known.delete(keyOf(name));
    fetching.delete(keyOf(name));
  };

  return {
    forget,
    async read(name, fetch) {
      const key = keyOf(name);
      const hit = known.get(key);
      if (hit && hit.until > time.now()) return hit.value;
      const running = fetching.get(key);
      if (running) return running;
      const started: Promise<string | undefined> = fetch(name)
        .then((value) => {
          // Forgotten meanwhile: the value may be older than a change, so it is handed out but not kept.
          if (fetching.get(key) === started && value !== undefined)
            known.set(key, { value, until: time.now() + ttlMs });
          return value;
        })
        .finally(() => {
          if (fetching.get(key) === started) fetching.delete(key);
        });
      fetching.set(key, started);
      return started;
    },
    async changing(name, change) {
      forget(name);
      try {
        return await change();
      } finally {
        forget(name);
      }
    },
  };
}
