import type { Rng } from '../../exercises/kernel/types.ts';
import { createRandom } from '../core/random.ts';

/** Chance from a number, with the same values as the kernel's `createRng`, for drivers that run without it. */
export function createRng(seed: number): Rng {
  return createRandom((seed >>> 0).toString(16));
}
