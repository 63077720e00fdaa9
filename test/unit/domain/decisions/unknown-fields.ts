import type { Random } from "../../../fault/random";

/** The same value with fields nobody knows in it: in some of its objects, at any depth, of any kind. */
export function withUnknownFields<T>(value: T, random: Random): T {
  // The shape stays; only fields are added.
  return added(value, random) as T;
}

function added(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((element) => added(element, random));
  if (typeof value !== "object" || value === null) return value;
  const inner = Object.entries(value).map(([name, part]) => [name, added(part, random)] as const);
  const more = Array.from({ length: random.between(0, 2) }, () => [unknownName(random), unknownValue(random)] as const);
  return Object.fromEntries([...more, ...inner]);
}

/** Among them names that every object of JavaScript seems to have. */
function unknownName(random: Random): string {
  return random.pick(["ofNextRelease", "constructor", "toString", "zz-top", "0", `x${random.between(0, 99)}`]);
}

function unknownValue(random: Random, depth = 0): unknown {
  const leaf = random.pick<unknown>([null, true, -1.5, "", "Grüße 🧾", "2031-05-01T09:00:00.000Z"]);
  if (depth > 2 || random.chance(0.6)) return leaf;
  const nested = [unknownValue(random, depth + 1), leaf];
  return random.chance(0.5) ? nested : { [unknownName(random)]: nested };
}
