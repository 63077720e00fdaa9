import { createGates, type Gate } from "../../../shared/partner-center/reseller-gates";
import { fakeTime, NOW, type FakeTime } from "./setup";

function gateWith(changes: { maxInFlight?: number; time?: FakeTime } = {}): { gate: Gate; time: FakeTime } {
  const time = changes.time ?? fakeTime();
  const { maxInFlight = 1 } = changes;
  return { time, gate: createGates({ clock: time.clock, time, maxInFlight, longestWaitMs: 20_000 })("one") };
}

test("callers come through in the order they came, one for one", async () => {
  const { gate } = gateWith();
  const order: number[] = [];
  const first = await gate.enter({ kind: "read" });
  const others = [1, 2, 3].map(async (number) => {
    const leave = await gate.enter({ kind: "read" });
    order.push(number);
    leave();
  });
  expect(order).toEqual([]);
  first();
  await Promise.all(others);
  expect(order).toEqual([1, 2, 3]);
});

test("leaving twice gives back one place only", async () => {
  const { gate } = gateWith();
  const leave = await gate.enter({ kind: "read" });
  leave();
  leave();
  await gate.enter({ kind: "read" });
  const stop = new AbortController();
  const waiting = gate.enter({ kind: "read", signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toThrow();
});

test("writes that Microsoft is slow to answer do not keep anybody from reading", async () => {
  const { gate } = gateWith();
  await gate.enter({ kind: "write" });
  const read = await gate.enter({ kind: "read" });
  expect(read).toBeInstanceOf(Function);
});

test("a caller who gives up waiting does not take a place with him", async () => {
  const { gate } = gateWith();
  const leave = await gate.enter({ kind: "read" });
  const stop = new AbortController();
  const gone = gate.enter({ kind: "read", signal: stop.signal });
  const next = gate.enter({ kind: "read" });
  stop.abort();
  await expect(gone).rejects.toThrow();
  leave();
  expect(typeof (await next)).toBe("function");
});

test("a short pause is slept through, a longer one is told", async () => {
  const { gate, time } = gateWith();
  gate.pause(5);
  (await gate.enter({ kind: "read" }))();
  expect(time.slept).toEqual([5000]);
  gate.pause(21);
  await expect(gate.enter({ kind: "read" })).rejects.toMatchObject({
    code: "upstreamThrottled",
    retryAfterSeconds: 21,
  });
});

test("a pause that ends after the latest moment is told at once", async () => {
  const { gate, time } = gateWith();
  gate.pause(5);
  const latest = new Date(NOW.getTime() + 5_000);
  await expect(gate.enter({ kind: "read", latest })).rejects.toMatchObject({ code: "upstreamThrottled" });
  expect(time.slept).toEqual([]);
});

test("a shorter pause does not shorten a longer one", async () => {
  const { gate, time } = gateWith();
  gate.pause(15);
  gate.pause(2);
  await gate.enter({ kind: "read" });
  expect(time.slept).toEqual([15_000]);
});

test("a clock that stands still does not hold a caller for ever", async () => {
  const still: FakeTime = { ...fakeTime(), clock: () => NOW };
  const { gate } = gateWith({ time: still });
  gate.pause(5);
  expect(typeof (await gate.enter({ kind: "read" }))).toBe("function");
  expect(still.slept).toEqual([5000]);
});
