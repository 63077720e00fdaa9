import type { ChangeId } from "../../shared/domain/access/ids";
import { auditedRequest, type WriteRequest } from "../../shared/domain/access/request-facts";
import { Change } from "../../shared/domain/changes/change";
import { changeConnection } from "../../shared/domain/connections/change-connection";
import type { ConnectDeps } from "../../shared/domain/connections/connect-tenant";
import { disconnectTenant, removeConnection } from "../../shared/domain/connections/remove-connection";
import { noteUse } from "../../shared/domain/connections/reseller-use";
import { Head, MSP_PARTITION, tenantPartition } from "../../shared/domain/decisions/head";
import { publicEtag } from "../../shared/domain/decisions/public-etag";
import { refuseWhileInUse } from "../../shared/domain/resellers/reseller-use";
import { Tenant } from "../../shared/domain/tenants/tenant";
import { CSP_CUSTOMER, RESELLER, SUBSCRIPTION, TENANT } from "../build/ids";
import { aRequest, aReseller, aTenant, OTHER_RESELLER } from "../build/tenant";
import { ledgerWorld } from "./ledger-world";

const PARTITION = tenantPartition(TENANT);

/** The ways a connection ends, each as a request of somebody. */
export const ENDINGS = ["removed", "left", "replaced"] as const;
export type Ending = (typeof ENDINGS)[number];

/** The ledger's world with the tenant connected through one of two resellers, and ways to end that. */
export async function connectedWorld() {
  const ledger = ledgerWorld();
  const { store, startProcess, changes } = ledger;
  store.forge(MSP_PARTITION, `reseller_${RESELLER}`, aReseller());
  store.forge(MSP_PARTITION, `reseller_${OTHER_RESELLER}`, aReseller({ id: OTHER_RESELLER, displayName: "Northgate" }));
  await noteUse(startProcess(), auditedRequest(aRequest("connect")), { resellerId: RESELLER, tenantId: TENANT });
  store.forge(PARTITION, "tenant", aTenant());
  store.forge(PARTITION, "head", { seq: 0, auditHash: "", openChanges: [], connection: "Connected" });

  const row = (name: string): unknown => store.dump(PARTITION).get(name)?.value;
  const tenant = (): Tenant => Tenant.parse(row("tenant"));
  const etagNow = (): string => publicEtag(store.dump(PARTITION).get("tenant")?.etag ?? "");
  /** A process as the HTTP functions are: what the worker has, and a Partner Center that knows the customer. */
  const startHttp = (): ConnectDeps => ({
    ...startProcess(),
    profile: {
      getCustomer: (_reseller, id) =>
        Promise.resolve({ id, name: "Larkspur Dental", domain: "larkspur.example", relationshipToPartner: "reseller" }),
    },
  });

  return {
    ...ledger,
    ...{ tenant, etagNow, startHttp },
    formerReseller: RESELLER,
    /** What a test was answered on the way. */
    answers: [] as string[],
    /** Closes the tenant for changes, as the first step of an ending does. */
    close: (): void => {
      store.forge(PARTITION, "head", { ...Head.parse(row("head")), connection: "Disconnecting" });
    },
    editChange: (id: ChangeId | undefined, differing: Partial<Change>): void => {
      const name = `change_${id ?? ""}`;
      store.forge(PARTITION, name, { ...Change.parse(row(name)), ...differing });
    },
    head: (): Head => Head.parse(row("head")),
    edit: (change: (tenant: Tenant) => Tenant): void => {
      store.forge(PARTITION, "tenant", change(tenant()));
    },
    uses: async (): Promise<boolean[]> =>
      Promise.all(
        [RESELLER, OTHER_RESELLER].map((id) =>
          refuseWhileInUse(store, id, aRequest("k").actor, ledger.clock.now()).then(
            () => false,
            () => true,
          ),
        ),
      ),

    async end(ending: Ending, request: WriteRequest, etag = etagNow(), process = startHttp()): Promise<void> {
      if (ending === "removed") await removeConnection(process, request, TENANT, etag);
      else if (ending === "left") await disconnectTenant(process, request, TENANT);
      else {
        const mapping = { tenantId: TENANT, resellerId: OTHER_RESELLER, cspCustomerId: CSP_CUSTOMER };
        await changeConnection(process, request, mapping, etag);
      }
    },

    /** Changes that wait for somebody, so that no worker takes them. */
    async waiting(count: number): Promise<ChangeId[]> {
      const ids: ChangeId[] = [];
      for (let i = 0; i < count; i++) ids.push(await ledger.submit({ released: false, subscriptionId: SUBSCRIPTION }));
      return ids;
    },

    /** The changes whose cancelling is in the audit log, as often as it is there. */
    cancelledInLog: (): string[] =>
      [...store.dump(PARTITION).values()]
        .filter(({ row: name }) => name.startsWith("audit_"))
        .map(({ value }) => value as { action: string; changeId?: string })
        .flatMap(({ action, changeId }) => (action === "change.cancel" ? [changeId ?? ""] : [])),

    states: (): string[] => changes().map((change) => Change.parse(change).state),
  };
}
