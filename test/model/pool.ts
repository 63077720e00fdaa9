/**
 * Values kept once each and named by number: equal values have equal numbers, so that a state is a few numbers, and
 * what is known about a value is worked out once.
 */
export interface Pool<T> {
  idOf(value: T): number;
  get(id: number): T;
  size(): number;
}

/** Numbers stay below this, so that two or three of them make one exact number. */
const MOST = { one: 2 ** 22, two: 2 ** 17 } as const;

/** `keyOf` must tell apart whatever anybody looks at. */
export function createPool<T>(keyOf: (value: T) => string = (value) => JSON.stringify(value)): Pool<T> {
  const ids = new Map<string, number>();
  const values: T[] = [];
  return {
    idOf(value) {
      const key = keyOf(value);
      const known = ids.get(key);
      if (known !== undefined) return known;
      if (values.length >= MOST.one) throw new RangeError("More different values than expected: is a time unbounded?");
      ids.set(key, values.length);
      return values.push(value) - 1;
    },
    get: (id) => values[id]!,
    size: () => values.length,
  };
}

/** `compute`, which is pure, asked once for each number. */
export function once<R>(compute: (id: number) => R): (id: number) => R {
  const known: (R | undefined)[] = [];
  return (id) => (known[id] ??= compute(id));
}

/** The same for two numbers. */
export function onceForTwo<R>(compute: (a: number, b: number) => R): (a: number, b: number) => R {
  const known = new Map<number, R>();
  return (a, b) => {
    const key = a * MOST.one + b;
    let result = known.get(key);
    if (result === undefined) known.set(key, (result = compute(a, b)));
    return result;
  };
}

/** The same for three, of which none may be beyond 2^17. */
export function onceForThree<R>(
  compute: (a: number, b: number, c: number) => R,
): (a: number, b: number, c: number) => R {
  const known = new Map<number, R>();
  return (a, b, c) => {
    if (a >= MOST.two || b >= MOST.two || c >= MOST.two) throw new RangeError("More different values than expected.");
    const key = (a * MOST.two + b) * MOST.two + c;
    let result = known.get(key);
    if (result === undefined) known.set(key, (result = compute(a, b, c)));
    return result;
  };
}
