import { takeDeadLetter } from "../../../../shared/domain/changes/take-dead-letter";
import { HOUR, SECOND } from "../../../build/ids";
import { ledgerWorld } from "../../../fakes/ledger-world";

const BODY_OF = (world: ReturnType<typeof ledgerWorld>): unknown => world.queue.waiting()[0]?.body;

test("a change whose message died gets a fresh one, and goes on", async () => {
  const world = ledgerWorld();
  const id = await world.submit();
  const body = BODY_OF(world);
  world.queue.lose();
  await takeDeadLetter(world.startProcess(), body);
  expect(world.queue.waiting().map(({ messageId }) => messageId)).toEqual([`${id}:2`]);
  await world.run(0);
  expect(world.change(id)).toMatchObject({ state: "Completed", deadLetters: 1 });
});

test("the third time a person is asked, and told that nothing is outstanding", async () => {
  const world = ledgerWorld();
  const id = await world.submit();
  const body = BODY_OF(world);
  world.queue.lose();
  for (let i = 0; i < 3; i++) await takeDeadLetter(world.startProcess(), body);
  expect(world.change(id)).toMatchObject({ state: "NeedsReview", deadLetters: 3, outcome: { code: "needsReview" } });
  expect(world.change(id).outcome?.message).toContain("nothing is outstanding");
  await world.run(HOUR);
  expect(world.partnerCenter.books).toEqual([]);
});

test("with a write whose outcome is open, the person is told that too, and the lane stays taken", async () => {
  const world = ledgerWorld();
  world.partnerCenter.writeFaults.push({ kind: "lostAfter" });
  const id = await world.submit();
  await world.run(SECOND);
  const body = BODY_OF(world);
  for (let i = 0; i < 3; i++) await takeDeadLetter(world.startProcess(), body);
  expect(world.change(id).state).toBe("NeedsReview");
  expect(world.change(id).outcome?.message).toContain("may have been carried out");
  expect(world.lane().changeId).toBe(id);
  await world.run(24 * HOUR);
  expect(world.change(id).state).toBe("NeedsReview");
  expect(world.partnerCenter.effectiveWrites()).toHaveLength(1);
});

test("a handler that fails every time ends at a person by itself", async () => {
  const world = ledgerWorld();
  const id = await world.submit();
  world.partnerCenter.subscriptions.get = () => Promise.reject(new TypeError("a mistake of ours"));
  await world.run(2 * HOUR);
  expect(world.change(id)).toMatchObject({ state: "NeedsReview", deadLetters: 3 });
  expect(world.log.lines.filter(({ level }) => level === "error").length).toBeGreaterThanOrEqual(3);
});

test("the dead letter of a change that has ended is of no consequence", async () => {
  const world = ledgerWorld();
  const id = await world.submit();
  const body = BODY_OF(world);
  await world.run(0);
  await takeDeadLetter(world.startProcess(), body);
  expect(world.change(id)).toMatchObject({ state: "Completed", deadLetters: 0 });
});

test.each([undefined, "text", {}, { tenantId: 1 }])("a dead letter nobody can read is reported: %j", async (body) => {
  const world = ledgerWorld();
  await takeDeadLetter(world.startProcess(), body);
  expect(world.log.lines).toEqual([{ level: "error", message: "an unreadable message is in the dead letters" }]);
});
