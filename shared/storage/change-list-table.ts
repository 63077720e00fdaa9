import { odata, type TableClient } from "@azure/data-tables";
import { TenantId } from "../domain/access/ids";
import { ChangeEntry, type ChangeFilter, type ChangeLine, type ChangeList } from "../domain/changes/change-list";
import type { ReadModel } from "../domain/decisions/read-model";
import { countUpTo, directoryRows } from "./directory-rows";

/** The list of changes across tenants in the table `directory`: newest first, as their ids are. */
export function changeListTable(table: TableClient): ChangeList & ReadModel<ChangeEntry> {
  const rows = directoryRows(table, {
    partition: "changes_open",
    schema: ChangeEntry,
    keyOf: ({ line }) => line.id,
    columns: ({ line: { tenantId, state, kind, endedAt } }) => ({ tenantId, state, kind, endedAt: endedAt ?? "" }),
  });
  return {
    ...rows,
    async list({ after, limit, keep, countNewer, ...filter }) {
      const value: ChangeLine[] = [];
      const heldBack: string[] = [];
      for await (const { entries, newer } of rows.pages(after, conditionsOf(filter))) {
        const lines = entries.map(({ line }) => line);
        const visible = await Promise.all(lines.map((line) => keep(line)));
        value.push(...lines.filter((_, i) => visible[i]));
        for (const { key, tenantId } of newer) {
          const owner = TenantId.safeParse(tenantId);
          if (owner.success && (await countNewer?.({ tenantId: owner.data }))) heldBack.push(key);
        }
        if (value.length > limit) break;
      }
      // The next page begins after a line that was shown: a cursor must not tell of lines the caller may not see.
      const shown = value.slice(0, limit);
      const next = value.length > limit ? shown.at(-1)?.id : undefined;
      return { value: shown, ...(next === undefined ? {} : { next }), ...countUpTo(heldBack, next) };
    },

    async *endedBefore(moment) {
      const where = [odata`endedAt gt ${""}`, odata`endedAt lt ${moment.toISOString()}`];
      for await (const page of rows.pages(undefined, where)) yield* page.entries.map(({ line }) => line);
    },
  };
}

function conditionsOf({ state, kind, tenantIds }: ChangeFilter): string[] {
  return [
    ...(state === undefined ? [] : [odata`state eq ${state}`]),
    ...(kind === undefined ? [] : [odata`kind eq ${kind}`]),
    ...(tenantIds === undefined ? [] : [`(${tenantIds.map((id) => odata`tenantId eq ${id}`).join(" or ")})`]),
  ];
}
