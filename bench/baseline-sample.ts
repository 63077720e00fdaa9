import { randomBytes } from "node:crypto";
import { odata, type TransactionAction } from "@azure/data-tables";
import { z } from "zod";
import { newId } from "../shared/domain/access/ids";
import { postOneSeat, waitUntilCompleted } from "./api-calls";
import { BASELINE_TABLE, tableOf, type BenchSystem } from "./bench-system";

/** What the baseline app works with: rows as the real system writes them, so that both move the same bytes. */
export interface BaselineSample {
  tenantId: string;
  subscriptionId: string;
  /** Row of the tenant's reseller in the partition `msp`. */
  resellerRow: string;
  /** The change whose row the baseline takes through its states. */
  appliedChangeId: string;
  bodies: { accepted: string; completed: string; batch: string; idempotency: string; audit: string };
}

const HOUR_MS = 3_600_000;
const ROWS_AT_ONCE = 50;
const StoredChange = z.looseObject({ batchId: z.string(), resellerId: z.string() });

/**
 * Carries out one change, keeps its rows as the sample, and gives the tenant so many more completed changes as a history.
 * Afterwards the baseline's table has the same rows as the table `state`, and a lane for its own subscription.
 */
export async function prepareRows(system: BenchSystem, history: number): Promise<BaselineSample> {
  const { tenantId, subscriptions, platform } = system;
  const changeId = await postOneSeat(system, platform.apiUrl);
  await waitUntilCompleted(system, changeId);
  const completed = await bodyOf(system, `change_${changeId}`);
  const change = StoredChange.parse(JSON.parse(completed));
  await addHistory(system, change, history);
  await tableOf(system, BASELINE_TABLE).createTable();
  await copyRows(system);
  const lane = await bodyOf(system, `lane_${subscriptions.ours}`);
  await tableOf(system, BASELINE_TABLE).createEntity({
    ...{ partitionKey: partitionOf(system), rowKey: `lane_${subscriptions.baseline}`, schemaVersion: 1, body0: lane },
  });
  const accepted = { ...change, state: "PendingPurchase", claims: 0, steps: [], outcome: undefined };
  return {
    tenantId,
    subscriptionId: subscriptions.baseline,
    resellerRow: `reseller_${change.resellerId}`,
    appliedChangeId: changeId,
    bodies: {
      accepted: JSON.stringify(accepted),
      completed,
      batch: await bodyOf(system, `batch_${change.batchId}`),
      idempotency: await firstBody(system, "idem_"),
      audit: await firstBody(system, "audit_"),
    },
  };
}

/** Brings the baseline's table to what the table `state` holds now. */
export async function copyRows(system: BenchSystem): Promise<void> {
  const target = tableOf(system, BASELINE_TABLE);
  const byPartition = new Map<string, TransactionAction[]>();
  for await (const { partitionKey = "", rowKey = "", ...row } of tableOf(system, "state").listEntities()) {
    const { etag: _etag, timestamp: _timestamp, ...properties } = row;
    const actions = byPartition.get(partitionKey) ?? [];
    actions.push(["upsert", { partitionKey, rowKey, ...properties }, "Replace"]);
    byPartition.set(partitionKey, actions);
  }
  for (const actions of byPartition.values()) {
    for (let i = 0; i < actions.length; i += ROWS_AT_ONCE) {
      await target.submitTransaction(actions.slice(i, i + ROWS_AT_ONCE));
    }
  }
}

/** Copies of a completed change under ids of their own, an hour apart. */
async function addHistory(system: BenchSystem, change: object, count: number): Promise<void> {
  const table = tableOf(system, "state");
  const now = system.platform.clock.now().getTime();
  const partitionKey = partitionOf(system);
  for (let i = 1; i <= count; i++) {
    const id = newId(new Date(now - i * HOUR_MS), randomBytes(10));
    const body0 = JSON.stringify({ ...change, id });
    await table.createEntity({ partitionKey, rowKey: `change_${id}`, schemaVersion: 1, body0 });
  }
}

async function bodyOf(system: BenchSystem, row: string): Promise<string> {
  const { body0 } = await tableOf(system, "state").getEntity<{ body0: string }>(partitionOf(system), row);
  return body0;
}

async function firstBody(system: BenchSystem, prefix: string): Promise<string> {
  const filter = odata`PartitionKey eq ${partitionOf(system)} and RowKey ge ${prefix}`;
  const rows = tableOf(system, "state").listEntities<{ body0: string }>({ queryOptions: { filter } });
  for await (const { rowKey, body0 } of rows) if (rowKey?.startsWith(prefix)) return body0;
  throw new Error(`No row begins with ${prefix}.`);
}

function partitionOf({ tenantId }: BenchSystem): string {
  return `tenant_${tenantId}`;
}
