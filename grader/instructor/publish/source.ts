/**
 * Where a course is published from: a clone of this repository, as its last commit has it. What is not committed
 * is not published: nobody could say later what the students were given.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { builtGraderRoot, packageRoot } from '../../core/paths.ts';
import type { Curriculum } from '../../core/types.ts';
import { loadCurriculum } from '../../curriculum/index.ts';
import { type Library, ownLibrary } from '../source.ts';
import { type Git, openGit, reasonOf } from './git.ts';

export interface Source {
  /** The top folder of the clone. */
  readonly root: string;
  readonly curriculum: Curriculum;
  readonly library: Library;
  /** Sources of the hidden checks: `<checks>/<exercise id>/behaviour.test.ts`. */
  readonly checks: string;
  /** What must be as it was committed, relative to the root. */
  readonly paths: readonly string[];
  /** The compiled grader, and the sources that it must not be older than. */
  readonly build?: { readonly output: string; readonly sources: readonly string[] };
}

/** This clone. Throws NEEDS_CLONE. */
export function ownSource(): Source {
  const library = ownLibrary('craft publish');
  const sources = ['bin', 'grader'].map((name) => join(packageRoot, name));
  if (!sources.every((folder) => existsSync(folder)))
    throw new CraftError('NEEDS_CLONE', { command: 'craft publish' });
  return {
    root: packageRoot,
    curriculum: loadCurriculum(),
    library,
    checks: join(packageRoot, 'grader', 'checks'),
    paths: ['bin', 'exercises', 'grader', 'package-lock.json', 'package.json', 'solutions'],
    build: { output: builtGraderRoot, sources },
  };
}

/**
 * Throws DIRTY_SOURCE unless everything that counts is as the last commit has it. What goes to the students is
 * compared by content, since git can be told to overlook a changed file (`--assume-unchanged`, `.gitignore`).
 */
export async function requireClean(source: Source, signal?: AbortSignal): Promise<void> {
  const git = openGit(source.root, { signal });
  const changed = await changedFiles(git, source);
  const published = [source.curriculum.directory, source.library.solutions];
  const committed = await committedBlobs(
    git,
    published.map((folder) => relative(source.root, folder)),
  );
  for (const path of published.flatMap((folder) => filesBelow(folder))) {
    const name = relative(source.root, path).split(sep).join('/');
    if (committed.get(name) !== blobName(readFileSync(path))) changed.add(name);
  }
  if (changed.size > 0) throw new CraftError('DIRTY_SOURCE', { files: listed([...changed].sort()) });
  requireFreshBuild(source);
}

async function changedFiles(git: Git, { root, paths }: Source): Promise<Set<string>> {
  try {
    const status = ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--'];
    const entries = (await git([...status, ...paths])).split('\0').filter((entry) => entry !== '');
    return new Set(entries.map((entry) => entry.slice(3)));
  } catch (error) {
    if (error instanceof CraftError) throw error;
    throw new CraftError('DIRTY_SOURCE', {
      files: `${root} is no git repository (${reasonOf(error)}): its files`,
    });
  }
}

/** Blob by path relative to the root. */
async function committedBlobs(git: Git, paths: readonly string[]): Promise<Map<string, string>> {
  const listing = await git(['ls-tree', '-r', '-z', '--full-name', 'HEAD', '--', ...paths]).catch(() => '');
  const prefix = (await git(['rev-parse', '--show-prefix'])).trim();
  return new Map(
    listing
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [about = '', path = ''] = line.split('\t');
        return [path.slice(prefix.length), about.split(' ')[2] ?? ''];
      }),
  );
}

/** The name that git gives to a file's content. */
export function blobName(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

/** Checks that were proved with an older compiled form prove nothing about these sources. */
function requireFreshBuild({ root, build }: Source): void {
  if (build === undefined) return;
  const newest = build.sources
    .flatMap((folder) => filesBelow(folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, at: statSync(file).mtimeMs }))
    .reduce((a, b) => (b.at > a.at ? b : a), { file: '', at: 0 });
  const built = join(build.output, 'index.js');
  if (existsSync(built) && statSync(built).mtimeMs >= newest.at) return;
  throw new CraftError('STALE_BUILD', { file: relative(root, newest.file) });
}

/** Regular files, sorted; nothing when there is no such folder. */
export function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function listed(names: readonly string[]): string {
  const [first = '', second, ...more] = names;
  if (second === undefined) return first;
  return more.length === 0 ? `${first} and ${second}` : `${first}, ${second} and ${more.length} more`;
}
