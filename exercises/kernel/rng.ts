import type { Rng } from './types.ts';

/**
 * A repeatable source of chance: the same seed gives the same numbers, on every machine.
 *
 * This is mulberry32. A counter takes steps of a large odd constant, so that it visits all 2^32 states
 * before it repeats; each state is then scrambled by multiplications and shifts until neighbouring states
 * look unrelated. Good for tests and jitter, never for secrets: anybody who sees one output can work out the rest.
 */
export function createRng(seed: number): Rng {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      // Math.imul multiplies as 32-bit integers: `*` would round the product to a double's 53 bits.
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
  };
}
