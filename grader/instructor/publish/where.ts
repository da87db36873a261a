/** Where a student's workspace finds the course: what is named, what a course file says, what its git knows. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import type { Notice, Workspace } from '../../core/types.ts';
import { addressOf, courseFile, readCourse } from './course.ts';
import { openGit, withoutSecrets } from './git.ts';
import { readPublished } from './published.ts';

export interface CourseAddress {
  readonly remote: string;
  /** The student or the instructor named it, so that the workspace's git may learn it. */
  readonly named: boolean;
}

/** The name that the course has in the workspace's git. */
const courseRemote = 'course';

/**
 * The branches of solutions get names of their own in the student's repository: `git diff solution/1.05-json-parser`
 * finds them there, and `git branch` does not show them among the student's.
 */
const refspec = '+refs/heads/solution/*:refs/solution/*';

/**
 * `--from`; else the `course.json` of the workspace; else its git remote `course`; else where solutions were fetched
 * from before; else `origin`, as in a clone of the course. Undefined when there is none of these.
 */
export async function findCourse(
  workspace: Workspace,
  { from, cwd }: { readonly from?: string | undefined; readonly cwd: string },
): Promise<CourseAddress | undefined> {
  if (from !== undefined) {
    const known = /^[\w.-]+$/.test(from) ? await remoteOf(workspace, from) : undefined;
    return { remote: known ?? addressOf(from, cwd, '--from'), named: known === undefined };
  }
  const file = join(workspace.root, courseFile);
  const [remote] = existsSync(file) ? readCourse(file).remotes : [];
  if (remote !== undefined) return { remote, named: true };
  const found =
    (await remoteOf(workspace, courseRemote)) ??
    readPublished(workspace)?.remote ??
    (await remoteOf(workspace, 'origin'));
  return found === undefined ? undefined : { remote: found, named: false };
}

/** Lets `git fetch course` work in the workspace, unless its git knows a `course` already; says so once. */
export async function introduceCourse(workspace: Workspace, remote: string): Promise<readonly Notice[]> {
  if (!hasRepository(workspace) || (await remoteOf(workspace, courseRemote)) !== undefined) return [];
  const git = openGit(workspace.root, { remote: true });
  try {
    // The address comes last: a remote without one is none, and the next run writes all three again.
    await git(['config', '--replace-all', `remote.${courseRemote}.fetch`, refspec]);
    await git(['config', `remote.${courseRemote}.tagOpt`, '--no-tags']);
    await git(['config', `remote.${courseRemote}.url`, remote]);
  } catch (error) {
    if (error instanceof CraftError && error.code === 'INTERRUPTED') throw error;
    // A convenience: without it, craft solution works as well.
    return [];
  }
  const text = `Your repository has a remote "${courseRemote}" now (${withoutSecrets(remote)}): git fetch ${courseRemote}`;
  return [{ code: 'COURSE_REMOTE', text }];
}

/** The address of one of the workspace's own remotes; a repository around the workspace is not meant. */
async function remoteOf(workspace: Workspace, name: string): Promise<string | undefined> {
  if (!hasRepository(workspace)) return undefined;
  try {
    const git = openGit(workspace.root, { remote: true });
    const url = (await git(['config', '--get', `remote.${name}.url`])).trim();
    return url === '' ? undefined : addressOf(url, workspace.root, `the remote ${name}`);
  } catch {
    // No such remote, no git, or an address that craft does not use.
    return undefined;
  }
}

function hasRepository(workspace: Workspace): boolean {
  return existsSync(join(workspace.root, '.git'));
}
