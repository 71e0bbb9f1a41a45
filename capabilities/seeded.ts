/** Random numbers that only depend on a seed, for what must be repeatable: fuzzers. */

/** Gives whole numbers below `below`, which is at most 2^32 (mulberry32). */
export type Seeded = (below: number) => number;

/** A generator of numbers from a seed. */
export function seeded(seed: number): Seeded {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
