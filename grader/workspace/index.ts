/** The student's folder: made, found, reset, compared, updated. */
export { type DiffBase, diffExercise, type FileDiff } from './diff.ts';
export { findWorkspace, tryFindWorkspace, workspaceAt } from './find.ts';
export { type InitOptions, type InitResult, initWorkspace } from './init.ts';
export { exerciseFolder } from './installed.ts';
export { ensureLinks } from './links.ts';
export { planReset, type ResetPlan, type ResetResult, resetExercise } from './reset.ts';
export type { KeptCopy, Snapshot } from './snapshot.ts';
export { type UpdateResult, updateWorkspace } from './update.ts';
