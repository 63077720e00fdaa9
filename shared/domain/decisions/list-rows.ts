import type { z } from "zod";
import type { StateStore } from "./state-store";

/** Rows read at a time while looking for ones that match. */
const PAGE = 200;
/** Rows looked at for one answer; a rare match goes on in the next page instead of holding the request. */
const MAX_SCANNED = 2_000;

export interface RowPage<T> {
  value: { row: string; etag: string; value: T }[];
  /** Pass as `after` to go on; absent at the end. A page may be short and still continue. */
  next?: string;
}

/**
 * One page of the rows with a prefix that `keep` accepts, in key order. It ends before the first row of which
 * `isBeyond` says that no later one can be wanted.
 */
export async function listRows<S extends z.ZodType>(
  store: StateStore,
  partition: string,
  ask: {
    prefix: string;
    schema: S;
    limit: number;
    after?: string;
    keep?: (value: z.infer<S>) => boolean;
    isBeyond?: (value: z.infer<S>) => boolean;
  },
): Promise<RowPage<z.infer<S>>> {
  const page: RowPage<z.infer<S>> = { value: [] };
  // One more than asked tells whether there is a next page; a filter may need any number.
  const atOnce = ask.keep ? PAGE : Math.min(PAGE, ask.limit + 1);
  let after = ask.after;
  let scanned = 0;
  for (;;) {
    const rows = await store.list(partition, { prefix: ask.prefix, limit: atOnce, ...(after ? { after } : {}) });
    for (const { row, etag, value } of rows.rows) {
      scanned++;
      const parsed = ask.schema.parse(value);
      if (ask.isBeyond?.(parsed) === true) return page;
      if (!ask.keep || ask.keep(parsed)) page.value.push({ row, etag, value: parsed });
      const isLast = row === rows.rows.at(-1)?.row && rows.next === undefined;
      if (page.value.length >= ask.limit && !isLast) return { ...page, next: row };
    }
    if (rows.next === undefined) return page;
    if (scanned >= MAX_SCANNED) return { ...page, next: rows.next };
    after = rows.next;
  }
}
