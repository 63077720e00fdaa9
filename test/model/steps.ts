/**
 * How a step comes about: a worker goes on, something happens by itself, a worker takes up a message; or something goes
 * wrong, which need not be.
 */
export const GOES_ON = 0;
export const HAPPENS = 1;
export const BEGINS = 2;
export const FAULT = 3;
export type Chance = typeof GOES_ON | typeof HAPPENS | typeof BEGINS | typeof FAULT;

/** Takes a state that can follow. `did` says what happened, for a story; `accident` is what must never happen. */
export type Follow = (state: number[], chance: Chance, did: Did, accident?: string) => void;
/** Says what happened; workers have the names the story gives them. */
export type Did = (nameOf: (w: number) => string) => string;
