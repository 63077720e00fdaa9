import { READ_RETRIES, retryAfterSeconds, retryRead, systemTime } from "../../../shared/retry";
import { fakeTime, NOW } from "./setup";

const again = { again: true } as const;

test("delays grow and are jittered, and stay under the cap", async () => {
  for (const random of [0, 0.999]) {
    const time = fakeTime(NOW, random);
    const run = retryRead(
      () => Promise.reject(new Error("busy")),
      () => again,
      {
        time,
        policy: { ...READ_RETRIES, retries: 6 },
      },
    );
    await expect(run).rejects.toThrow("busy");
    expect(time.slept).toHaveLength(6);
    for (const ms of time.slept) expect(ms).toBeGreaterThanOrEqual(READ_RETRIES.baseMs);
    expect(Math.max(...time.slept)).toBe(random === 0 ? READ_RETRIES.baseMs : READ_RETRIES.capMs);
  }
});

test("what the other side asks for wins, in both directions", async () => {
  const time = fakeTime();
  const waits = [0, 15_000];
  let tries = 0;
  const run = retryRead(
    () => (tries++ < 2 ? Promise.reject(new Error("busy")) : Promise.resolve("fine")),
    () => ({ again: true, afterMs: waits[tries - 1] ?? 0 }),
    { time },
  );
  expect(await run).toBe("fine");
  expect(time.slept).toEqual([0, 15_000]);
});

test("a wait nobody should sit through is the caller's", async () => {
  const time = fakeTime();
  const run = retryRead(
    () => Promise.reject(new Error("busy")),
    () => ({ again: true, afterMs: 20_001 }),
    { time },
  );
  await expect(run).rejects.toThrow("busy");
  expect(time.slept).toEqual([]);
});

test("what will not get better is thrown at once", async () => {
  let tries = 0;
  const run = retryRead(
    () => {
      tries++;
      return Promise.reject(new Error("no"));
    },
    () => ({ again: false }),
    { time: fakeTime() },
  );
  await expect(run).rejects.toThrow("no");
  expect(tries).toBe(1);
});

test("an abort ends the waiting", async () => {
  const stop = new AbortController();
  const run = retryRead(
    () => Promise.reject(new Error("busy")),
    () => ({ again: true, afterMs: 15_000 }),
    {
      time: systemTime,
      signal: stop.signal,
    },
  );
  setImmediate(() => stop.abort());
  await expect(run).rejects.toMatchObject({ name: "AbortError" });
});

test.each([
  ["57", 57],
  ["0.5", 1],
  ["Fri, 20 Nov 2026 08:01:00 GMT", 60],
  ["Fri, 20 Nov 2026 07:00:00 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("Retry-After %j means %j seconds", (header, seconds) => {
  expect(retryAfterSeconds(header, NOW)).toBe(seconds);
});
