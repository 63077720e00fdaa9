import type { Compared, Spread } from "./measure";

/** One line of the table; columns that do not apply stay empty. */
export interface Line {
  measure: string;
  ours: string;
  baseline?: string;
  ratio?: string;
  budget?: string;
  met?: "yes" | "no";
}

const TITLES: Record<keyof Line, string> = {
  measure: "measure",
  ours: "ours",
  baseline: "baseline",
  ratio: "ratio",
  budget: "budget",
  met: "met?",
};
const COLUMNS = Object.keys(TITLES) as (keyof Line)[];

/** A line that compares medians; without `atMost` nothing is promised about it. */
export function ratioLine(measure: string, { ours, baseline, ratio }: Compared, atMost?: number): Line {
  const line = { measure, ours: milliseconds(ours), baseline: milliseconds(baseline), ratio: ratio.toFixed(2) };
  if (atMost === undefined) return line;
  return { ...line, budget: `≤ ${atMost.toFixed(1)}×`, met: ratio <= atMost ? "yes" : "no" };
}

/** A line about one number that has a limit of its own. */
export function limitLine(measure: string, seconds: number, atMostSeconds: number): Line {
  const met = seconds <= atMostSeconds ? "yes" : "no";
  return { measure, ours: `${seconds.toFixed(1)} s`, budget: `≤ ${atMostSeconds} s`, met };
}

/** The table as text, columns aligned. */
export function table(lines: readonly Line[]): string {
  const rows = [TITLES, ...lines];
  const widths = COLUMNS.map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const text = rows.map((row) => COLUMNS.map((column, i) => (row[column] ?? "").padEnd(widths[i] ?? 0)).join(" │ "));
  const rule = widths.map((width) => "─".repeat(width)).join("─┼─");
  return [text[0], rule, ...text.slice(1)].join("\n");
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `median (lower quartile – upper quartile) ms, how many`. */
function milliseconds({ median, lowerQuartile, upperQuartile, count }: Spread): string {
  const digits = median < 100 ? 1 : 0;
  const [middle, low, high] = [median, lowerQuartile, upperQuartile].map((value) => value.toFixed(digits));
  return `${middle} ms (${low}–${high}) n=${count}`;
}
