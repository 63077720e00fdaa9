import type { ResellerId } from "../access/ids";
import { ResellerId as Id } from "../access/ids";
import { decide, type DecideDeps } from "../decisions/decide";
import { MSP_PARTITION } from "../decisions/head";
import { RESELLER_KEEPER } from "./note-reseller-trouble";
import { Reseller, RESELLER_PREFIX } from "./reseller";
import { needsDestroying, SECRET_PREFIX, secretOwner } from "./reseller-secrets";
import { sendTask, type ResellerTask } from "./reseller-task";

const PAGE = 200;
/** Messages of one decision: each is a row of its transaction, which holds a hundred. */
const BATCH = 50;

interface Due {
  id: ResellerId;
  task: ResellerTask["task"];
}

/**
 * Finds what the resellers need today and sends it to their queue: a refresh for each, and tidying where a crash left
 * secrets or rows behind. Running twice, or not at all for a day, does no harm.
 */
export async function scheduleCare(deps: DecideDeps): Promise<void> {
  const due = await findDue(deps);
  for (let i = 0; i < due.length; i += BATCH) await send(deps, due.slice(i, i + BATCH));
}

async function send(deps: DecideDeps, due: readonly Due[]): Promise<void> {
  await decide(deps, MSP_PARTITION, (decision) => {
    for (const { id, task } of due) sendTask(decision, task, id);
    decision.record({
      action: "reseller.care",
      actor: RESELLER_KEEPER,
      object: { type: "reseller", id: "all" },
      result: "success",
      after: { messages: due.length },
    });
  });
}

async function findDue(deps: DecideDeps): Promise<Due[]> {
  const refresh = new Set<ResellerId>();
  const tidy = new Set<ResellerId>();
  for await (const { value } of rowsWith(deps, RESELLER_PREFIX)) {
    const { id, deletedAt } = Reseller.parse(value);
    (deletedAt === undefined ? refresh : tidy).add(id);
  }
  const now = deps.clock();
  for await (const { row, value } of rowsWith(deps, SECRET_PREFIX)) {
    const owner = Id.safeParse(secretOwner(row));
    if (owner.success && needsDestroying(value, now)) tidy.add(owner.data);
  }
  return [
    ...[...refresh].map((id): Due => ({ id, task: "refresh" })),
    ...[...tidy].map((id): Due => ({ id, task: "tidy" })),
  ];
}

async function* rowsWith(deps: DecideDeps, prefix: string): AsyncGenerator<{ row: string; value: unknown }> {
  let after: string | undefined;
  do {
    // What only a newer version may read is that version's to care for.
    const ask = { prefix, limit: PAGE, onNewer: () => undefined };
    const page = await deps.store.list(MSP_PARTITION, { ...ask, ...(after ? { after } : {}) });
    yield* page.rows;
    after = page.next;
  } while (after);
}
