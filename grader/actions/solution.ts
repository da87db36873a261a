/** `craft solution`: shown after a pass, from a published branch or, in a clone, from the file. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../core/paths.ts';
import type { Exercise, Workspace } from '../core/types.ts';
import { noProgress } from '../progress/index.ts';
import type { SolutionJson } from '../report/json.ts';
import { choose, openSession, type Place } from './session.ts';

type Files = SolutionJson['files'];

/** Branches that an instructor may publish to; the workspace's own first. */
const branches = ['solutions', 'origin/solutions'] as const;

export async function showSolution(place: Place, name: string | undefined): Promise<SolutionJson> {
  const session = await openSession(place);
  const exercise = choose(session, name);
  const title = `${exercise.number} ${exercise.title}`;
  const { lastPassed } = session.progress.exercises[exercise.id] ?? noProgress;
  const base = { schema: 1, exercise: exercise.id } as const;
  if (lastPassed === undefined) {
    const detail = `The solution of ${title} is shown once you have passed it: npx craft verify ${exercise.number}`;
    return { ...base, shown: false, detail, files: [] };
  }
  const found = (await fromBranch(session.workspace, exercise)) ?? fromClone(exercise);
  if (found === null) {
    const detail = `No solution of ${title} is published here: git has no branch named ${branches.join(' or ')}.`;
    return { ...base, shown: false, detail, files: [] };
  }
  return {
    ...base,
    shown: true,
    detail: `From ${found.from}. Compare: npx craft diff ${exercise.number}`,
    files: found.files,
  };
}

async function fromBranch(
  workspace: Workspace,
  exercise: Exercise,
): Promise<{ from: string; files: Files } | null> {
  const folder = `solutions/${exercise.id}`;
  for (const branch of branches) {
    const listing = await git(workspace.root, ['ls-tree', '--name-only', `${branch}:${folder}`]);
    if (listing === null) continue;
    const names = inReadingOrder(listing.split('\n').filter((line) => line !== ''));
    const files = await Promise.all(
      names.map(async (file) => ({
        path: `${folder}/${file}`,
        text: (await git(workspace.root, ['show', `${branch}:${folder}/${file}`])) ?? '',
      })),
    );
    return { from: `the branch ${branch}`, files };
  }
  return null;
}

/** The package has no solutions; only a clone finds any. */
function fromClone(exercise: Exercise): { from: string; files: Files } | null {
  const folder = join(packageRoot, 'solutions', exercise.id);
  try {
    const files = inReadingOrder(readdirSync(folder)).map((file) => ({
      path: `solutions/${exercise.id}/${file}`,
      text: readFileSync(join(folder, file), 'utf8'),
    }));
    return { from: folder, files };
  } catch {
    return null;
  }
}

/** Code first, the notes on it last. */
function inReadingOrder(names: readonly string[]): string[] {
  return names.toSorted((a, b) => Number(a.endsWith('.md')) - Number(b.endsWith('.md')) || (a < b ? -1 : 1));
}

/** Null when git, the branch or the file is not there. */
async function git(cwd: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', [...args], { cwd, maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  } catch {
    return null;
  }
}
