import { hasCode } from "../../errors";
import type { Actor } from "../access/actor";
import type { TenantId } from "../access/ids";
import { unlessNewer } from "../decisions/newer-version";
import type { StateStore } from "../decisions/state-store";
import { findTenant } from "../tenants/find-tenant";
import type { Tenant } from "../tenants/tenant";
import type { ChangeState } from "./change";
import type { ChangeLine, ChangeList } from "./change-list";

/** The most tenants a query may name by themselves; the service takes fifteen comparisons. */
const MAX_NAMED = 10;

/**
 * A page of the changes in the caller's scope, newest first (C72). The scope is judged by each tenant as it is now, not
 * by the list: a tenant that has moved to another customer is seen by its new one alone.
 */
export async function listChangesOfAll(
  deps: { store: StateStore; changeList: ChangeList },
  actor: Actor,
  ask: { state?: ChangeState | undefined; kind?: string | undefined; tenantId?: TenantId | undefined } & {
    after?: string | undefined;
    limit: number;
  },
): Promise<{ value: { line: ChangeLine; tenantName: string }[]; next?: string; notShown?: number }> {
  const { tenantId, ...rest } = ask;
  const named = tenantId === undefined ? tenantsNamedBy(actor) : [tenantId];
  const visible = visibleTenants(deps.store, actor);
  if (named?.length === 0 || (tenantId !== undefined && !(await visible(tenantId)))) return { value: [] };
  const keep = async (line: Pick<ChangeLine, "tenantId">): Promise<boolean> =>
    actor.scope.kind === "all" || (await visible(line.tenantId)) !== undefined;
  const page = await deps.changeList.list({
    ...rest,
    ...(named && named.length <= MAX_NAMED ? { tenantIds: named } : {}),
    keep,
    countNewer: keep,
  });
  const value = await Promise.all(
    page.value.map(async (line) => ({
      line,
      tenantName: (await visible(line.tenantId))?.displayName ?? line.tenantId,
    })),
  );
  return { ...page, value };
}

/** The tenants of a scope that names tenants and nothing else. */
function tenantsNamedBy({ scope }: Actor): readonly TenantId[] | undefined {
  return scope.kind === "some" && scope.customerIds.length === 0 ? scope.tenantIds : undefined;
}

/** Looks each tenant up once, as it is now; undefined for those out of scope, and those that only a newer version may read. */
function visibleTenants(store: StateStore, actor: Actor): (id: TenantId) => Promise<Tenant | undefined> {
  const found = new Map<TenantId, Promise<Tenant | undefined>>();
  const look = async (id: TenantId): Promise<Tenant | undefined> => {
    try {
      return (await unlessNewer(findTenant(store, actor, id)))?.value;
    } catch (error) {
      if (hasCode(error, "notFound")) return undefined;
      throw error;
    }
  };
  return (id) => {
    const known = found.get(id) ?? look(id);
    found.set(id, known);
    return known;
  };
}
