import { z } from "zod";

/** Everything that can go wrong on the way; `README.md` has the table. */
export const faultKinds = [
  "latency",
  "dropBefore",
  "dropAfter",
  "errorBefore",
  "errorAfter",
  "throttle",
  "busy",
  "slowApply",
  "staleRead",
  "holdBefore",
  "holdAfter",
  "forgetRequestId",
  "partialCheckout",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A fault as the control API takes it. */
export const FaultRule = z.strictObject({
  kind: z.enum(faultKinds),
  /** Name of a route, `reads`, `writes` or `*`. */
  route: z.string().default("*"),
  /** How often it fires; null: until cleared. */
  count: z.int().positive().nullable().default(1),
  /** Lets so many matching calls pass first. */
  skip: z.int().nonnegative().default(0),
  partnerId: z.string().optional(),
  customerId: z.string().optional(),
  subscriptionId: z.string().optional(),
  /** `latency`: real milliseconds before the answer. */
  ms: z.number().nonnegative().default(100),
  /** `slowApply`: virtual seconds until it is applied. `staleRead`: age of what is read. `throttle`: Retry-After. */
  seconds: z.number().nonnegative().optional(),
  /** `slowApply`: accepted with 202, then never applied. */
  lost: z.boolean().default(false),
  /** `errorBefore`, `errorAfter`: the answer. */
  status: z.int().min(400).max(599).default(500),
  code: z.string().optional(),
  shape: z.enum(["json", "html", "empty"]).default("json"),
});
export type FaultRule = z.infer<typeof FaultRule>;
export type FaultInput = z.input<typeof FaultRule>;

export interface Fault extends FaultRule {
  id: string;
  /** How often it fired. */
  fired: number;
  /** Calls held at this moment (`holdBefore`, `holdAfter`). */
  holding: number;
}

/** What a fault may be matched on. */
export interface FaultTarget {
  routeName: string;
  method: string;
  partnerId?: string | undefined;
  customerId?: string | undefined;
  subscriptionId?: string | undefined;
}

export interface Faults {
  add(input: FaultInput): Fault;
  list(): Fault[];
  /** Forgets one fault or all of them; held calls go on. */
  clear(id?: string): void;
  /** Lets held calls go on; returns how many. */
  release(id?: string): number;
  /** The first fault of this kind that matches; it counts as fired. */
  take(kind: FaultKind, target: FaultTarget): Fault | undefined;
  /** Waits until the fault is released or cleared. */
  hold(fault: Fault): Promise<void>;
  /** How often each kind fired since the last reset. */
  fired(): Record<string, number>;
  reset(): void;
}

interface Entry {
  fault: Fault;
  toSkip: number;
  waiting: Set<() => void>;
}

export function createFaults(): Faults {
  let entries: Entry[] = [];
  const counters = new Map<string, number>();
  let nextId = 1;

  const letGo = (entry: Entry): number => {
    const count = entry.waiting.size;
    for (const resume of entry.waiting) resume();
    entry.waiting.clear();
    entry.fault.holding = 0;
    return count;
  };
  const chosen = (id: string | undefined): Entry[] =>
    entries.filter((entry) => id === undefined || entry.fault.id === id);

  return {
    add(input) {
      const fault: Fault = { ...FaultRule.parse(input), id: `fault-${nextId++}`, fired: 0, holding: 0 };
      entries.push({ fault, toSkip: fault.skip, waiting: new Set() });
      return fault;
    },
    list: () => entries.map((entry) => entry.fault),
    clear(id) {
      const gone = chosen(id);
      entries = entries.filter((entry) => !gone.includes(entry));
      gone.forEach(letGo);
    },
    release: (id) => chosen(id).reduce((sum, entry) => sum + letGo(entry), 0),
    take(kind, target) {
      for (const entry of entries) {
        if (entry.fault.kind !== kind || !matches(entry.fault, target)) continue;
        if (entry.fault.count !== null && entry.fault.fired >= entry.fault.count) continue;
        if (entry.toSkip > 0) {
          entry.toSkip--;
          continue;
        }
        entry.fault.fired++;
        counters.set(kind, (counters.get(kind) ?? 0) + 1);
        return entry.fault;
      }
      return undefined;
    },
    hold(fault) {
      const entry = entries.find((candidate) => candidate.fault === fault);
      if (!entry) return Promise.resolve();
      fault.holding++;
      return new Promise((resolve) => entry.waiting.add(resolve));
    },
    fired: () => Object.fromEntries(counters),
    reset() {
      entries.forEach(letGo);
      entries = [];
      counters.clear();
      nextId = 1;
    },
  };
}

function matches(fault: FaultRule, target: FaultTarget): boolean {
  const isRead = target.method === "GET";
  const route =
    fault.route === "*" ||
    fault.route === target.routeName ||
    (fault.route === "reads" && isRead) ||
    (fault.route === "writes" && !isRead);
  const same = (wanted: string | undefined, found: string | undefined): boolean =>
    wanted === undefined || wanted === found;
  return (
    route &&
    same(fault.partnerId, target.partnerId) &&
    same(fault.customerId, target.customerId) &&
    same(fault.subscriptionId, target.subscriptionId)
  );
}
