import type { ChangeEntry, ChangeList } from "../../shared/domain/changes/change-list";

/** `ChangeList` in memory, as far as it is filled and shown in one page (proven equal by `contract`). */
export function memoryChangeList(): Pick<ChangeList, "put" | "list"> {
  const entries = new Map<string, ChangeEntry>();
  return {
    put: (entry) => {
      const present = entries.get(entry.line.id);
      if (!present || entry.seq > present.seq) entries.set(entry.line.id, structuredClone(entry));
      return Promise.resolve();
    },
    list: async ({ keep, limit, after, ...filter }) => {
      if (after !== undefined || Object.values(filter).some((chosen) => chosen !== undefined))
        throw new Error("This list shows everything, on one page.");
      const lines = [...entries.values()].map(({ line }) => line).sort((a, b) => (a.id < b.id ? -1 : 1));
      const kept = await Promise.all(lines.map((line) => keep(line)));
      const value = lines.filter((_, i) => kept[i]);
      if (value.length > limit) throw new Error("This list has one page.");
      return { value };
    },
  };
}
