import type { Change } from "../../../../shared/domain/changes/change";
import { tenantPartition } from "../../../../shared/domain/decisions/head";
import { originOfItem } from "../../../../shared/domain/changes/attempt-ids";
import { settledAt } from "../../../../shared/domain/recovery/judge-after-restore";
import { reconcile, type ReconcileDeps, type ReconcileReport } from "../../../../shared/domain/recovery/reconcile";
import { readRecovery } from "../../../../shared/domain/recovery/recovery-state";
import { AppError } from "../../../../shared/errors";
import { HOUR, MINUTE, TENANT } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";
import { operatorsOf } from "../../../fakes/operators";

const PARTITION = tenantPartition(TENANT);
const ADD = (delta: number, key = `key-${delta}`): Partial<Change> => ({
  ask: { kind: "add", delta },
  origin: originOfItem({ hash: key, bodyHash: key }, 0, undefined),
});

/** A world that can lose everything that was stored since a moment, as a disaster and a restore make it. */
function setup() {
  const world = ledgerWorld();
  operatorsOf(world);
  let kept: [string, unknown][] = [];
  let takenAt = "";
  const deps = (): ReconcileDeps => ({
    ...world.startProcess(),
    rows: {
      // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous
      async *partitions() {
        yield* ["msp", PARTITION];
      },
    },
    say: () => undefined,
  });
  return {
    ...world,
    backUp() {
      takenAt = world.clock.now().toISOString();
      kept = structuredClone([...world.store.dump(PARTITION).values()].map(({ row, value }) => [row, value]));
    },
    async loseAndRestore() {
      world.msp.writeMode = "off";
      for (const row of [...world.store.dump(PARTITION).keys()]) world.store.destroy(PARTITION, row);
      for (const [row, value] of kept) world.store.forge(PARTITION, row, value);
      const restoredAt = world.clock.now().toISOString();
      world.store.forge("msp", "setting_recovery", { backup: "backup", takenAt, restoredAt, state: "reconciling" });
      await world.work.touch(PARTITION);
    },
    reconcile: (): Promise<ReconcileReport> => reconcile(deps()),
    /** The app works between the reading of the records and the saving of what they tell, once. */
    reconcileBeside(work: () => Promise<void>): Promise<ReconcileReport> {
      const all = deps();
      let isFirst = true;
      const auditRecords: typeof all.history.auditRecords = async (...ask) => {
        const records = await all.history.auditRecords(...ask);
        if (isFirst) await work();
        isFirst = false;
        return records;
      };
      return reconcile({ ...all, history: { ...all.history, auditRecords } });
    },
    async settle() {
      const recovery = await readRecovery(world.store);
      const until = settledAt({ restoredAt: recovery?.restoredAt ?? "" }, deps().settings);
      await world.clock.advance(Math.max(0, until.getTime() - world.clock.nowMs()));
    },
    async writesOn() {
      world.msp.writeMode = "on";
      await world.run(HOUR);
    },
  };
}

test("many changes of one subscription that were done are found in one run, and nothing is sent again", async () => {
  const { submit, msp, backUp, run, loseAndRestore, settle, reconcile, writesOn, change, partnerCenter, lane } =
    setup();
  msp.writeMode = "off";
  const ids = [await submit(ADD(1)), await submit(ADD(2)), await submit(ADD(3)), await submit(ADD(4))];
  await run(MINUTE);
  backUp();
  await writesOn();
  expect(partnerCenter.effectiveWrites()).toHaveLength(4);
  await loseAndRestore();
  await settle();
  expect(await reconcile()).toMatchObject({ found: 4, kept: 0, held: 0, unknown: 0, isDone: true });
  for (const id of ids)
    expect(change(id)).toMatchObject({ state: "Completed", outcome: { finding: "foundAfterRestore" } });
  expect(lane().changeId).toBeUndefined();
  await writesOn();
  expect(partnerCenter.effectiveWrites()).toHaveLength(4);
});

test("a request that was lost is recognised when it is sent again: at its claim, with nothing sent", async () => {
  const { submit, backUp, run, loseAndRestore, settle, reconcile, writesOn, change, partnerCenter, auditActions } =
    setup();
  await submit(ADD(1));
  await run(MINUTE);
  backUp();
  await submit(ADD(5));
  await run(MINUTE);
  await loseAndRestore();
  expect(await reconcile()).toMatchObject({ unknown: 1, isDone: false });
  await settle();
  expect(await reconcile()).toMatchObject({ unknown: 0, isDone: true });
  expect(auditActions().filter((action) => action === "recovery.unknownWrite")).toHaveLength(1);
  const [again, another] = [await submit(ADD(5)), await submit(ADD(5, "another key"))];
  await writesOn();
  expect(change(again)).toMatchObject({ state: "Completed", outcome: { finding: "foundAfterRestore" } });
  expect(change(another).outcome?.finding).toBeUndefined();
  expect(partnerCenter.effectiveWrites()).toHaveLength(3);
});

test("one that is sent again before the reconciliation has ended is recognised too", async () => {
  const { submit, run, backUp, loseAndRestore, settle, reconcile, writesOn, change, partnerCenter } = setup();
  await submit(ADD(1));
  await run(MINUTE);
  backUp();
  await submit(ADD(5));
  await run(MINUTE);
  await loseAndRestore();
  await run(MINUTE);
  const again = await submit(ADD(5));
  await settle();
  expect(await reconcile()).toMatchObject({ unknown: 1, isDone: true });
  await writesOn();
  expect(change(again)).toMatchObject({ state: "Completed", outcome: { finding: "foundAfterRestore" } });
  expect(partnerCenter.effectiveWrites()).toHaveLength(2);
});

test("with every change settled it still waits for records that may come late", async () => {
  const { submit, run, backUp, loseAndRestore, reconcile, settle, store } = setup();
  await submit(ADD(1));
  await run(MINUTE);
  backUp();
  await loseAndRestore();
  expect(await reconcile()).toMatchObject({ isDone: false, waitUntil: expect.any(Date) as Date });
  expect((await readRecovery(store))?.state).toBe("reconciling");
  await settle();
  expect((await reconcile()).isDone).toBe(true);
  expect((await readRecovery(store))?.state).toBe("done");
});

test("a change that the app parks while it is being judged is judged again at once", async () => {
  const { submit, msp, run, backUp, loseAndRestore, settle, reconcileBeside, writesOn, change, partnerCenter } =
    setup();
  msp.writeMode = "off";
  const id = await submit(ADD(1));
  await run(MINUTE);
  backUp();
  await writesOn();
  await loseAndRestore();
  await settle();
  const wasParked = change(id).dueAt;
  expect(await reconcileBeside(() => run(15 * MINUTE))).toMatchObject({ found: 1, isDone: true, waitUntil: undefined });
  expect(change(id)).toMatchObject({ state: "Completed", outcome: { finding: "foundAfterRestore" } });
  expect(wasParked).toBeDefined();
  await writesOn();
  expect(partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("records that cannot be read hold the changes and the tenant; a later run lets both go on", async () => {
  const { submit, msp, run, backUp, loseAndRestore, settle, reconcile, writesOn, change, partnerCenter, auditBreaks } =
    setup();
  msp.writeMode = "off";
  const ids = [await submit(ADD(1)), await submit(ADD(2))];
  await run(MINUTE);
  backUp();
  await loseAndRestore();
  await settle();
  msp.isAuthorized = false;
  expect(await reconcile()).toMatchObject({ held: 2, kept: 0, unreadable: 1, isDone: true });
  await writesOn();
  for (const id of ids) expect(change(id).state).toBe("NeedsReview");
  expect(partnerCenter.effectiveWrites()).toEqual([]);
  msp.isAuthorized = true;
  expect(await reconcile()).toMatchObject({ held: 0, kept: 2, unreadable: 0 });
  await writesOn();
  for (const id of ids) expect(change(id).state).toBe("Completed");
  expect(partnerCenter.effectiveWrites()).toHaveLength(2);
  expect(await auditBreaks()).toEqual([]);
});

test("an installation that was not restored, or is not restored to the end, is not reconciled", async () => {
  const { reconcile, store } = setup();
  await expect(reconcile()).rejects.toBeInstanceOf(AppError);
  await expect(reconcile()).rejects.toMatchObject({ code: "notRestored" });
  const at = "2026-01-02T03:04:05.678Z";
  store.forge("msp", "setting_recovery", { backup: "backup", takenAt: at, restoredAt: at, state: "restoring" });
  await expect(reconcile()).rejects.toMatchObject({ code: "restoreUnfinished" });
});
