import { TenantId } from "../access/ids";
import type { Log } from "../access/log";
import { auditedRequest, type WriteRequest } from "../access/request-facts";
import { decide, type DecideDeps } from "../decisions/decide";
import { EMPTY_HEAD, Head, HEAD_ROW, MSP_PARTITION, tenantPartition } from "../decisions/head";
import { findReplay, remember } from "../decisions/idempotency";
import { checkEtag, publicEtag } from "../decisions/public-etag";
import type { WorkIndex } from "../decisions/work-index";
import { findTenant, findTenantIn } from "../tenants/find-tenant";
import { readRecovery, Recovery, RECOVERY_ROW, requireReconciled } from "../recovery/recovery-state";
import { waitsForWrites, wakeParked } from "./wake-parked";
import {
  TenantWriteModeSetting,
  WRITE_MODE_ROW,
  writesAllowed,
  WriteModeSetting,
  type TenantWriteMode,
  type WriteMode,
} from "./write-mode";

export interface SwitchDeps extends DecideDeps {
  work: WorkIndex;
  log: Log;
  /** The MSP's mode now. */
  writeMode(): Promise<WriteMode>;
}

/** A mode as it stands, with the ETag that a change of it has to name. */
export interface StoredMode<Mode> {
  mode: Mode;
  changedAt?: string | undefined;
  changedBy?: string | undefined;
  etag: string;
}

/** Before anybody has set a mode there is no row; its ETag is this text's. */
const UNSET = "unset";

/** The MSP's write mode (C71). */
export async function getWriteMode(deps: SwitchDeps): Promise<StoredMode<WriteMode>> {
  const row = await deps.store.get(MSP_PARTITION, WRITE_MODE_ROW);
  if (!row) return { mode: await deps.writeMode(), etag: publicEtag(UNSET) };
  return { ...WriteModeSetting.parse(row.value), etag: publicEtag(row.etag) };
}

/** What is asked for, and the version it was decided on. */
export interface SwitchAsk<Mode> {
  mode: Mode;
  reason?: string | undefined;
  etag: string;
}

/**
 * Switches paid writes for the whole MSP (C71). The worker reads the mode before each write, so it holds from now on;
 * changes that were parked for it are taken up at once. Throws `etagMismatch`, `idempotencyKeyReused`.
 */
export async function setWriteMode(deps: SwitchDeps, request: WriteRequest, ask: SwitchAsk<WriteMode>): Promise<void> {
  const before = await deps.writeMode();
  await decide(deps, MSP_PARTITION, async (decision) => {
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    if (ask.mode !== "off") requireReconciled((await decision.get(RECOVERY_ROW, Recovery))?.value);
    const found = await decision.get(WRITE_MODE_ROW, WriteModeSetting);
    checkEtag(found?.etag ?? UNSET, ask.etag);
    const value = { mode: ask.mode, changedAt: decision.now.toISOString(), changedBy: request.actor.name };
    if (found) decision.replace(found, value);
    else decision.create(WRITE_MODE_ROW, value);
    await remember(decision, request.idempotency, WRITE_MODE_ROW);
    decision.record({
      ...auditedRequest(request),
      action: "settings.writeMode",
      object: { type: "setting", id: "writeMode" },
      result: "success",
      before: { mode: found?.value.mode ?? before },
      after: { mode: ask.mode },
      ...(ask.reason ? { reason: ask.reason } : {}),
    });
  });
  await wakeTenants(deps);
}

/** The write mode of a tenant in the caller's scope, and whether its writes go out now (C71). Throws `notFound`. */
export async function getTenantWriteMode(
  deps: SwitchDeps,
  actor: WriteRequest["actor"],
  tenantId: TenantId,
): Promise<StoredMode<TenantWriteMode> & { effective: boolean }> {
  await findTenant(deps.store, actor, tenantId);
  const partition = tenantPartition(tenantId);
  const [mode, headRow, row] = await Promise.all([
    deps.writeMode(),
    deps.store.get(partition, HEAD_ROW),
    deps.store.get(partition, WRITE_MODE_ROW),
  ]);
  const head = headRow ? Head.parse(headRow.value) : EMPTY_HEAD;
  const effective = writesAllowed(mode, head);
  if (!row) return { mode: head.writeMode ?? "default", effective, etag: publicEtag(UNSET) };
  return { ...TenantWriteModeSetting.parse(row.value), effective, etag: publicEtag(row.etag) };
}

/**
 * Switches paid writes of one tenant (C71); it can never override an MSP that is off. Throws `notFound`, `etagMismatch`,
 * `idempotencyKeyReused`.
 */
export async function setTenantWriteMode(
  deps: SwitchDeps,
  request: WriteRequest,
  tenantId: TenantId,
  ask: SwitchAsk<TenantWriteMode>,
): Promise<void> {
  await decide(deps, tenantPartition(tenantId), async (decision) => {
    const { value: tenant } = await findTenantIn(decision, request.actor);
    if ((await findReplay(decision, request.idempotency)) !== undefined) return;
    if (ask.mode === "on") requireReconciled(await readRecovery(deps.store));
    const found = await decision.get(WRITE_MODE_ROW, TenantWriteModeSetting);
    checkEtag(found?.etag ?? UNSET, ask.etag);
    const value = { mode: ask.mode, changedAt: decision.now.toISOString(), changedBy: request.actor.name };
    if (found) decision.replace(found, value);
    else decision.create(WRITE_MODE_ROW, value);
    const { writeMode, ...head } = decision.head;
    decision.head = ask.mode === "default" ? head : { ...head, writeMode: ask.mode };
    await remember(decision, request.idempotency, WRITE_MODE_ROW);
    decision.record({
      ...auditedRequest(request),
      action: "settings.writeMode",
      object: { type: "tenant", id: tenantId, name: tenant.displayName },
      tenantId,
      result: "success",
      before: { mode: writeMode ?? "default" },
      after: { mode: ask.mode },
      ...(ask.reason ? { reason: ask.reason } : {}),
    });
  });
  await wakeTenants(deps, tenantPartition(tenantId));
}

/** How long a switch waits for changes to be woken; the sweeper wakes the rest within its minute. */
const PATIENCE_MS = 2_000;

/** Takes up what was parked while writes were off. The mode is stored by now, so trouble here is no refusal. */
async function wakeTenants(deps: SwitchDeps, only?: string): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const mode = await deps.writeMode();
    if (only !== undefined) await wakeIfAllowed(deps, mode, only);
    else {
      for await (const { partition } of deps.work.entries()) {
        if (patience.aborted) break;
        await wakeIfAllowed(deps, mode, partition);
      }
    }
  } catch (error) {
    deps.log.warn("parked changes were not woken at once; the sweeper will", { error });
  }
}

/** Wakes the parked changes of a tenant when its writes may go out. Returns how many. */
async function wakeIfAllowed(deps: DecideDeps, mode: WriteMode, partition: string): Promise<number> {
  if (partition === MSP_PARTITION) return 0;
  const headRow = await deps.store.get(partition, HEAD_ROW);
  if (!headRow) return 0;
  const head = Head.parse(headRow.value);
  if (head.openChanges.length === 0 || !writesAllowed(mode, head)) return 0;
  return wakeParked(deps, TenantId.parse(partition.slice(tenantPartition("").length)), waitsForWrites);
}
