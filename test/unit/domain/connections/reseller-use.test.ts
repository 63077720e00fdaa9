import { auditedRequest } from "../../../../shared/domain/access/request-facts";
import { endUse, noteUse } from "../../../../shared/domain/connections/reseller-use";
import { MSP_PARTITION, tenantPartition } from "../../../../shared/domain/decisions/head";
import { refuseWhileInUse } from "../../../../shared/domain/resellers/reseller-use";
import { AppError } from "../../../../shared/errors";
import type { Tenant } from "../../../../shared/domain/tenants/tenant";
import { after, HOUR, MINUTE, RESELLER, START, TENANT } from "../../../build/ids";
import { aConnection, aRequest, aReseller, aTenant, OTHER_RESELLER } from "../../../build/tenant";
import { setup } from "../decisions/decision-setup";

const BY = auditedRequest(aRequest("k"));
const USE = { resellerId: RESELLER, tenantId: TENANT };

/** One reseller and one tenant, which uses none. */
function world() {
  const { deps, store } = setup();
  let now = START;
  store.forge(MSP_PARTITION, `reseller_${RESELLER}`, aReseller());
  const { connection: _none, ...unconnected } = aTenant();
  const put = (tenant: Tenant): void => {
    store.forge(tenantPartition(TENANT), "tenant", tenant);
  };
  put(unconnected);
  return {
    deps: { ...deps, clock: () => now },
    put,
    unconnected,
    at: (ms: number) => (now = after(ms)),
    users: async (): Promise<unknown[]> => {
      const refusal: unknown = await refuseWhileInUse(store, RESELLER, aRequest("k").actor, now).catch(
        (error: unknown) => error,
      );
      if (refusal === undefined) return [];
      expect(refusal).toBeInstanceOf(AppError);
      const { tenants } = (refusal as AppError).extensions as { tenants: { tenantId: string }[] };
      return tenants.map(({ tenantId }) => tenantId);
    },
  };
}

test("a reseller nobody uses has no users, and one that is gone cannot be used", async () => {
  const { deps, users } = world();
  expect(await users()).toEqual([]);
  await expect(noteUse(deps, BY, { ...USE, resellerId: OTHER_RESELLER })).rejects.toMatchObject({ code: "notFound" });
});

test("a connection that is being made counts, and one that never came about is forgotten after ten minutes", async () => {
  const { deps, users, at } = world();
  await noteUse(deps, BY, USE);
  at(9 * MINUTE);
  expect(await users()).toEqual([TENANT]);
  at(10 * MINUTE);
  expect(await users()).toEqual([]);
});

test("another try to connect keeps the reseller for another ten minutes", async () => {
  const { deps, users, at } = world();
  await noteUse(deps, BY, USE);
  at(8 * MINUTE);
  await noteUse(deps, BY, USE);
  at(17 * MINUTE);
  expect(await users()).toEqual([TENANT]);
});

test("a connection counts for as long as it stands", async () => {
  const { deps, users, at, put } = world();
  await noteUse(deps, BY, USE);
  put(aTenant());
  at(1000 * HOUR);
  expect(await users()).toEqual([TENANT]);
  put(aTenant({ connection: aConnection({ resellerId: OTHER_RESELLER }) }));
  expect(await users()).toEqual([]);
});

test("a connection that is on its way to this reseller counts, however long it takes", async () => {
  const { deps, users, at, put } = world();
  await noteUse(deps, BY, USE);
  const then = { kind: "connect" as const, resellerId: RESELLER, cspCustomerId: aConnection().cspCustomerId };
  const disconnecting = { then, since: START.toISOString(), idempotency: { hash: "h", bodyHash: "b" }, by: BY };
  put(aTenant({ connection: aConnection({ resellerId: OTHER_RESELLER }), disconnecting }));
  at(1000 * HOUR);
  expect(await users()).toEqual([TENANT]);
});

test("a use that has ended does not count, also not for the ten minutes", async () => {
  const { deps, users, at } = world();
  await noteUse(deps, BY, USE);
  at(MINUTE);
  await endUse(deps, BY, USE, after(MINUTE).toISOString());
  expect(await users()).toEqual([]);
  await noteUse(deps, BY, USE);
  expect(await users()).toEqual([TENANT]);
});

test("whoever ends a use late does not end the one that came after", async () => {
  const { deps, users, at } = world();
  at(MINUTE);
  await noteUse(deps, BY, USE);
  await endUse(deps, BY, USE, START.toISOString());
  expect(await users()).toEqual([TENANT]);
});

test("a marked use whose tenant is connected all the same counts: the tenant is right", async () => {
  const { deps, users, put } = world();
  await noteUse(deps, BY, USE);
  await endUse(deps, BY, USE, after(MINUTE).toISOString());
  put(aTenant());
  expect(await users()).toEqual([TENANT]);
});
