import { randomInt } from 'node:crypto';

/** A seed that a person can type again: KEYFERRY_SEED if it is set. */
export function seed(): number {
  return Number(process.env.KEYFERRY_SEED ?? randomInt(2 ** 31));
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function random(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
