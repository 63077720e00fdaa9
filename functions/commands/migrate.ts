import type { RowKey } from "../../shared/domain/decisions/data-versions";
import { migrateTable, type MigrationReport } from "../../shared/storage/migrate-table";
import { createAzureClients } from "../azure-clients";
import type { Command } from "./command";

const TABLES = ["state", "directory"] as const;

/** `npm run migrate`: every older row is written anew in the newest version; 1 when rows of a newer version were met. */
export const migrate: Command = async ({ config, after, say }) => {
  const clients = createAzureClients(config);
  const from = after === undefined ? undefined : placeOf(after);
  let newer = 0;
  for (const name of TABLES) {
    if (from && TABLES.indexOf(name) < TABLES.indexOf(from.table)) continue;
    const report = await migrateTable(clients.table(name), {
      ...(from?.table === name ? { after: from.at } : {}),
      reached: (at, soFar) =>
        say(`${name}: ${told(soFar)}. To go on from here: --after ${name}/${at.partition}/${at.row}`),
    });
    say(`Table ${name}: ${told(report)}.`);
    newer += report.newer;
  }
  if (newer === 0) return 0;
  say(
    `${newer} rows are for a newer version of this software alone. Deploy that one; this one leaves them as they are.`,
  );
  return 1;
};

/** Keys of ours hold no slash, so a place is three parts. */
function placeOf(text: string): { table: (typeof TABLES)[number]; at: RowKey } {
  const [name, partition, row, ...rest] = text.split("/");
  const table = TABLES.find((known) => known === name);
  if (table && partition && row && rest.length === 0) return { table, at: { partition, row } };
  throw new Error(`--after must be a place as this command says it: ${TABLES.join(" or ")}/<partition>/<row>.`);
}

function told({ seen, migrated, newer }: MigrationReport): string {
  return `${seen} rows seen, ${migrated} migrated, ${newer} for a newer version alone`;
}
