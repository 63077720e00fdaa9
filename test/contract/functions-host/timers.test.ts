import { VirtualClock } from "../../../local/virtual-clock";
import { runNow as runFunctionNow, startSampleHost, type Observation, type SampleHost } from "./sample-host";

const HOUR_MS = 3_600_000;
const start = new Date("2026-03-02T10:30:10.000Z");

let clock: VirtualClock;
let sample: SampleHost;

beforeEach(async () => {
  clock = new VirtualClock({ start });
  sample = await startSampleHost({ clock, env: { "AzureWebJobs.switchedOffTimer.Disabled": "1" } });
}, 30_000);
afterEach(async () => {
  clock.stop();
  await sample.host.close();
});

const advance = async (ms: number) => {
  await clock.advance(ms);
  await sample.host.setClock(clock.offsetMs);
};
const runs = (name: string) => sample.output.observed(`timer ${name}`);
const timerOf = (run: Observation | undefined) =>
  run?.timer as { isPastDue: boolean; scheduleStatus: Record<string, string> | null };
const runNow = (name: string, body?: string) => runFunctionNow(sample.host, name, body);

test("the app sees the platform's time through the published clock, and Date stays as it is", async () => {
  const [loaded] = sample.output.observed("loaded");
  const offsetMs = start.getTime() - Date.now();
  expect(Math.abs((loaded?.clock as { offsetMs: number }).offsetMs - offsetMs)).toBeLessThan(10_000);
  expect(loaded?.patchedDate).toContain("[native code]");
  await advance(HOUR_MS);
  const now = (await (await fetch(`${sample.host.url}/api/now`)).json()) as { offsetMs: number };
  expect(now.offsetMs).toBeCloseTo(clock.offsetMs, -2);
});

test("when the clock is moved, each timer that fell due has started once, past due, before the move is done", async () => {
  await advance(30 * 60_000);
  expect(runs("everyHour")).toHaveLength(1);
  expect(timerOf(runs("everyHour")[0])).toMatchObject({
    isPastDue: true,
    scheduleStatus: { last: "0001-01-01T00:00:00+00:00", next: "2026-03-02T11:00:00.000Z" },
  });
  expect(runs("fromSetting")).toHaveLength(1);
  expect(runs("nightly")).toHaveLength(0);

  await advance(48 * HOUR_MS);
  // The first run may be ending still: a timer never runs twice at a time.
  await sample.output.until(() => runs("everyHour").length === 2);
  expect(timerOf(runs("everyHour")[1]).scheduleStatus).toMatchObject({
    last: "2026-03-02T11:00:00.000Z",
    next: "2026-03-02T12:00:00.000Z",
  });
  expect(runs("nightly")).toHaveLength(1);
  expect(runs("everyThreeDays")).toHaveLength(0);

  await advance(24 * HOUR_MS);
  await sample.output.until(() => runs("everyThreeDays").length === 1);
});

test("a moved clock leaves a timer alone that is not due", async () => {
  await advance(60_000);
  expect(runs("everyHour")).toEqual([]);
});

test("a timer that runs every second does so by itself, on time and without a kept status", async () => {
  await sample.output.until(() => sample.output.observed("tick").length >= 2);
  expect(timerOf(sample.output.observed("tick")[1])).toEqual({
    isPastDue: false,
    schedule: { adjustForDST: true },
    scheduleStatus: null,
  });
});

test("runOnStartup runs at once, but not when the function is disabled", async () => {
  await sample.output.until(() => runs("atStart").length > 0);
  expect(runs("atStart")).toHaveLength(1);
  await advance(2 * HOUR_MS);
  expect(runs("switchedOffTimer")).toEqual([]);
});

test("the admin API runs a timer now, also a disabled one", async () => {
  expect((await runNow("nightly")).status).toBe(202);
  expect((await runNow("switchedOffTimer", "")).status).toBe(202);
  await sample.output.until(() => runs("nightly").length === 1 && runs("switchedOffTimer").length === 1);
  expect(timerOf(runs("nightly")[0]).isPastDue).toBe(false);
  expect((await runNow("none")).status).toBe(404);
  expect((await runNow("nightly", "not json")).status).toBe(400);
  expect((await runNow("echo")).status).toBe(400);
});

test("a failing timer is repeated by its retry policy and sees the attempt and the error", async () => {
  await runNow("retriedSoon");
  await sample.output.until(() => sample.output.observed("retriedSoon").length === 3);
  const contexts = sample.output.observed("retriedSoon").map((one) => one.retryContext);
  expect(contexts).toMatchObject([
    null,
    { retryCount: 1, maxRetryCount: 2, exception: { message: "once more" } },
    { retryCount: 2, maxRetryCount: 2 },
  ]);
});

test("retries wait in the platform's time, each twice as long as the one before", async () => {
  await runNow("retriedLater");
  const attempts = () => sample.output.observed("retriedLater").length;
  await sample.output.until(() => attempts() === 1);
  await advance(55_000);
  expect(attempts()).toBe(1);
  await advance(6_000);
  await sample.output.until(() => attempts() === 2);
  await advance(110_000);
  expect(attempts()).toBe(2);
  await advance(12_000);
  await sample.output.until(() => attempts() === 3);
});
