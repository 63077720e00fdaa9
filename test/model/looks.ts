import type { Change } from "../../shared/domain/changes/change";
import { lookAt, verdictOn } from "./decisions";
import { recordsShown, resourcesShown } from "./microsoft";
import type { Look } from "./parts";
import { onceForTwo } from "./pool";
import type { Space } from "./space";

/** Everything a worker may see that now looks for a proof of the open write of a change. */
export function createLooks(space: Space): (changeId: number, worldId: number) => { look: Look; saw: string }[] {
  const firstLooks = new Map<string, Look>();

  /** Of looks with the same verdict one is kept: a verdict is all that is made of them, by then as now. */
  function likeOthers(row: Change, look: Look): Look {
    const verdict = verdictOn(row, look, space.settings);
    const known = firstLooks.get(verdict);
    if (!known) firstLooks.set(verdict, look);
    return known ?? look;
  }

  return onceForTwo((changeId, worldId) => {
    const { row } = space.changes.get(changeId);
    const world = space.worlds.get(worldId);
    const looks = new Map<Look, string>();
    for (const seen of resourcesShown(world)) {
      for (const records of recordsShown(world)) {
        const look = lookAt(space, row, { seen, records, lacksRecord: world.lacksRecord });
        const kept = look && likeOthers(row, look);
        if (kept && !looks.has(kept))
          looks.set(
            kept,
            `${seen.seats} seats${seen.schedule ? " with a schedule" : ""} and ${look.records.length} records`,
          );
      }
    }
    return [...looks].map(([look, saw]) => ({ look, saw }));
  });
}
