import { createRateLimiter } from "../../../shared/http/rate-limiter";

/** A limiter whose time stands still until it is moved. */
function limiter(perMinute: number, mostKeys?: number) {
  let now = Date.parse("2026-03-01T12:00:00Z");
  const clock = (): Date => new Date(now);
  const limit = createRateLimiter({ perMinute, clock, ...(mostKeys === undefined ? {} : { mostKeys }) });
  return { ...limit, pass: (ms: number) => void (now += ms) };
}

/** How many of so many requests at once are let through. */
const granted = ({ take }: ReturnType<typeof limiter>, key: string, requests: number): number =>
  Array.from({ length: requests }, () => take(key)).filter((lack) => lack === undefined).length;

test.each([1, 3, 7, 60, 120, 600, 59_999])("%i a minute may come at once, and not one more", (perMinute) => {
  expect(granted(limiter(perMinute), "a", perMinute + 5)).toBe(perMinute);
});

test("what was used comes back evenly, and never more than a minute's worth", () => {
  const it = limiter(60);
  granted(it, "a", 60);
  it.pass(999);
  expect(granted(it, "a", 1)).toBe(0);
  it.pass(1);
  expect(granted(it, "a", 2)).toBe(1);
  it.pass(10_000);
  expect(granted(it, "a", 20)).toBe(10);
  it.pass(3_600_000);
  expect(granted(it, "a", 100)).toBe(60);
});

test("over ten minutes nobody gets more than eleven minutes' worth, however they ask", () => {
  const it = limiter(120);
  let total = 0;
  for (let ms = 0; ms < 600_000; ms += 130) {
    total += granted(it, "a", 3);
    it.pass(130);
  }
  expect(total).toBeGreaterThanOrEqual(120 + 1_198);
  expect(total).toBeLessThanOrEqual(120 * 11);
});

test("a refusal says in whole seconds when there is something again, and then there is", () => {
  const it = limiter(20);
  granted(it, "a", 20);
  expect(it.take("a")).toEqual({ retryAfterSeconds: 3, isNews: true });
  it.pass(1_500);
  expect(it.take("a")).toEqual({ retryAfterSeconds: 2, isNews: false });
  it.pass(2_000);
  expect(it.take("a")).toBeUndefined();
});

test("being refused costs nothing: who keeps asking gets as much as who waits", () => {
  const [eager, patient] = [limiter(60), limiter(60)];
  for (const it of [eager, patient]) granted(it, "a", 60);
  granted(eager, "a", 1_000);
  for (const it of [eager, patient]) it.pass(5_000);
  expect(granted(eager, "a", 10)).toBe(5);
  expect(granted(patient, "a", 10)).toBe(5);
});

test("each key has its own", () => {
  const it = limiter(10);
  granted(it, "a", 11);
  expect(it.isExhausted("a")).toBe(true);
  expect(it.isExhausted("b")).toBe(false);
  expect(granted(it, "b", 11)).toBe(10);
});

test("looking takes nothing", () => {
  const it = limiter(1);
  for (let i = 0; i < 5; i++) expect(it.isExhausted("a")).toBe(false);
  expect(granted(it, "a", 2)).toBe(1);
});

test("a refusal is news once a minute", () => {
  const it = limiter(60);
  granted(it, "a", 60);
  const news = Array.from({ length: 300 }, () => {
    it.pass(500);
    return it.take("a")?.isNews ?? false;
  });
  // 150 seconds: at the beginning, after one minute and after two.
  expect(news.filter(Boolean)).toHaveLength(3);
});

test("a clock that is set back by a day makes nobody wait for longer than a window", () => {
  const it = limiter(60);
  granted(it, "a", 60);
  it.pass(-86_400_000);
  expect(it.take("a")?.retryAfterSeconds).toBe(1);
});

test("the memory is bounded: who asked longest ago is forgotten, who keeps asking is not", () => {
  const it = limiter(1, 3);
  granted(it, "flooder", 1);
  for (let i = 0; i < 1_000; i++) {
    it.take(`stranger ${i}`);
    expect(it.take("flooder")).toBeDefined();
  }
  expect(it.isExhausted("stranger 0")).toBe(false);
  expect(it.isExhausted("stranger 999")).toBe(true);
});
