import { z } from "zod";
import { decide, type DecideDeps, type Decision } from "../../../../shared/domain/decisions/decide";
import type { OutgoingMessage } from "../../../../shared/domain/decisions/outgoing-message";
import type { StateStore } from "../../../../shared/domain/decisions/state-store";
import { START } from "../../../build/ids";
import { memoryStateStore, type MemoryStateStore } from "../../../fakes/memory-state-store";

export const PARTITION = "tenant_larkspur";
export const Counter = z.object({ value: z.int() });

const FACTS = {
  action: "counter.add",
  actor: { kind: "user", id: "u", name: "olga@msp.example" },
  object: { type: "counter", id: "a" },
  result: "success",
} as const;

/** What a commit does in place of its work; `undefined` is the work itself. */
type CommitFault = (commit: () => ReturnType<StateStore["commit"]>) => ReturnType<StateStore["commit"]>;

/** A store whose next commits go wrong in the given ways, one after the other. */
export function setup(firstByte = 0) {
  const store: MemoryStateStore = memoryStateStore();
  const faults: CommitFault[] = [];
  const dispatched: OutgoingMessage[] = [];
  const touched: string[] = [];
  let byte = firstByte;
  const deps: DecideDeps = {
    store: {
      ...store,
      commit: (partition, writes) => {
        const fault = faults.shift();
        const commit = () => store.commit(partition, writes);
        return fault ? fault(commit) : commit();
      },
    },
    clock: () => START,
    random: (size) => new Uint8Array(size).map(() => byte++ % 256),
    dispatch: (_partition, messages) => Promise.resolve(void dispatched.push(...messages)),
    touchWork: (partition) => Promise.resolve(void touched.push(partition)),
  };
  const valueOf = async (): Promise<number | undefined> => {
    const row = await store.get(PARTITION, "counter");
    return row && Counter.parse(row.value).value;
  };
  return { deps, store, faults, dispatched, touched, valueOf };
}

/** Adds to a counter and tells the queue, as any decision does; answers the new value. */
export async function addInside(decision: Decision, amount: number): Promise<number> {
  const found = await decision.get("counter", Counter);
  const value = (found?.value.value ?? 0) + amount;
  if (found) decision.replace(found, { value });
  else decision.create("counter", { value });
  decision.record({ ...FACTS, after: { value } });
  decision.send({ queue: "sync", messageId: `counter:${decision.head.seq + 1}`, body: { value } });
  return value;
}

export function add(deps: DecideDeps, amount: number): Promise<number> {
  return decide(deps, PARTITION, (decision) => addInside(decision, amount));
}
