import { monthlyCost, Use, type CostLine, type Installation, type Measured, type Prices } from "./monthly-cost";
import { ACTIVITIES, ACTIVITY_TEXT } from "./workload";

const TENANTS = [50, 300, 1_000];

const LINES: Record<CostLine, string> = {
  functions: "Functions",
  alwaysReady: "always ready",
  serviceBus: "Service Bus",
  tables: "tables",
  keyVault: "Key Vault",
  logs: "logs",
  alerts: "alert rules",
  privateEndpoints: "private endpoints",
};

/** The table of the README, in Markdown: what each installation costs in a month, and what of it stands out. */
export function costTable(installations: readonly Installation[], measured: Measured, prices: Prices): string {
  const head = ["Installation", ...TENANTS.map((tenants) => `${tenants.toLocaleString("en")} tenants`), "Of which"];
  const rows = installations.map((installation) => {
    const costs = TENANTS.map((tenants) => monthlyCost(installation, tenants, measured, prices));
    const largest = costs.at(-1);
    const parts = Object.entries(LINES)
      .map(([line, text]) => ({ text, amount: largest?.[line as CostLine] ?? 0 }))
      .filter(({ amount }) => amount >= 1)
      .sort((a, b) => b.amount - a.amount)
      .map(({ text, amount }) => `${text} ${Math.round(amount)}`);
    return [installation.name, ...costs.map(({ total }) => String(Math.round(total))), parts.join(", ")];
  });
  return markdown([head, ...rows]);
}

/** What each activity uses, for people. */
export function useTable({ use, bytesPerTenant }: Measured): string {
  const members = Use.keyof().options;
  const rows = ACTIVITIES.map((activity) => [
    activity,
    ...members.map((member) => use[activity][member].toLocaleString("en")),
  ]);
  const stored = `A tenant's rows take ${Math.round(bytesPerTenant / 1000)} kB.`;
  return [
    markdown([["", ...members], ...rows]),
    ...ACTIVITIES.map((one) => `${one}: ${ACTIVITY_TEXT[one]}`),
    stored,
  ].join("\n");
}

/** A table as prettier would write it: columns aligned, numbers to the right. */
function markdown(rows: readonly string[][]): string {
  const [head = [], ...body] = rows;
  const widths = head.map((_, i) => Math.max(3, ...rows.map((row) => row[i]?.length ?? 0)));
  const isNumber = head.map((_, i) => body.every((row) => /^[\d.,]+$/.test(row[i] ?? "")));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join(" | ")} |`;
  const rule = widths.map((width, i) => (isNumber[i] ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(head), line(rule), ...body.map(line)].join("\n");
}
