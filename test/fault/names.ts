const LONGEST = 18;
const TAIL = 6;

/** A row or message name, short enough to read a hundred of them: its kind and its last letters. */
export function short(name: string): string {
  if (name.length <= LONGEST) return name;
  const kind = /^[a-z]+_/.exec(name)?.[0] ?? "";
  const [id = "", n] = name.split(":");
  return `${kind}…${id.slice(-TAIL)}${n === undefined ? "" : `:${n}`}`;
}
