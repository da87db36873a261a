/** What the branches of a course are called, and how their exercises are found again. */
import type { Exercise } from '../../core/types.ts';

/** The workspace without any solution. */
export const startBranch = 'start';

/** `solution/1.05-json-parser`: two digits, so that a list of branches is in the order of the course. */
export function branchOf({ number, slug }: Pick<Exercise, 'number' | 'slug'>): string {
  const [craft = '', place = ''] = number.split('.');
  return `solution/${craft}.${place.padStart(2, '0')}-${slug}`;
}

/** All branches of solutions, as git matches them. */
export const solutionRefs = 'refs/heads/solution/*';

export const refOf = (branch: string): string => `refs/heads/${branch}`;
