import { z } from "zod";

const BookLine = z.object({
  number: z.int(),
  at: z.iso.datetime(),
  operation: z.string(),
  requestId: z.string(),
  outcome: z.string(),
  effective: z.boolean(),
  effects: z.array(z.object({ quantityBefore: z.int(), quantityAfter: z.int(), delta: z.int() })),
});
/** A line of the simulator's own books. */
export type BookLine = z.infer<typeof BookLine>;

const Books = z.object({ entries: z.array(BookLine) });
const Fault = z.object({ id: z.string(), fired: z.int(), holding: z.int() });
const FaultList = z.object({ faults: z.array(Fault) });

/** What the tour asks of the Partner Center simulator, over its control API like any other program. */
export interface SimulatorControl {
  /** Every write to the subscription, effective or not, after the line with this number. */
  books(subscriptionId: string, after: number): Promise<BookLine[]>;
  /** Number of the newest line; 0 when there is none. */
  lastLine(subscriptionId: string): Promise<number>;
  /** The next write to the subscription meets this fault. Returns its id. */
  breakNextWrite(kind: "dropAfter" | "holdBefore", subscriptionId: string): Promise<string>;
  /** Whether the fault has happened to a call. */
  hasFired(faultId: string): Promise<boolean>;
  /** Lets a held call go on. */
  release(faultId: string): Promise<void>;
}

export function simulatorControl(simulatorUrl: string): SimulatorControl {
  const ask = async (path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${simulatorUrl}/_control/${path}`, {
      method: body ? "POST" : "GET",
      ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`The simulator refused ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const books = async (subscriptionId: string, after: number): Promise<BookLine[]> =>
    Books.parse(await ask(`books?subscriptionId=${subscriptionId}&after=${after}`)).entries;
  return {
    books,
    lastLine: async (subscriptionId) => (await books(subscriptionId, 0)).at(-1)?.number ?? 0,
    breakNextWrite: async (kind, subscriptionId) =>
      Fault.parse(await ask("faults", { kind, route: "patchSubscription", subscriptionId })).id,
    hasFired: async (faultId) =>
      FaultList.parse(await ask("faults")).faults.some(({ id, fired }) => id === faultId && fired > 0),
    release: async (faultId) => {
      await ask(`faults/${faultId}/release`, {});
    },
  };
}
