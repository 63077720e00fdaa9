import { InvocationContext, type Timer } from "@azure/functions";
import { backUpHandler } from "../../../functions/timers/back-up";
import type { StateStore } from "../../../shared/domain/decisions/state-store";
import { ledgerWorld } from "../../fakes/ledger-world";
import { memoryBackups, memoryRawTable } from "../../fakes/memory-backups";
import { recordedMeasure } from "../../fakes/recorded-telemetry";

const TIMER: Timer = {
  isPastDue: false,
  schedule: { adjustForDST: false },
  scheduleStatus: { last: "", next: "", lastUpdated: "" },
};

/** Takes one backup by the timer; `store` differs from a working one in this. */
async function takeOne(differing: Partial<StateStore>) {
  const { store, log, clock, submit } = ledgerWorld();
  await submit();
  const counted = recordedMeasure();
  const handler = backUpHandler({
    ...{ store: { ...store, ...differing }, log, clock: () => clock.now() },
    ...{ backups: memoryBackups(), rows: memoryRawTable(store, () => ["msp"]) },
    ...{ software: { version: "1.2.3", rowSchema: 1 }, telemetry: counted },
  });
  await handler(TIMER, new InvocationContext());
  return { counted: counted.of("csp.backup.completed"), lines: log.lines };
}

test("a complete backup counts", async () => {
  expect((await takeOne({})).counted).toEqual([{ value: 1, attributes: {} }]);
});

test("a backup that lacks a partition does not count, so that somebody is told", async () => {
  const { counted, lines } = await takeOne({ get: () => Promise.reject(new Error("storage")) });
  expect(lines).toContainEqual({ level: "error", message: "a partition could not be backed up" });
  expect(counted).toEqual([]);
});
