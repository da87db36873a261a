/** Grading a class. */
export { courseText } from './course.ts';
export { type GradeOptions, type GradeProgress, gradeClass } from './grade.ts';
export { mergeRuns } from './merge.ts';
export type { Shard } from './seeds.ts';
