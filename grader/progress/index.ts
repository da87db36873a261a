/** What is passed, every attempt, and the lock that keeps two craft apart. */
export {
  type AttemptContent,
  type AttemptDraft,
  attemptFiles,
  attemptFolder,
  isPassOf,
  listAttempts,
  newestAttempt,
  newestPassed,
  readAttempt,
  requireAttempt,
} from './attempts.ts';
export { type LockOptions, withLock, withLockFile } from './lock.ts';
export { noProgress, withExercise } from './marks.ts';
export { openProgress, type ProgressOptions, type ProgressStore, type Recorded } from './store.ts';
