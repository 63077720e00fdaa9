import { styleText } from "node:util";

/** Tells the tour on a terminal, and keeps count of the promises. */
export interface Narrator {
  chapter(title: string): void;
  say(text: string): void;
  /** A line of what the system answered. */
  show(text: string): void;
  /** Shows whether a promise held; one that did not makes the tour fail. */
  promise(held: boolean, text: string): void;
  /** How many promises were looked at, and how many did not hold. */
  readonly promises: { kept: number; broken: number };
}

type Style = Parameters<typeof styleText>[0];

/** `colours`: false for files and pipes. */
export function createNarrator(write: (line: string) => void, colours: boolean): Narrator {
  const promises = { kept: 0, broken: 0 };
  const styled = (style: Style, text: string): string => (colours ? styleText(style, text) : text);
  let chapters = 0;
  return {
    promises,
    chapter: (title) => write(`\n${styled("bold", `${++chapters}. ${title}`)}`),
    say: (text) => write(`   ${text}`),
    show: (text) => write(styled("dim", `     ${text}`)),
    promise: (held, text) => {
      promises[held ? "kept" : "broken"]++;
      write(held ? styled("green", `   ✓ ${text}`) : styled(["bold", "red"], `   ✗ NOT SO: ${text}`));
    },
  };
}
