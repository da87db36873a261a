/** The values of a bench, by what they describe: one load, a run that is kept, what is learned from several. */
export type * from './types/learned.ts';
export type * from './types/load.ts';
export type * from './types/run.ts';
