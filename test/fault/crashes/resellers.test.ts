import { deleteReseller } from "../../../shared/domain/resellers/delete-reseller";
import { changeReseller } from "../../../shared/domain/resellers/change-reseller";
import { addReseller } from "../../../shared/domain/resellers/add-reseller";
import { findReseller } from "../../../shared/domain/resellers/find-reseller";
import { publicEtag } from "../../../shared/domain/decisions/public-etag";
import { Reseller } from "../../../shared/domain/resellers/reseller";
import type { CrashPlan } from "../../fakes/process";
import { ASK, resellerWorld, type Deps, type ResellerWorld } from "../../fakes/reseller-world";

/** Every call of a port in an operation, before and after it happened. */
async function everyCrash(
  prepare: (world: ResellerWorld) => Promise<Reseller>,
  operate: (world: ResellerWorld, reseller: Reseller, deps: Deps) => Promise<unknown>,
  expectSound: (world: ResellerWorld, reseller: Reseller, how: string) => Promise<void>,
): Promise<number> {
  const dry = resellerWorld();
  const prepared = await prepare(dry);
  dry.counter.calls = 0;
  await operate(dry, prepared, dry.startProcess());
  const calls = dry.counter.calls;
  const plans = Array.from({ length: calls }, (_, i) =>
    (["before", "after"] as const).map((when): CrashPlan => ({ call: i + 1, when })),
  ).flat();
  for (const plan of plans) {
    const world = resellerWorld();
    const reseller = await prepare(world);
    Object.assign(world.counter, { calls: 0, plan });
    // What happens after the crash is the next process's: an operation may also end well, its last step lost.
    await operate(world, reseller, world.startProcess()).catch(() => undefined);
    await world.recover();
    await expectSound(world, reseller, `${plan.when} call ${plan.call}`);
  }
  return calls;
}

/** The vault holds what the resellers name, all of it and nothing else; no row is left of anything half done. */
function expectNoLooseEnds({ store, secrets }: ResellerWorld, how: string): void {
  const rows = [...store.dump("msp").values()];
  const resellers = rows.filter(({ row }) => row.startsWith("reseller_")).map(({ value }) => Reseller.parse(value));
  const named = resellers.flatMap(({ applicationSecretName, grant }) => [
    applicationSecretName,
    ...(grant ? [grant.refreshTokenName] : []),
  ]);
  expect({ how, living: [...secrets.keys()].sort() }).toEqual({ how, living: [...named].sort() });
  expect({ how, deleted: resellers.filter(({ deletedAt }) => deletedAt !== undefined) }).toEqual({ how, deleted: [] });
  const records = rows.filter(({ row }) => row.startsWith("secret_"));
  expect({ how, records: records.map(({ value }) => (value as { state: string }).state) }).toEqual({
    how,
    records: named.map(() => "inUse"),
  });
  expect({ how, outbox: rows.filter(({ row }) => row.startsWith("outbox_")).length }).toEqual({ how, outbox: 0 });
}

const authorized = async (world: ResellerWorld): Promise<Reseller> => {
  const added = await world.add();
  await world.authorize(added, "refresh-1");
  await world.deliver(world.startProcess());
  return (await findReseller(world.store, added.id)).value;
};
const etagOf = async ({ store }: ResellerWorld, { id }: Reseller): Promise<string> =>
  publicEtag((await findReseller(store, id)).etag);

test("a reseller being added is there with its secret, or there is nothing of it, wherever the process crashes", async () => {
  const other = (world: ResellerWorld): Promise<Reseller> => world.add();
  const second = { ...ASK, displayName: "Second", applicationId: "30000000-0000-4000-8000-000000000002" };
  const calls = await everyCrash(
    other,
    (world, _first, deps) => addReseller(deps, world.request("add"), second),
    async (world, _first, how) => {
      expectNoLooseEnds(world, how);
      // The same request, sent again, makes it once.
      await addReseller(world.startProcess(), world.request("add"), second);
      expectNoLooseEnds(world, how);
      const names = [...world.store.dump("msp").keys()].filter((row) => row.startsWith("reseller_"));
      expect({ how, resellers: names.length }).toEqual({ how, resellers: 2 });
    },
  );
  expect(calls).toBeGreaterThan(10);
});

test("a reseller being deleted is whole or gone with its secrets, wherever the process crashes", async () => {
  const seen = new Set<string>();
  const calls = await everyCrash(
    authorized,
    async (world, reseller, deps) =>
      deleteReseller(deps, world.request("delete"), reseller.id, await etagOf(world, reseller)),
    async (world, reseller, how) => {
      expectNoLooseEnds(world, how);
      const left = [...world.store.dump("msp").keys()].filter((row) => row.includes(reseller.id));
      seen.add(left.length === 0 ? "gone" : "whole");
      // Gone: its name and application are free. Whole: they are not.
      const again = addReseller(world.startProcess(), world.request(), ASK);
      if (left.length === 0) await expect(again).resolves.toMatchObject({ value: { displayName: ASK.displayName } });
      else await expect(again).rejects.toMatchObject({ code: "duplicate" });
    },
  );
  expect(calls).toBeGreaterThan(10);
  expect(seen).toEqual(new Set(["gone", "whole"]));
});

test("a new secret is in use and the old one destroyed, or the other way round, wherever the process crashes", async () => {
  const seen = new Set<string | undefined>();
  await everyCrash(
    authorized,
    async (world, reseller, deps) =>
      changeReseller(
        deps,
        world.request("edit"),
        reseller.id,
        { applicationSecret: "secret-2" },
        await etagOf(world, reseller),
      ),
    async (world, { id }, how) => {
      expectNoLooseEnds(world, how);
      const { value } = await findReseller(world.store, id);
      expect({ how, state: value.state }).toEqual({ how, state: "Authorized" });
      seen.add(world.secrets.get(value.applicationSecretName));
    },
  );
  expect(seen).toEqual(new Set(["secret-1", "secret-2"]));
});

test("another application ends the sign-in with its token, or nothing is changed, wherever the process crashes", async () => {
  const seen = new Set<string>();
  await everyCrash(
    authorized,
    async (world, reseller, deps) =>
      changeReseller(
        deps,
        world.request("edit"),
        reseller.id,
        { applicationId: "another" },
        await etagOf(world, reseller),
      ),
    async (world, { id }, how) => {
      expectNoLooseEnds(world, how);
      const { value } = await findReseller(world.store, id);
      expect({ how, grant: value.grant !== undefined }).toEqual({ how, grant: value.state === "Authorized" });
      seen.add(value.state);
    },
  );
  expect(seen).toEqual(new Set(["Authorized", "NotAuthorized"]));
});

test("a new sign-in replaces the one before with its token, or leaves it as it was, wherever the process crashes", async () => {
  const seen = new Set<string | undefined>();
  await everyCrash(
    authorized,
    (world, reseller, deps) => world.authorize(reseller, "refresh-2", deps),
    async (world, { id }, how) => {
      expectNoLooseEnds(world, how);
      const { value } = await findReseller(world.store, id);
      seen.add(world.secrets.get(value.grant?.refreshTokenName ?? ""));
    },
  );
  expect(seen).toEqual(new Set(["refresh-1", "refresh-2"]));
});
