import { AppError } from "../../errors";
import { TenantId } from "../access/ids";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION, tenantPartition } from "../decisions/head";
import { settledAt } from "./judge-after-restore";
import type { RawTable } from "./raw-table";
import { reconcileTenant, type ReconcileTenantDeps, type TenantReport } from "./reconcile-tenant";
import { RECONCILER } from "./recovered-writes";
import { readRecovery, Recovery, RECOVERY_ROW } from "./recovery-state";

export interface ReconcileDeps extends ReconcileTenantDeps {
  rows: Pick<RawTable, "partitions">;
  /** Told about each tenant for which there was something. */
  say: (line: string) => void;
}

export interface ReconcileReport extends Pick<TenantReport, "found" | "kept" | "unknown" | "waitUntil"> {
  tenants: number;
  /** Changes for a person to look at. */
  held: number;
  /** Tenants whose records could not be read; their writes stay off. */
  unreadable: number;
  /** Tenants with which something of ours went wrong: run it again. */
  failed: number;
  isDone: boolean;
}

/**
 * Compares a restored installation with what Microsoft recorded since its backup (ADR 15), tenant by tenant; when nothing
 * has to be waited for, writes may be switched on. May be stopped, and run again, also afterwards: what needed a person is
 * then judged once more. Throws `notRestored`, `restoreUnfinished`.
 */
export async function reconcile(deps: ReconcileDeps): Promise<ReconcileReport> {
  const recovery = await requireRestored(deps);
  const total = { tenants: 0, found: 0, kept: 0, held: 0, unknown: 0, unreadable: 0, failed: 0 };
  // Also when every change is settled: of a request that was lost nothing but Microsoft's record is left, and it may come late.
  const settled = settledAt(recovery, deps.settings);
  let waitUntil = deps.clock() < settled ? settled : undefined;
  for await (const tenantId of tenantsOf(deps.rows)) {
    total.tenants++;
    try {
      const report = await reconcileUntilStill(deps, recovery, tenantId);
      tell(deps, tenantId, report);
      total.found += report.found;
      total.kept += report.kept;
      total.held += report.held.length;
      total.unknown += report.unknown;
      total.unreadable += report.unreadable === undefined ? 0 : 1;
      waitUntil = later(waitUntil, report.waitUntil);
    } catch (error) {
      total.failed++;
      deps.log.error("a tenant could not be reconciled", { tenantId, error });
      deps.say(`${tenantId}: could not be reconciled: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const isDone = waitUntil === undefined && total.failed === 0;
  if (isDone) await end(deps, total);
  return { ...total, waitUntil, isDone };
}

/** How often a tenant is taken again at once whose changes moved meanwhile: the app runs beside, and parks what waits. */
const MOST_TURNS = 4;

/** One tenant; again, while a change was somebody else's between its reading and its saving. What a turn did is added up. */
async function reconcileUntilStill(deps: ReconcileDeps, recovery: Recovery, tenantId: TenantId): Promise<TenantReport> {
  let report = await reconcileTenant(deps, recovery, tenantId);
  for (let turn = 1; turn < MOST_TURNS && report.waitUntil && report.waitUntil <= deps.clock(); turn++) {
    const { found, kept, unknown } = report;
    const next = await reconcileTenant(deps, recovery, tenantId);
    report = { ...next, found: found + next.found, kept: kept + next.kept, unknown: unknown + next.unknown };
  }
  return report;
}

async function requireRestored({ store }: DecideDeps): Promise<Recovery> {
  const recovery = await readRecovery(store);
  if (!recovery) {
    throw new AppError("conflict", "notRestored", "This installation was not restored: there is nothing to reconcile.");
  }
  if (recovery.state !== "restoring") return recovery;
  const message = `The restore of ${recovery.backup} is not finished: run it again first.`;
  throw new AppError("conflict", "restoreUnfinished", message);
}

async function end(deps: DecideDeps, totals: Record<string, number>): Promise<void> {
  await decide(deps, MSP_PARTITION, async (decision) => {
    const found = await decision.get(RECOVERY_ROW, Recovery);
    if (found?.value.state !== "reconciling") return;
    decision.replace(found, { ...found.value, state: "done", doneAt: decision.now.toISOString() });
    decision.record({
      action: "recovery.reconcile",
      actor: RECONCILER,
      object: { type: "backup", id: found.value.backup },
      result: "success",
      after: totals,
    });
  });
}

async function* tenantsOf(rows: ReconcileDeps["rows"]): AsyncIterable<TenantId> {
  const prefix = tenantPartition("");
  for await (const partition of rows.partitions()) {
    const tenantId = TenantId.safeParse(partition.slice(prefix.length));
    if (partition.startsWith(prefix) && tenantId.success) yield tenantId.data;
  }
}

function tell({ say }: ReconcileDeps, tenantId: TenantId, report: TenantReport): void {
  const { found, kept, held, unknown, unreadable } = report;
  if (found + kept + held.length + unknown === 0 && unreadable === undefined) return;
  say(
    `${tenantId}: ${found} found done, ${kept} untouched, ${held.length} for a person, ${unknown} writes without a change`,
  );
  if (unreadable !== undefined) say(`  its writes stay off: Microsoft's records cannot be read (${unreadable})`);
  for (const { changeId, subscriptionName, because } of held) say(`  ${changeId} ${subscriptionName}: ${because}`);
}

function later(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a && b ? (a > b ? a : b) : (a ?? b);
}
