/** For authors and instructors: proving the curriculum. */
export { type CheckCurriculumOptions, type CheckEvent, checkCurriculum } from './check.ts';
export type { FirstWin, Mutant } from './mutant.ts';
