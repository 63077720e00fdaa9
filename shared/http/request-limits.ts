import { isIPv6 } from "node:net";
import type { Clock } from "../domain/access/clock";
import type { Route } from "../api/route";
import { AppError } from "../errors";
import { createRateLimiter, type Exhausted } from "./rate-limiter";

/** Requests per minute and instance; the same number may come at once. */
interface RateLimits {
  /** GETs of one caller. */
  readsPerMinute: number;
  /** Writes of one caller. */
  writesPerMinute: number;
  /** Of one address: requests of anonymous routes, and, counted apart, tokens that are refused. */
  anonymousPerMinute: number;
}

export interface RequestLimitOptions extends RateLimits {
  clock: Clock;
  log: { warn(message: string, fields: Readonly<Record<string, unknown>>): void };
}

/** Each throws `too-many` / `tooManyRequests` with the seconds to wait when its budget is used up. */
export interface RequestLimits {
  /** One request of a caller whose token was verified. */
  takeOfCaller(callerId: string, method: Route["method"]): void;
  /** One request of an anonymous route. */
  takeOfAddress(address: string | undefined): void;
  /** One token, or none, that was refused. */
  takeRefusal(address: string | undefined): void;
  /** Takes nothing: whether the address has used up its refused tokens, asked before one costs us a look-up. */
  checkRefusals(address: string | undefined): void;
}

/**
 * Who may ask how often. A caller is who their verified token says, wherever they are, so nobody else's requests count
 * for them. Without a verified token there is only the address; the memory for it is bounded, and apart from that for callers.
 */
export function createRequestLimits({ clock, log, ...limits }: RequestLimitOptions): RequestLimits {
  const reads = createRateLimiter({ perMinute: limits.readsPerMinute, clock });
  const writes = createRateLimiter({ perMinute: limits.writesPerMinute, clock });
  const anonymous = createRateLimiter({ perMinute: limits.anonymousPerMinute, clock });
  const refused = createRateLimiter({ perMinute: limits.anonymousPerMinute, clock });

  const check = (lack: Exhausted | undefined, what: string, who: string): void => {
    if (lack === undefined) return;
    if (lack.isNews) log.warn("too many requests", { what, who });
    throw new AppError("too-many", "tooManyRequests", `Too many requests: ${what}. Wait, then go on more slowly.`, {
      retryAfterSeconds: lack.retryAfterSeconds,
    });
  };

  const takeRefusal = (address: string | undefined): void => {
    const network = networkOf(address);
    check(refused.take(network), "refused sign-ins of one address", network);
  };

  return {
    takeOfCaller(callerId, method) {
      if (method === "GET") check(reads.take(callerId), "reads of one caller", callerId);
      else check(writes.take(callerId), "writes of one caller", callerId);
    },
    takeOfAddress(address) {
      const network = networkOf(address);
      check(anonymous.take(network), "of one address, without a sign-in", network);
    },
    takeRefusal,
    checkRefusals(address) {
      if (refused.isExhausted(networkOf(address))) takeRefusal(address);
    },
  };
}

/**
 * What one party has: an IPv4 address, or the first half of an IPv6 one, since whoever has one of those has 2^64. Without an
 * address, which only happens where no front end of Azure stands before us, all share one budget.
 */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  // The URL parser writes an address in its one canonical form.
  const canonical = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - after.length }, () => "0");
  return `${[...groups, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
