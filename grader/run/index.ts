/** The pipeline. */
export { checksDirectory, loadGates } from './checks.ts';
export { compileProgram, type Program, type ProgramResult } from './program.ts';
export { createRunner } from './run.ts';
export { startScript } from './script.ts';
export type { RunEvent, Runner, RunOptions } from './types.ts';
