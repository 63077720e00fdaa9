/**
 * The states seen so far, in the order in which they were first seen. Of a state 64 bits of hash are kept, and of each
 * the one it was first reached from: of ten million states, two are taken for one with a chance of one in 350 000.
 */
export interface Visited {
  /** The place of a state in the order; `isNew` tells whether it was not there before. */
  add(state: readonly number[], from: number): number;
  size(): number;
  /** Notes where one goes on from a place as long as nothing goes wrong; by itself, a place is an end. */
  goOn(place: number, next: number): void;
  /** A place from which that never comes to an end. */
  endless(): number | undefined;
  /** The places on the way to this one, beginning with the first state. */
  wayTo(place: number): number[];
  isAt(state: readonly number[], place: number): boolean;
}

const FIRST_SIZE = 2 ** 16;

export function createVisited(): Visited {
  let high = new Uint32Array(FIRST_SIZE);
  let low = new Uint32Array(FIRST_SIZE);
  let parents = new Uint32Array(FIRST_SIZE);
  let nexts = new Uint32Array(FIRST_SIZE);
  let slots = new Uint32Array(2 * FIRST_SIZE);
  let count = 0;
  let hashHigh = 0;
  let hashLow = 0;

  function hash(state: readonly number[]): void {
    let a = 0x9e3779b9 | 0;
    let b = 0x85ebca6b | 0;
    for (const part of state) {
      a = Math.imul(a ^ part, 0xcc9e2d51);
      a = ((a << 13) | (a >>> 19)) + b;
      b = Math.imul(b ^ part ^ (a >>> 15), 0x1b873593);
      b = ((b << 17) | (b >>> 15)) ^ a;
    }
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ b;
    b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35) ^ (a >>> 3);
    hashHigh = (Math.imul(a ^ (a >>> 13), 0xc2b2ae35) ^ b) >>> 0;
    hashLow = (Math.imul(b ^ (b >>> 16), 0x27d4eb2f) ^ (a >>> 7)) >>> 0;
  }

  /** The slot of the present hash: its own, or a free one. */
  function find(): number {
    const mask = slots.length - 1;
    for (let at = hashLow & mask; ; at = (at + 1) & mask) {
      const place = slots[at]!;
      if (place === 0 || (low[place - 1] === hashLow && high[place - 1] === hashHigh)) return at;
    }
  }

  function grow(): void {
    high = doubled(high);
    low = doubled(low);
    parents = doubled(parents);
    nexts = doubled(nexts);
    slots = new Uint32Array(slots.length * 2);
    for (let place = 0; place < count; place++) {
      hashHigh = high[place]!;
      hashLow = low[place]!;
      slots[find()] = place + 1;
    }
  }

  return {
    add(state, from) {
      hash(state);
      const slot = find();
      if (slots[slot] !== 0) return slots[slot]! - 1;
      high[count] = hashHigh;
      low[count] = hashLow;
      parents[count] = from;
      nexts[count] = count;
      slots[slot] = ++count;
      if (count === high.length) grow();
      return count - 1;
    },
    size: () => count,
    goOn(place, next) {
      nexts[place] = next;
    },
    endless: () => endlessIn(nexts.subarray(0, count)),
    wayTo(place) {
      const way = [place];
      while (way[0] !== 0) way.unshift(parents[way[0]!]!);
      return way;
    },
    isAt(state, place) {
      hash(state);
      return low[place] === hashLow && high[place] === hashHigh;
    },
  };
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** A place from which following the pointers never ends at one that points to itself. */
function endlessIn(nexts: Uint32Array): number | undefined {
  const UNKNOWN = 0;
  const PASSED = 1;
  const ENDS = 2;
  const known = new Uint8Array(nexts.length);
  for (let place = 0; place < nexts.length; place++) {
    const way: number[] = [];
    let at = place;
    for (; known[at] === UNKNOWN; at = nexts[at]!) {
      known[at] = nexts[at] === at ? ENDS : PASSED;
      way.push(at);
    }
    if (known[at] === PASSED) return at;
    for (const passed of way) known[passed] = ENDS;
  }
  return undefined;
}
