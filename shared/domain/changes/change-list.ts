import { z } from "zod";
import { ChangeId, SubscriptionId, TenantId } from "../access/ids";
import { Ask, ChangeKind, ChangeState, isFinal, ParkedReason, type Change } from "./change";

/** A change as the list across tenants shows it. */
export const ChangeLine = z.object({
  id: ChangeId,
  tenantId: TenantId,
  kind: ChangeKind,
  state: ChangeState,
  released: z.boolean(),
  parkedReason: ParkedReason.optional(),
  subscriptionId: SubscriptionId,
  subscriptionName: z.string(),
  ask: Ask,
  requestedBy: z.string(),
  requestedAt: z.iso.datetime(),
  outcome: z.object({ at: z.iso.datetime(), code: z.string(), message: z.string() }).optional(),
  /** When it came to its end; absent while it is open. */
  endedAt: z.iso.datetime().optional(),
});
export type ChangeLine = z.infer<typeof ChangeLine>;

/** A line of the read model, rebuilt from the change itself at any time. */
export const ChangeEntry = z.object({ seq: z.int(), line: ChangeLine });
export type ChangeEntry = z.infer<typeof ChangeEntry>;

export interface ChangeFilter {
  state?: ChangeState | undefined;
  kind?: string | undefined;
  /** Of these tenants only; ten at most, never none. */
  tenantIds?: readonly TenantId[] | undefined;
}

/** The changes of all tenants that are open, or ended within the last thirty days. Never decided upon; it may lag. */
export interface ChangeList {
  /** Stores the line unless one as new is there already. */
  put(entry: ChangeEntry): Promise<void>;
  /**
   * Newest first. `keep` is asked for each line; what it declines takes no place on a page. `notShown` counts those that
   * only a newer version may read and `countNewer` accepts.
   */
  list(
    ask: ChangeFilter & {
      after?: string | undefined;
      limit: number;
      keep: (line: ChangeLine) => Promise<boolean>;
      countNewer?: (entry: Pick<ChangeLine, "tenantId">) => Promise<boolean>;
    },
  ): Promise<{ value: ChangeLine[]; next?: string; notShown?: number }>;
  endedBefore(moment: Date): AsyncIterable<ChangeLine>;
}

/** How long a line stays after the end of its change. */
export const LINE_KEPT_MS = 30 * 24 * 3_600_000;

/**
 * What the list shows of a change; undefined when it ended too long ago. A line stays for thirty days after the end, which
 * also keeps a handler that slept over the end from bringing the open change back.
 */
export function lineOf(change: Change, now: Date): ChangeLine | undefined {
  const { id, tenantId, kind, state, released, parkedReason, subscriptionId, subscriptionName, ask } = change;
  const endedAt = isFinal(state) ? (change.outcome?.at ?? change.requestedAt) : undefined;
  if (endedAt !== undefined && Date.parse(endedAt) < now.getTime() - LINE_KEPT_MS) return undefined;
  const { outcome } = change;
  return {
    ...{ id, tenantId, kind, state, released, subscriptionId, subscriptionName, ask },
    ...(parkedReason ? { parkedReason } : {}),
    requestedBy: change.requestedBy.name,
    requestedAt: change.requestedAt,
    ...(outcome ? { outcome: { at: outcome.at, code: outcome.code, message: outcome.message } } : {}),
    ...(endedAt ? { endedAt } : {}),
  };
}
