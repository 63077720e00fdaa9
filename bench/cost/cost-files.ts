import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Measured, Prices } from "./monthly-cost";

/** The figures kept in the repository: what was last measured, and the list prices. */
const FOLDER = "bench/cost";

export function readPrices(repository: string): Prices {
  return Prices.parse(JSON.parse(readFileSync(path.join(repository, FOLDER, "prices.json"), "utf8")));
}

export function readMeasured(repository: string): Measured {
  return Measured.parse(JSON.parse(readFileSync(path.join(repository, FOLDER, "measured.json"), "utf8")));
}

const BEGIN = "<!-- cost: npm run bench -- --only cost --update -->";
const END = "<!-- end of cost -->";

/** Keeps the figures, and the table they give in the README. */
export function keepCost(repository: string, measured: Measured, table: string): void {
  writeFileSync(path.join(repository, FOLDER, "measured.json"), `${JSON.stringify(measured, undefined, 2)}\n`);
  const readme = path.join(repository, "README.md");
  const text = readFileSync(readme, "utf8");
  const shown = shownCost(text);
  writeFileSync(
    readme,
    text.replace(shown, () => table),
  );
}

/** The table as a text shows it. Throws where there is none. */
export function shownCost(text: string): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error("The README has no place for the table of costs.");
  return text.slice(from + BEGIN.length, to).trim();
}
