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
  /** How many rows of this page were left out, because only a newer version may read them; absent when none. */
  notShown?: number;
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
    /** For a list people look at: rows that only a newer version may read are counted, if this holds, instead of thrown. */
    countNewer?: (row: string) => boolean;
  },
): Promise<RowPage<z.infer<S>>> {
  const page: RowPage<z.infer<S>> = { value: [] };
  const { countNewer } = ask;
  const newer: string[] = [];
  const onNewer =
    countNewer &&
    ((row: string): void => {
      if (countNewer(row)) newer.push(row);
    });
  // Those behind the end of this page are the next one's.
  const ending = (next: string | undefined): RowPage<z.infer<S>> => {
    const notShown = newer.filter((row) => next === undefined || row <= next).length;
    return { ...page, ...(next === undefined ? {} : { next }), ...(notShown > 0 ? { notShown } : {}) };
  };
  // One more than asked tells whether there is a next page; a filter may need any number.
  const atOnce = ask.keep ? PAGE : Math.min(PAGE, ask.limit + 1);
  let after = ask.after;
  let scanned = 0;
  for (;;) {
    const range = { prefix: ask.prefix, limit: atOnce, ...(after ? { after } : {}) };
    const rows = await store.list(partition, { ...range, onNewer });
    for (const { row, etag, value } of rows.rows) {
      scanned++;
      const parsed = ask.schema.parse(value);
      if (ask.isBeyond?.(parsed) === true) return ending(undefined);
      if (!ask.keep || ask.keep(parsed)) page.value.push({ row, etag, value: parsed });
      const isLast = row === rows.rows.at(-1)?.row && rows.next === undefined;
      if (page.value.length >= ask.limit && !isLast) return ending(row);
    }
    if (rows.next === undefined) return ending(undefined);
    if (scanned >= MAX_SCANNED) return ending(rows.next);
    after = rows.next;
  }
}
