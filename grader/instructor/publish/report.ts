/** What a run of `craft publish` did to each branch. */
import type { PublishedBranch } from '../../core/publication.ts';
import type { Exercise } from '../../core/types.ts';
import type { Committed } from './commits.ts';

export interface RunState {
  /** Commit by branch, on the remote before the pushes. */
  readonly there: ReadonlyMap<string, string>;
  readonly dryRun: boolean;
  /** Exercises that had no proof when the run began. */
  readonly unproved: readonly Exercise[];
}

export function branchReport(
  { branch, commit, files }: Committed,
  exercise: Exercise | null,
  { there, dryRun, unproved }: RunState,
): PublishedBranch {
  const was = there.get(branch);
  const state = was === undefined ? 'new' : was === commit ? 'same' : 'moved';
  const proved = exercise !== null && !unproved.includes(exercise) ? 'kept' : dryRun ? 'to do' : 'new';
  return {
    branch,
    exercise: exercise?.id ?? null,
    title: exercise === null ? 'The start, no solution' : `${exercise.number} ${exercise.title}`,
    commit,
    state,
    ...(state === 'moved' && was !== undefined ? { was } : {}),
    proof: exercise === null ? 'none needed' : proved,
    pushed: !dryRun && state !== 'same',
    files,
  };
}
