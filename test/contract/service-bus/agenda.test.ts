import { Agenda } from "../../../local/service-bus/agenda";
import { VirtualClock } from "../../../local/virtual-clock";

const at = (start = 0) => {
  const clock = new VirtualClock({ start: new Date(start), running: false });
  return { clock, agenda: new Agenda(clock) };
};

test("what is planned runs in the order of its times, and of planning where those are equal, at its own moment", async () => {
  const { clock, agenda } = at();
  const ran: [number, number][] = [];
  const times = [50, 10, 30, 10, 40, 20, 30, 10];
  times.forEach((time, index) => agenda.at(time, () => ran.push([agenda.nowMs(), index])));
  await clock.advance(100);
  const expected = times.map((time, index): [number, number] => [time, index]);
  expect(ran).toEqual(expected.sort(([a, i], [b, j]) => a - b || i - j));
});

test("what is cancelled does not run, also when most of it is", async () => {
  const { clock, agenda } = at();
  const ran: number[] = [];
  const cancels = [...Array(1000).keys()].map((time) =>
    agenda.at((time * 7919) % 1000, () => ran.push(agenda.nowMs())),
  );
  cancels.forEach((cancel, index) => index % 10 !== 0 && cancel());
  cancels[1]?.();
  await clock.advance(1000);
  expect(ran).toHaveLength(100);
  expect(ran).toEqual([...ran].sort((a, b) => a - b));
});

test("a plan made while another runs is kept, also for the same moment", async () => {
  const { clock, agenda } = at();
  const ran: string[] = [];
  agenda.at(10, () => {
    ran.push("first");
    agenda.at(10, () => ran.push("second"));
    agenda.at(20, () => ran.push(`third at ${agenda.nowMs()}`));
  });
  await clock.advance(100);
  expect(ran).toEqual(["first", "second", "third at 20"]);
});

test("a bug in one plan does not stop the others", async () => {
  const { clock, agenda } = at();
  const warn = jest.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  let ran = false;
  agenda.at(10, () => {
    throw new Error("a bug");
  });
  agenda.at(10, () => (ran = true));
  await clock.advance(10);
  expect(ran).toBe(true);
  expect(warn).toHaveBeenCalledWith("Error: a bug", expect.objectContaining({ type: "ServiceBusBroker" }));
  warn.mockRestore();
});

test("never is never, and cleared is forgotten", async () => {
  const { clock, agenda } = at();
  let ran = false;
  agenda.at(Infinity, () => (ran = true));
  agenda.at(10, () => (ran = true));
  agenda.clear();
  await clock.advance(100);
  expect(ran).toBe(false);
});

test("a time is told in the machine's time as what is left until then", () => {
  const { agenda } = at(Date.parse("2031-05-01T08:00:00Z"));
  const left = agenda.machineTime(agenda.nowMs() + 60_000).getTime() - Date.now();
  expect(left).toBeGreaterThan(59_000);
  expect(left).toBeLessThanOrEqual(60_000);
});
