/** Everything an exercise may ask of the world outside: the interfaces, and the real things behind them. */
export { realClock } from './clock.ts';
export { realDisk } from './disk.ts';
export { openFile } from './file.ts';
export { createRng } from './rng.ts';
export type * from './types.ts';
