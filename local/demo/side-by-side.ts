import type { BookLine } from "./simulator-control";
import type { ShownChange } from "./tour-stage";

const LEDGER_WIDTH = 62;

/** What our change says and what the simulator's books say, in one order of time, each in its own column. */
export function sideBySide(change: ShownChange, books: readonly BookLine[]): string[] {
  const ours = change.timeline.map(({ at, event, detail }) => ({
    at,
    left: `${event.padEnd(10)} ${detail}`,
    right: "",
  }));
  const theirs = books.map((line) => ({ at: line.at, left: "", right: bookText(line) }));
  const rows = [...ours, ...theirs].sort((a, b) => a.at.localeCompare(b.at));
  return [
    `${"".padEnd(8)}  ${"our change".padEnd(LEDGER_WIDTH)}  the simulator's books`,
    ...rows.map(({ at, left, right }) => `${at.slice(11, 19)}  ${cut(left).padEnd(LEDGER_WIDTH)}  ${right}`.trimEnd()),
  ];
}

function bookText({ number, operation, effects, effective }: BookLine): string {
  const [effect] = effects;
  const seats = effect ? `${effect.quantityBefore} → ${effect.quantityAfter} seats` : "no effect";
  return `#${number} ${operation}: ${seats}${effective ? "" : ", not effective"}`;
}

function cut(text: string): string {
  return text.length <= LEDGER_WIDTH ? text : `${text.slice(0, LEDGER_WIDTH - 1)}…`;
}
