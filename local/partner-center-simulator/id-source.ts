/** Ids and numbers that look random and repeat exactly for the same seed. */
export interface IdSource {
  /** A whole number from 0 up to, not including, `below`. */
  number(below: number): number;
  hex(length: number): string;
  guid(): string;
}

/** Mulberry32: small, fast, and the same on every machine. Not for secrets. */
export function createIdSource(seed: number): IdSource {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const number = (below: number): number => Math.floor(next() * below);
  const hex = (length: number): string => Array.from({ length }, () => number(16).toString(16)).join("");
  const guid = (): string => {
    const variant = (8 + number(4)).toString(16);
    return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
  };
  return { number, hex, guid };
}
