/** Reads `exercises/`: what there is to learn, in which order, and what is said about it. */
export { loadCurriculum } from './curriculum.ts';
export { findExercise } from './find.ts';
export { allImports, type ExerciseStatus, nextExercise, statusOf } from './status.ts';
export { type Hints, readHints, readLesson } from './texts.ts';
