import { HOUR, MINUTE } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";
import { recordedMeasure } from "../../../fakes/recorded-telemetry";

/** A ledger whose worker counts. */
function measuredWorld() {
  const world = ledgerWorld();
  const counted = recordedMeasure();
  const telemetry = { measure: counted.measure, traceparent: () => undefined };
  const work = (message: { body: unknown }): Promise<void> =>
    world.handle(message, { ...world.startProcess(), telemetry });
  /** Delivers what is due, minute by minute, until `isOver`. */
  const runFor = async (minutes: number, isOver = (): boolean => false): Promise<void> => {
    for (let minute = 0; minute < minutes && !isOver(); minute++) {
      while (await world.queue.deliverOne(work));
      await world.clock.advance(MINUTE);
    }
  };
  return { ...world, ...counted, runFor };
}

test("a purchase is counted once when it ends, with the answer to its write", async () => {
  const { submit, runFor, of } = measuredWorld();
  await submit();
  await runFor(1);
  expect(of("csp.changes.ended")).toEqual([{ value: 1, attributes: { kind: "quantity", outcome: "Completed" } }]);
  expect(of("csp.writes.answered")).toEqual([{ value: 1, attributes: { answer: "done" } }]);
  expect(of("csp.writes.proof_time")).toEqual([]);
});

test("a lost answer is counted as unknown, and its proof with the time it took", async () => {
  const { submit, runFor, partnerCenter, of } = measuredWorld();
  partnerCenter.writeFaults.push({ kind: "lostAfter" });
  await submit();
  await runFor(120, () => of("csp.changes.ended").length > 0);
  expect(of("csp.writes.answered")).toEqual([{ value: 1, attributes: { answer: "unknown" } }]);
  const [proof, ...more] = of("csp.writes.proof_time");
  expect([proof?.attributes, more]).toEqual([{ proven: "applied" }, []]);
  expect(proof?.value).toBeGreaterThanOrEqual(90);
  expect(proof?.value).toBeLessThan(HOUR / 1000);
  expect(of("csp.changes.ended")).toEqual([{ value: 1, attributes: { kind: "quantity", outcome: "Completed" } }]);
});

test("a change that waits is counted once per reason, however often it is parked again", async () => {
  const { submit, runFor, msp, change, of } = measuredWorld();
  msp.writeMode = "off";
  const id = await submit();
  await runFor(30);
  expect(change(id).claims).toBe(0);
  expect(change(id).enqueued).toBeGreaterThan(2);
  expect(of("csp.changes.parked")).toEqual([{ value: 1, attributes: { reason: "writesOff" } }]);
});
