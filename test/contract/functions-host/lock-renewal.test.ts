import { setImmediate as turn } from "node:timers/promises";
import { createHostClock } from "../../../local/functions-host/clock";
import { keepLocked } from "../../../local/functions-host/lock-renewal";

const YEAR_MS = 365 * 86_400_000;
const LOCK_MS = 60_000;

/** A lock of a minute, told in the machine's time, on a platform that is a year ahead. */
function setup(forMs: number) {
  const clock = createHostClock(YEAR_MS);
  const state = { renewals: 0, lost: 0, error: undefined as Error | undefined };
  const nextEnd = () => new Date(Date.now() + LOCK_MS);
  const release = keepLocked({
    clock,
    lockedUntil: nextEnd(),
    forMs,
    renew: () => {
      state.renewals++;
      return state.error ? Promise.reject(state.error) : Promise.resolve(nextEnd());
    },
    onLost: () => state.lost++,
  });
  const advance = async (ms: number) => {
    await clock.setOffset(clock.published.offsetMs + ms);
    await turn();
  };
  return { state, release, advance };
}

test("a lock is renewed ten seconds before its end, each time, and not before", async () => {
  const { state, release, advance } = setup(YEAR_MS);
  await advance(49_000);
  expect(state.renewals).toBe(0);
  await advance(1_001);
  expect(state.renewals).toBe(1);
  await advance(49_000);
  expect(state.renewals).toBe(1);
  await advance(1_001);
  expect(state.renewals).toBe(2);
  release();
  await advance(LOCK_MS);
  expect(state.renewals).toBe(2);
});

test("a lock is no longer renewed once the time for renewals is over", async () => {
  const { state, advance } = setup(90_000);
  await advance(51_000);
  expect(state.renewals).toBe(1);
  await advance(51_000);
  await advance(LOCK_MS);
  expect(state.renewals).toBe(1);
});

test("with no time for renewals a lock is left alone", async () => {
  const { state, advance } = setup(0);
  await advance(2 * LOCK_MS);
  expect(state).toMatchObject({ renewals: 0, lost: 0 });
});

test("a lock that cannot be renewed is reported once and given up", async () => {
  const { state, advance } = setup(YEAR_MS);
  state.error = new Error("MessageLockLost");
  await advance(51_000);
  await advance(LOCK_MS);
  expect(state).toMatchObject({ renewals: 1, lost: 1 });
});
