/**
 * The branches of a course as files: the workspace that `craft init` makes, and over it, branch by branch, the
 * solution of one exercise more.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import type { Curriculum, Exercise } from '../../core/types.ts';
import { exerciseFolder, initWorkspace } from '../../workspace/index.ts';
import type { Library } from '../source.ts';
import { branchOf, startBranch } from './names.ts';

export interface BranchFile {
  readonly mode: '100644' | '100755';
  readonly content: Uint8Array;
}

/** Files by path relative to the workspace. */
export type Tree = ReadonlyMap<string, BranchFile>;

export interface PlannedBranch {
  readonly branch: string;
  /** Null for the start. */
  readonly exercise: Exercise | null;
  readonly tree: Tree;
  /** What this branch has and the one before it has not; all of the start. */
  readonly changed: Tree;
  readonly message: string;
  /** Seconds since 1970. */
  readonly date: number;
}

/**
 * A commit's date says its place in the course: minutes after this moment. Dates of the source's commits would
 * differ between clones (rebased, shallow), and the same content must give the same commits everywhere.
 */
const firstDate = Date.UTC(2020, 0, 1) / 1_000;

/** The name that is in the README and package.json of the published workspace. */
const folderName = 'metricstream';

/** `start`, and a branch for each of `exercises`, in order. `folder` is where the workspace may be made. */
export async function planBranches(
  curriculum: Curriculum,
  library: Library,
  exercises: readonly Exercise[],
  folder: string,
): Promise<readonly PlannedBranch[]> {
  const start = await workspaceTree(curriculum, join(folder, folderName));
  const branches: PlannedBranch[] = [
    {
      branch: startBranch,
      exercise: null,
      tree: start,
      changed: start,
      message: 'The start: every exercise, no solution\n',
      date: firstDate,
    },
  ];
  let tree = start;
  for (const [i, exercise] of exercises.entries()) {
    const changed = answerOf(exercise, library);
    tree = new Map([...tree, ...changed]);
    const message = `${exercise.number} ${exercise.title}\n${notesOf(exercise, library)}`;
    branches.push({
      branch: branchOf(exercise),
      exercise,
      tree,
      changed,
      message,
      date: firstDate + 60 * (i + 1),
    });
  }
  return branches;
}

/** What `craft init` writes, read back from a folder in which it did. */
async function workspaceTree(curriculum: Curriculum, directory: string): Promise<Tree> {
  const now = (): Date => new Date(firstDate * 1_000);
  const { workspace, files } = await initWorkspace({ directory, curriculum, repository: false, now });
  return new Map(
    files.map((path) => {
      const file = join(workspace.root, path);
      const mode = (statSync(file).mode & 0o100) === 0 ? '100644' : '100755';
      return [path, { mode, content: readFileSync(file) }];
    }),
  );
}

/** The files that the student writes, solved; laid where the student has them. */
function answerOf(exercise: Exercise, { solutions }: Library): Tree {
  return new Map(
    exercise.files.map((name) => [
      `${exerciseFolder(exercise)}/${name}`,
      { mode: '100644', content: readSolution(join(solutions, exercise.id, name), exercise) },
    ]),
  );
}

/** The notes stand in the commit's message: a file of them would be a file that no workspace has. */
function notesOf(exercise: Exercise, { solutions }: Library): string {
  const notes = readSolution(join(solutions, exercise.id, 'NOTES.md'), exercise)
    .toString('utf8')
    .trim();
  return notes === '' ? '' : `\n${notes}\n`;
}

function readSolution(path: string, exercise: Exercise): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const problem = `${path} cannot be read`;
    throw new CraftError(
      'UNPROVED',
      { exercise: exercise.number, claim: 'solution files', problem },
      { cause: error },
    );
  }
}
