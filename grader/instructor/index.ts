/** For authors and instructors: proving the curriculum. */
export { type CheckCurriculumOptions, type CheckEvent, checkCurriculum } from './check.ts';
export { type FlipOptions, findFlips } from './flips.ts';
export type { FirstWin, Mutant } from './mutant.ts';
export { scaffold } from './scaffold.ts';
