import { MSP_PARTITION } from "../decisions/head";
import { listRows } from "../decisions/list-rows";
import type { StateStore } from "../decisions/state-store";
import type { Actor } from "./actor";
import { Grant, GRANT_PREFIX, principalOf } from "./grant";
import type { Principal } from "./ids";
import { requireWholeScope } from "./whole-scope";

export interface GrantLine {
  principal: Principal;
  etag: string;
  value: Grant;
}

/** A page of what was granted, by directory and id (C65). Throws `forbidden` unless the caller's scope is everything. */
export async function listAccess(
  store: StateStore,
  actor: Actor,
  ask: { after?: string | undefined; limit: number },
): Promise<{ value: GrantLine[]; next?: string; notShown?: number }> {
  requireWholeScope(actor);
  const page = await listRows(store, MSP_PARTITION, {
    prefix: GRANT_PREFIX,
    schema: Grant,
    limit: ask.limit,
    ...(ask.after ? { after: ask.after } : {}),
    countNewer: () => true,
    keep: (grant) => grant.revokedAt === undefined,
  });
  const value = page.value.map(({ row, ...line }) => ({ principal: principalOf(row), ...line }));
  return { ...page, value };
}
