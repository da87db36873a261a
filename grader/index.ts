/**
 * The public surface, and the only file of the grader that bin/ sees. It loads almost nothing itself: each function
 * brings in its part of the grader when it is first called, so that `craft list` does not pay for vitest.
 */

export type { BenchOutcome, BenchResult } from './actions/bench.ts';
export type { BenchHooks } from './actions/benchload.ts';
export type { BenchRequest } from './actions/benchspec.ts';
export type { CommandGrammar, Shell } from './actions/complete.ts';
export type { GradedClass, GradeHooks, GradeRequest } from './actions/grade.ts';
export type { RunningAt } from './actions/running.ts';
export type { Place } from './actions/session.ts';
export type { RunHooks } from './actions/verify.ts';
export type * from './bench/types.ts';
export { CraftError, describe, type ErrorCode, errorCodes, exitCodeOf } from './core/errors.ts';
export type * from './core/grading.ts';
export { craftVersion } from './core/paths.ts';
export type * from './core/proof.ts';
export type * from './core/publication.ts';
export type * from './core/types.ts';
export type { GradeFormat, Visibility } from './report/grading/index.ts';
export {
  createStyle,
  type Reporter,
  type ReporterName,
  render,
  reporters,
  type Style,
  type StyleOptions,
} from './report/index.ts';
export type * from './report/json.ts';
export { createLive, type Live } from './report/live.ts';
export type {
  AttemptsView,
  AttemptView,
  BenchView,
  CompileErrorsView,
  ExerciseLabel,
  View,
} from './report/views.ts';

/** Loads a function's module when the function is called. */
function lazily<A extends unknown[], R>(
  load: () => Promise<(...args: A) => Promise<R>>,
): (...args: A) => Promise<R> {
  return async (...args) => (await load())(...args);
}

export const initWorkspace = lazily(async () => (await import('./actions/workspace.ts')).initWorkspace);
export const resetExercise = lazily(async () => (await import('./actions/workspace.ts')).resetExercise);
export const updateWorkspace = lazily(async () => (await import('./actions/workspace.ts')).updateWorkspace);
export const showLesson = lazily(async () => (await import('./actions/lesson.ts')).showLesson);
export const listExercises = lazily(async () => (await import('./actions/list.ts')).listExercises);
export const predictExercise = lazily(async () => (await import('./actions/predict.ts')).predictExercise);
export const writeJournal = lazily(async () => (await import('./actions/journal.ts')).writeJournal);
export const nextHint = lazily(async () => (await import('./actions/hint.ts')).nextHint);
export const verifyExercise = lazily(async () => (await import('./actions/verify.ts')).verifyExercise);
export const verifyAll = lazily(async () => (await import('./actions/verify.ts')).verifyAll);
export const replayAttempt = lazily(async () => (await import('./actions/verify.ts')).replayAttempt);
export const watchExercise = lazily(async () => (await import('./watch/watch.ts')).watchExercise);
export const diffExercise = lazily(async () => (await import('./actions/diff.ts')).diffExercise);
export const showSolution = lazily(async () => (await import('./actions/solution.ts')).showSolution);
export const runExperiment = lazily(async () => (await import('./actions/experiment.ts')).runExperiment);
export const writeReport = lazily(async () => (await import('./actions/report.ts')).writeReport);
export const benchExercise = lazily(async () => (await import('./actions/bench.ts')).benchExercise);
export const examine = lazily(async () => (await import('./actions/doctor.ts')).examine);
export const gradeClass = lazily(async () => (await import('./actions/grade.ts')).gradeClass);
export const mergeGrades = lazily(async () => (await import('./actions/grade.ts')).mergeGrades);
export const writeAutograder = lazily(async () => (await import('./actions/grade.ts')).writeAutograder);
export const completeWords = lazily(async () => (await import('./actions/complete.ts')).completeWords);
export const completionScript = lazily(async () => (await import('./actions/complete.ts')).completionScript);
export const publishCourse = lazily(async () => (await import('./actions/publish.ts')).publishCourse);
export const checkCurriculum = lazily(async () => (await import('./actions/author.ts')).checkCurriculum);
export const repeatChecks = lazily(async () => (await import('./actions/author.ts')).repeatChecks);
export const newExercise = lazily(async () => (await import('./actions/author.ts')).newExercise);
