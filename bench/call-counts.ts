import type { Platform } from "../local/platform/start-platform";
import type { SeenCall } from "./call-tap";

/** How many calls of each kind one repetition made; equal counts mean equal work for the stand-ins. */
export type CallCounts = ReadonlyMap<string, number>;

/** Counts the calls that tables and Partner Center answered. */
export function countCalls(calls: readonly SeenCall[], { tables, simulator }: Platform): CallCounts {
  const counts = new Map<string, number>();
  for (const { method, path, port } of calls) {
    if (port === tables.port) add(counts, tableCall(method, path));
    else if (port === simulator.port) add(counts, `Partner Center ${method} ${resourceOf(path)}`);
  }
  return counts;
}

export function minus(all: CallCounts, some: CallCounts): CallCounts {
  const left = [...all].map(([kind, count]) => [kind, count - (some.get(kind) ?? 0)] as const);
  return new Map(left.filter(([, count]) => count !== 0));
}

/** Such as `6 row reads, 2 transactions`. */
export function describeCalls(counts: CallCounts): string {
  const parts = [...counts].map(([kind, count]) => `${count} ${kind}`);
  return parts.sort((a, b) => a.localeCompare(b)).join(", ");
}

/** What most repetitions did: now and then one also notes the tenant in the work index. */
export function commonest(repetitions: readonly CallCounts[]): CallCounts {
  const votes = new Map<string, { counts: CallCounts; votes: number }>();
  for (const counts of repetitions) {
    const text = describeCalls(counts);
    votes.set(text, { counts, votes: (votes.get(text)?.votes ?? 0) + 1 });
  }
  return [...votes.values()].sort((a, b) => b.votes - a.votes)[0]?.counts ?? new Map();
}

function add(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

function tableCall(method: string, path: string): string {
  if (path.includes("$batch")) return "table transaction";
  if (method !== "GET") return `row ${method}`;
  if (path.includes("RowKey=")) return "row read";
  const rows = /[?&]\$top=(\d+)/.exec(path)?.[1];
  return rows === undefined ? "table query" : `table query of ${rows} rows`;
}

/** `/v1/customers/{id}/subscriptions/{id}` → `subscriptions/{id}`. */
function resourceOf(path: string): string {
  const parts = (path.split("?")[0] ?? "").split("/").filter((part) => part !== "");
  const isOne = /^[0-9a-f-]{36}$/i.test(parts.at(-1) ?? "");
  return isOne ? `${parts.at(-2) ?? ""}/{id}` : (parts.at(-1) ?? "");
}
