import type { TenantId } from "../access/ids";
import { finishDisconnecting } from "../connections/disconnecting";
import type { DecideDeps } from "../decisions/decide";
import { Head, HEAD_ROW, tenantOf } from "../decisions/head";
import { NewerVersionError, unlessNewer } from "../decisions/newer-version";
import { sweepOutbox, type OutboxDeps } from "../decisions/outbox";
import type { WorkIndex } from "../decisions/work-index";
import { Change, changeRow, openAttempt, type Lane } from "./change";
import type { LedgerSettings } from "./ledger-settings";
import { proofTime } from "./next-step";
import { saveTransition } from "./save-transition";
import { waitsForWrites, wakeParked } from "./wake-parked";
import { writesAllowed, type WriteMode } from "./write-mode";

export interface SweepDeps extends DecideDeps, OutboxDeps {
  settings: LedgerSettings;
  work: WorkIndex;
  /** The MSP's write mode now. */
  writeMode(): Promise<WriteMode>;
}

/** A partition untouched this long, with nothing open, leaves the index. */
const IDLE_MS = 3_600_000;

/**
 * Visits every partition that may have work left: sends forgotten outbox messages, wakes changes whose own message never
 * came, and finishes what a request began to disconnect (change ledger §6). Doing it twice or missing a run does no harm. One broken partition does not stop it.
 */
export async function sweepWork(deps: SweepDeps): Promise<void> {
  const mode = await modeOrOff(deps);
  for await (const entry of deps.work.entries()) {
    try {
      const unsent = await sweepOutbox(deps, entry.partition);
      await finishForgottenDisconnect(deps, entry.partition);
      const open = await wakeChanges(deps, entry.partition, mode);
      const isIdle = deps.clock().getTime() - entry.touchedAt.getTime() > IDLE_MS;
      if (unsent === 0 && open === 0 && isIdle) await deps.work.remove(entry);
    } catch (error) {
      const facts = { partition: entry.partition, error };
      // Its rows wait for that version, which sweeps them itself.
      if (error instanceof NewerVersionError) deps.log.warn("a partition is left to a newer version", facts);
      else deps.log.error("a partition could not be swept", facts);
    }
  }
}

/** A tenant must not stay closed because the process that was disconnecting it died. */
async function finishForgottenDisconnect(deps: SweepDeps, partition: string): Promise<void> {
  const row = await deps.store.get(partition, HEAD_ROW);
  if (row && Head.parse(row.value).connection === "Disconnecting") {
    await finishDisconnecting(deps, tenantOf(partition));
  }
}

/** Without the mode nothing is woken for it; what was forgotten is. */
async function modeOrOff(deps: SweepDeps): Promise<WriteMode> {
  try {
    return await deps.writeMode();
  } catch (error) {
    deps.log.warn("the write mode could not be read", { error });
    return "off";
  }
}

/** Wakes what was forgotten, and what is parked though writes are on. Returns how many changes are not final. */
async function wakeChanges(deps: SweepDeps, partition: string, mode: WriteMode): Promise<number> {
  const headRow = await deps.store.get(partition, HEAD_ROW);
  if (!headRow) return 0;
  const head = Head.parse(headRow.value);
  const { openChanges } = head;
  let isParkedInVain = false;
  let tenantId: TenantId | undefined;
  for (const id of openChanges) {
    const row = await unlessNewer(deps.store.get(partition, changeRow(id)));
    if (!row) continue;
    const change = Change.parse(row.value);
    if (isOverdue(change, deps.clock(), deps.settings)) await unlessNewer(wake(deps, change));
    isParkedInVain ||= waitsForWrites(change) && writesAllowed(mode, head);
    tenantId = change.tenantId;
  }
  // Whoever switched writes on may not have come to all of them.
  if (isParkedInVain && tenantId) await wakeParked(deps, tenantId, waitsForWrites);
  return openChanges.length;
}

async function wake(deps: SweepDeps, change: Change): Promise<void> {
  const { tenantId, id: changeId, state } = change;
  const woken = await saveTransition(deps, { tenantId, changeId }, (current, lane, decision) =>
    isForgotten(current, lane, decision.now, deps.settings)
      ? { change: current, lane: "keep", wakeAt: decision.now, audit: { action: "change.woken", result: "success" } }
      : undefined,
  );
  if (woken) deps.log.warn("a change was forgotten and is taken up again", { tenantId, changeId, state });
}

/** True when nobody will take the change up again by itself. */
export function isForgotten(change: Change, lane: Lane, now: Date, settings: LedgerSettings): boolean {
  return isOverdue(change, now, settings) && !waitsForLane(change, lane);
}

/** Not forgotten: whoever holds the subscription's lane wakes it, however long that takes. */
function waitsForLane(change: Change, lane: Lane): boolean {
  return change.state === "PendingPurchase" && lane.changeId !== undefined && lane.changeId !== change.id;
}

/** Its newest message should have been handled long ago, and nothing in the row says that it was. */
function isOverdue(change: Change, now: Date, settings: LedgerSettings): boolean {
  const limit = now.getTime() - settings.overdueMs;
  if (Date.parse(change.enqueuedAt) > limit) return false;
  const isDue = change.dueAt === undefined || Date.parse(change.dueAt) < limit;
  if (change.state === "PendingPurchase") return change.released && isDue;
  if (change.state !== "Purchasing") return false;
  const attempt = openAttempt(change);
  return attempt === undefined ? isDue : proofTime(attempt, settings) < now;
}
