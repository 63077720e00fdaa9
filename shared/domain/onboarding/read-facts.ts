import { AppError } from "../../errors";
import { seesCustomer, seesTenant, type Actor } from "../access/actor";
import { TenantId, type CspCustomerId, type CustomerId } from "../access/ids";
import { comparableName } from "../access/unique-name";
import { resellerUseRow } from "../connections/reseller-use";
import { Customer, CUSTOMER_PREFIX } from "../customers/customer";
import { Head, HEAD_ROW, MSP_PARTITION, tenantPartition } from "../decisions/head";
import { listRows } from "../decisions/list-rows";
import type { StateStore } from "../decisions/state-store";
import type { CspCustomer, PartnerProfile } from "../resellers/partner-profile";
import type { ResellerIdentity } from "../resellers/reseller-identity";
import { Tenant, TENANT_ROW } from "../tenants/tenant";
import { inParallel } from "./in-parallel";
import type { CustomerFacts } from "./judge-customer";

export interface FactsDeps {
  store: StateStore;
  profile: Pick<PartnerProfile, "listCustomers">;
}

/** The largest page of customers Partner Center gives (fact sheet §1.6): one call for most resellers. */
const PAGE = 500;
/** 100,000 customers: no reseller has more, so such a list goes round in circles. */
const MAX_PAGES = 200;
/** Reads of storage at a time. */
const READS = 16;

/**
 * What is known of these customers: Partner Center's list first, because it may refuse, then our own rows.
 * `actor` undefined: the caller was checked before, and everything is seen.
 */
export async function readCustomerFacts(
  deps: FactsDeps,
  reseller: ResellerIdentity,
  ids: readonly CspCustomerId[],
  actor: Actor | undefined,
): Promise<CustomerFacts[]> {
  const listed = await listedCustomers(deps.profile, reseller, ids);
  const usedBefore = async (tenantId: TenantId): Promise<boolean> =>
    (await deps.store.get(MSP_PARTITION, resellerUseRow(reseller.resellerId, tenantId))) !== undefined;
  return inParallel(READS, ids, async (cspCustomerId) => {
    const tenantId = TenantId.parse(cspCustomerId);
    const row = await deps.store.get(tenantPartition(tenantId), TENANT_ROW);
    const read = row && Tenant.safeParse(row.value);
    const known = read?.data;
    const isHidden = actor !== undefined && !seesTenant(actor, tenantId, known?.customerId);
    const tenant = isHidden ? undefined : known;
    const head = tenant && (await deps.store.get(tenantPartition(tenantId), HEAD_ROW));
    return {
      ...{ cspCustomerId, tenant, isHidden },
      listed: listed.get(cspCustomerId),
      isUnreadable: read?.success === false,
      isDisconnecting: head !== undefined && Head.parse(head.value).connection === "Disconnecting",
      wasOurs: tenant !== undefined && !listed.has(cspCustomerId) && (await usedBefore(tenantId)),
    };
  });
}

/** Those of the customers that Partner Center lists for the reseller; reads no further than it has to. */
async function listedCustomers(
  profile: FactsDeps["profile"],
  reseller: ResellerIdentity,
  ids: readonly CspCustomerId[],
): Promise<Map<CspCustomerId, CspCustomer>> {
  const wanted = new Set(ids);
  const found = new Map<CspCustomerId, CspCustomer>();
  let after: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await profile.listCustomers(reseller, { size: PAGE, ...(after === undefined ? {} : { after }) });
    for (const customer of page.value) if (wanted.has(customer.id)) found.set(customer.id, customer);
    after = page.next;
    if (after === undefined || found.size === wanted.size) return found;
  }
  throw new AppError("upstream", "upstreamError", "The customer list of Partner Center does not end.");
}

/** The customer records the caller may see, by comparable name and by id, in one walk through them. */
export async function readCustomerNames(
  store: StateStore,
  actor: Actor,
): Promise<{ idsByName: Map<string, CustomerId>; namesById: Map<CustomerId, string> }> {
  const names = { idsByName: new Map<string, CustomerId>(), namesById: new Map<CustomerId, string>() };
  let after: string | undefined;
  do {
    const page = await listRows(store, MSP_PARTITION, {
      ...{ prefix: CUSTOMER_PREFIX, schema: Customer, limit: 1_000 },
      ...(after === undefined ? {} : { after }),
      keep: ({ id }) => seesCustomer(actor, id),
    });
    for (const { value } of page.value) {
      names.idsByName.set(comparableName(value.name), value.id);
      names.namesById.set(value.id, value.name);
    }
    after = page.next;
  } while (after !== undefined);
  return names;
}
