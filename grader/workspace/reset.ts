/** `craft reset`: the stub comes back, and what was there is kept. Run it under the workspace's lock. */
import type { FileContent, FileOps } from '../core/files.ts';
import { readRegular, realOps, writing } from '../core/files.ts';
import type { Exercise, Workspace } from '../core/types.ts';
import { readInstalled, sha256, stubs, writeInstalled } from './installed.ts';
import { replaceFile, type Snapshot, sweepLeftovers, takeSnapshot } from './snapshot.ts';

export interface ResetPlan {
  /** Files that differ from the stub and will be replaced, relative to the workspace. */
  readonly changed: readonly string[];
  /** Files that are not there and will be put back. */
  readonly absent: readonly string[];
}

export interface ResetResult extends ResetPlan {
  /** The files as they were; absent when nothing was replaced. */
  readonly snapshot?: Snapshot;
}

/** What a reset would do, to ask before it. Refuses to touch links and folders in a file's place. */
export function planReset(workspace: Workspace, exercise: Exercise): ResetPlan {
  const { changed, absent } = compare(workspace, exercise);
  return { changed: changed.map((file) => file.path), absent: absent.map((file) => file.path) };
}

/** Puts stubs and given files back, after a snapshot of those that differ. */
export function resetExercise(workspace: Workspace, exercise: Exercise, ops: FileOps = realOps): ResetResult {
  writing(workspace.state, () => sweepLeftovers(workspace, ops));
  const { changed, absent, fresh } = compare(workspace, exercise);
  const snapshot = changed.length === 0 ? undefined : takeSnapshot(workspace, exercise.slug, changed, ops);
  const replaced = new Set([...changed, ...absent].map((file) => file.path));
  for (const file of fresh) if (replaced.has(file.path)) replaceFile(workspace, file, ops);
  const hashes = Object.fromEntries(fresh.map((file) => [file.path, sha256(file.content)]));
  if (replaced.size > 0) writeInstalled(workspace, { ...readInstalled(workspace).files, ...hashes }, ops);
  return {
    changed: changed.map((file) => file.path),
    absent: absent.map((file) => file.path),
    ...(snapshot === undefined ? {} : { snapshot }),
  };
}

/** The student's text where it differs, the stubs that are missing, and all stubs. */
function compare(
  workspace: Workspace,
  exercise: Exercise,
): { changed: FileContent[]; absent: FileContent[]; fresh: readonly FileContent[] } {
  const fresh = stubs(exercise);
  const changed: FileContent[] = [];
  const absent: FileContent[] = [];
  for (const file of fresh) {
    const current = readRegular(workspace.root, file.path);
    if (current === undefined) absent.push(file);
    else if (sha256(current) !== sha256(file.content)) changed.push({ path: file.path, content: current });
  }
  return { changed, absent, fresh };
}
