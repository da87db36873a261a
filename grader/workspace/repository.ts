/**
 * A git repository with one first commit. The user's own settings (signing, hooks, templates, filters) may
 * ask for a passphrase or fail, so this commit is made without them; all later commits are the user's.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SimpleGit } from 'simple-git';
import { describe } from '../core/errors.ts';
import type { Notice } from '../core/types.ts';

/**
 * Makes the repository, or says why there is none; never fails. `names` are the top-level files and folders.
 */
export async function makeRepository(root: string, names: readonly string[]): Promise<readonly Notice[]> {
  const { simpleGit } = await import('simple-git');
  const isNew = !existsSync(join(root, '.git'));
  try {
    const git = simpleGit({
      baseDir: root,
      config: ['commit.gpgsign=false', 'core.autocrlf=false', 'core.safecrlf=false'],
      allowEnvironment: ['GIT_CONFIG_NOSYSTEM'],
      timeout: { block: 30_000 },
    });
    git.env(withoutSettings(root));
    const { installed } = await git.version();
    if (!installed) return [{ code: 'NO_GIT', text: describe('NO_GIT', { detail: '' }) }];
    const identity = await readIdentity(simpleGit({ baseDir: root, ...ownSettings }));
    if (isNew) await git.raw('init', '--quiet');
    if (isNew) await git.raw('symbolic-ref', 'HEAD', 'refs/heads/main');
    await git.raw('add', '--', ...names);
    await git.raw(...authorOptions(identity), ...commitOptions, '--', ...names);
    return identity === undefined ? [noIdentity] : [];
  } catch (error) {
    if (isNew) rmSync(join(root, '.git'), { recursive: true, force: true });
    const why = error instanceof Error ? (error.message.trim().split('\n')[0] ?? '') : String(error);
    return [{ code: 'NO_REPOSITORY', text: `No git repository was made (${why}). craft works without one.` }];
  }
}

interface Identity {
  readonly name: string;
  readonly email: string;
}

const noIdentity: Notice = {
  code: 'NO_GIT_IDENTITY',
  text:
    'git does not know your name, so the first commit is by "student".' +
    ' Before you commit: git config --global user.name "Your Name", and user.email',
};

const commitOptions = ['commit', '--quiet', '--no-verify', '-m', 'Workspace made by craft init'];

/** The user's settings are only read, for the identity. */
const ownSettings = {
  allowEnvironment: ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'],
  unsafe: { allowUnsafeConfigPaths: true },
  timeout: { block: 10_000 },
};

async function readIdentity(git: SimpleGit): Promise<Identity | undefined> {
  try {
    const [name, email] = [await git.raw('config', 'user.name'), await git.raw('config', 'user.email')];
    return name.trim() === '' || email.trim() === '' ? undefined : { name: name.trim(), email: email.trim() };
  } catch {
    // Not set, or settings that git cannot read.
    return undefined;
  }
}

/** Given for this one commit; nothing is written to any settings. */
function authorOptions(identity: Identity | undefined): string[] {
  const { name, email } = identity ?? { name: 'student', email: 'student@localhost' };
  return ['-c', `user.name=${name}`, '-c', `user.email=${email}`];
}

/** git reads its settings from a home that is not there. */
function withoutSettings(root: string): Record<string, string> {
  const nowhere = join(root, '.craft', 'no-home');
  const settings = { HOME: nowhere, XDG_CONFIG_HOME: nowhere, GIT_CONFIG_NOSYSTEM: '1' };
  const kept = ['PATH', 'TMPDIR', 'LANG', 'LC_ALL', 'DEVELOPER_DIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...settings };
}
