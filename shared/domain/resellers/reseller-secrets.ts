import { z } from "zod";
import { AppError } from "../../errors";
import type { Clock } from "../access/clock";
import type { SecretVault } from "../access/secret-vault";
import type { ResellerId } from "../access/ids";
import type { Decision } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import type { StateStore, StoredRow } from "../decisions/state-store";

/**
 * Where every secret of a reseller stands, so that none is left in the vault that nobody uses (docs/adr/0010). A secret is
 * announced before it is written, taken into use by the decision that names it, and doomed by the decision that drops
 * it; what is doomed is destroyed, and only then is its row removed.
 */
const SecretRecord = z.object({
  secretName: z.string(),
  state: z.enum(["announced", "inUse", "doomed"]),
  at: z.iso.datetime(),
});
type SecretRecord = z.infer<typeof SecretRecord>;

export interface SecretDeps {
  store: StateStore;
  vault: SecretVault;
  clock: Clock;
}

/** No request and no handler lives this long: what was announced before that will not be taken into use. */
const ANNOUNCED_MS = 3_600_000;
const PAGE = 100;
export const SECRET_PREFIX = "secret_";

export function applicationSecretName(id: ResellerId, suffix: string): string {
  return `reseller-${id}-app-${suffix}`;
}

export function refreshTokenName(id: ResellerId, grantId: string): string {
  return `reseller-${id}-${grantId}`;
}

/** The reseller a row of these belongs to: secret names begin with its id. */
export function secretOwner(row: string): string | undefined {
  return /^secret_reseller-([0-9a-z]{26})-/.exec(row)?.[1];
}

function secretRow(secretName: string): string {
  return SECRET_PREFIX + secretName;
}

/**
 * Writes a secret that no reseller names yet. Its row is there first: whatever happens next, the secret is either taken
 * into use or destroyed. Nothing is decided by it, so it is no decision.
 */
export async function storeSecret(
  deps: SecretDeps,
  secretName: string,
  value: string,
  options: { expiresAt?: Date } = {},
): Promise<void> {
  const record: SecretRecord = { secretName, state: "announced", at: deps.clock().toISOString() };
  const announced = await deps.store.commit(MSP_PARTITION, [
    { kind: "create", row: secretRow(secretName), value: record },
  ]);
  // The name is random. A conflict is our own row whose answer was lost, or a secret that must not be overwritten.
  if (announced === "conflict" && (await readState(deps.store, secretName)) !== "announced") throw tooLate();
  await deps.vault.set(secretName, value, options);
}

/** Takes an announced secret into use, in the decision whose row names it. Throws `busy` when it was given up as lost. */
export async function adoptSecret(decision: Decision, secretName: string): Promise<void> {
  const found = await decision.get(secretRow(secretName), SecretRecord);
  if (found?.value.state !== "announced") throw tooLate();
  decision.replace(found, { secretName, state: "inUse", at: decision.now.toISOString() } satisfies SecretRecord);
}

/** Gives a secret up, in the decision after which no row names it. */
export async function doomSecret(decision: Decision, secretName: string): Promise<void> {
  const record: SecretRecord = { secretName, state: "doomed", at: decision.now.toISOString() };
  const found = await decision.get(secretRow(secretName), SecretRecord);
  if (found) decision.replace(found, record);
  else decision.create(secretRow(secretName), record);
}

/** Destroys a secret that was announced and not taken into use after all; one that is in use stays. */
export async function abandonSecret(deps: SecretDeps, secretName: string): Promise<void> {
  const found = await deps.store.get(MSP_PARTITION, secretRow(secretName));
  if (!found || SecretRecord.parse(found.value).state !== "announced") return;
  if (await doomAnnounced(deps, found, secretName)) await destroyDoomedSecrets(deps, secretRow(secretName));
}

/**
 * Destroys the doomed secrets whose rows begin with `prefix`, and those announced too long ago, and removes their rows.
 * Returns how many rows are left. Safe to repeat after any failure. Throws what the vault or the storage throws.
 */
export async function destroyDoomedSecrets(deps: SecretDeps, prefix: string): Promise<number> {
  let left = 0;
  let after: string | undefined;
  do {
    const page = await deps.store.list(MSP_PARTITION, { prefix, limit: PAGE, ...(after ? { after } : {}) });
    for (const row of page.rows) left += (await destroyIfDoomed(deps, row)) ? 0 : 1;
    after = page.next;
  } while (after);
  return left;
}

/** The rows of a reseller's secrets begin with this. */
export function secretsOf(id: ResellerId): string {
  return secretRow(`reseller-${id}-`);
}

/** True for a row about which something has to be done. */
export function needsDestroying(value: unknown, now: Date): boolean {
  const { state, at } = SecretRecord.parse(value);
  return state === "doomed" || (state === "announced" && now.getTime() - Date.parse(at) > ANNOUNCED_MS);
}

async function destroyIfDoomed(deps: SecretDeps, row: StoredRow): Promise<boolean> {
  const { state, secretName } = SecretRecord.parse(row.value);
  if (!needsDestroying(row.value, deps.clock())) return false;
  if (state === "announced") {
    // By etag: whoever took it into use meanwhile wins, and whoever still wants to finds it doomed.
    if (!(await doomAnnounced(deps, row, secretName))) return false;
    const doomed = await deps.store.get(MSP_PARTITION, row.row);
    return doomed === undefined || destroyIfDoomed(deps, doomed);
  }
  await deps.vault.destroy(secretName);
  return (await deps.store.remove(MSP_PARTITION, row.row, row.etag)) === "removed";
}

async function doomAnnounced(deps: SecretDeps, row: StoredRow, secretName: string): Promise<boolean> {
  const value: SecretRecord = { secretName, state: "doomed", at: deps.clock().toISOString() };
  const written = await deps.store.commit(MSP_PARTITION, [{ kind: "replace", row: row.row, etag: row.etag, value }]);
  return written === "committed" || (await readState(deps.store, secretName)) === "doomed";
}

async function readState(store: StateStore, secretName: string): Promise<SecretRecord["state"] | undefined> {
  const found = await store.get(MSP_PARTITION, secretRow(secretName));
  return found && SecretRecord.parse(found.value).state;
}

function tooLate(): AppError {
  return new AppError("unavailable", "busy", "This took too long, and was given up. Try again.");
}
