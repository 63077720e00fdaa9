import { createRequestLimits, networkOf, type RequestLimits } from "../../../shared/http/request-limits";
import { recordingLog } from "./exchange";

function limits() {
  const { log, lines } = recordingLog();
  const clock = (): Date => new Date("2026-03-01T12:00:00Z");
  const perMinute = { readsPerMinute: 5, writesPerMinute: 2, anonymousPerMinute: 3 };
  return { limits: createRequestLimits({ ...perMinute, clock, log }), lines };
}

/** How many of twenty attempts are let through. */
function granted(attempt: () => void): number {
  let count = 0;
  for (let i = 0; i < 20; i++) {
    try {
      attempt();
      count += 1;
    } catch (error) {
      expect(error).toMatchObject({ kind: "too-many", code: "tooManyRequests" });
    }
  }
  return count;
}

test("reads, writes, anonymous requests and refused sign-ins are counted apart", () => {
  const { limits: it } = limits();
  expect(granted(() => it.takeOfCaller("ada", "GET"))).toBe(5);
  expect(granted(() => it.takeOfCaller("ada", "POST"))).toBe(2);
  expect(granted(() => it.takeOfAddress("192.0.2.1"))).toBe(3);
  expect(granted(() => it.takeRefusal("192.0.2.1"))).toBe(3);
});

test.each(["POST", "PUT", "PATCH", "DELETE"] as const)("%s is a write", (method) => {
  const { limits: it } = limits();
  expect(granted(() => it.takeOfCaller("ada", method))).toBe(2);
  expect(granted(() => it.takeOfCaller("ada", "POST"))).toBe(0);
});

test("an address that used up its refused sign-ins is known before the next one, which takes nothing", () => {
  const { limits: it } = limits();
  expect(granted(() => it.checkRefusals("192.0.2.1"))).toBe(20);
  expect(granted(() => it.takeRefusal("192.0.2.1"))).toBe(3);
  expect(granted(() => it.checkRefusals("192.0.2.1"))).toBe(0);
  expect(granted(() => it.checkRefusals("192.0.2.2"))).toBe(20);
});

test("who runs away is told to the log, once", () => {
  const { limits: it, lines } = limits();
  granted(() => it.takeOfCaller("ada", "GET"));
  granted(() => it.takeRefusal("192.0.2.1"));
  granted(() => it.checkRefusals("192.0.2.1"));
  expect(lines).toEqual([
    { level: "warn", message: "too many requests", fields: { what: "reads of one caller", who: "ada" } },
    {
      level: "warn",
      message: "too many requests",
      fields: { what: "refused sign-ins of one address", who: "192.0.2.1" },
    },
  ]);
});

test("ten thousand addresses take no caller's place in the memory", () => {
  const { limits: it } = limits();
  granted(() => it.takeOfCaller("ada", "POST"));
  flood(it, 20_000);
  expect(granted(() => it.takeOfCaller("ada", "POST"))).toBe(0);
});

function flood(it: RequestLimits, addresses: number): void {
  for (let i = 0; i < addresses; i++) it.takeOfAddress(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
}

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  [undefined, "unknown"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
