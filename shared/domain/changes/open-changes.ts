import type { ChangeId } from "../access/ids";
import { changeRow, isFinal, type Change } from "./change";

/** Rows read at the same time. */
const AT_ONCE = 25;

/**
 * The open changes among these, oldest first; `read` gives the row of one, as a decision or a store sees it. Ids come
 * from `head.openChanges`.
 */
export async function readOpenChanges(
  ids: readonly ChangeId[],
  read: (row: string) => Promise<{ value: Change } | undefined>,
): Promise<Change[]> {
  const open: Change[] = [];
  for (let i = 0; i < ids.length; i += AT_ONCE) {
    const rows = await Promise.all(ids.slice(i, i + AT_ONCE).map((id) => read(changeRow(id))));
    open.push(...rows.flatMap((row) => (row ? [row.value] : [])));
  }
  return open.filter(({ state }) => !isFinal(state));
}

/** True while something of the change is or may be outstanding at Microsoft: its connection must stay (product.md §4.3). */
export function isUnsettled({ state }: Pick<Change, "state">): boolean {
  return state === "Purchasing" || state === "NeedsReview";
}
