/** Gates: counts, exponents, paired ratios and figures, decided by rules that name noise instead of guessing. */
export { headroom, headroomNeeded } from './abs.ts';
export { measureNoise, type Noise } from './noise.ts';
export { failGate, type GateProgress, type RunGatesOptions, runGates } from './run.ts';
export type * from './types.ts';
