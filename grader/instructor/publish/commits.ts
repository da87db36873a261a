/**
 * The branches as commits, in a repository made for the purpose. Author, dates and messages are fixed by the
 * content, so the same course gives the same commits on every machine, and publishing it again moves nothing.
 */
import { CraftError } from '../../core/errors.ts';
import type { FileStat } from '../../core/publication.ts';
import type { Git } from './git.ts';
import { refOf } from './names.ts';
import { blobName } from './source.ts';
import type { PlannedBranch } from './tree.ts';

export interface Committed {
  readonly branch: string;
  readonly commit: string;
  /** Against the branch before; every file of the start. */
  readonly files: readonly FileStat[];
}

const author = 'craft publish <publish@systems-craft.invalid>';

/** Makes one commit per branch, each on the one before it, and reads back that they are what was planned. */
export async function commitBranches(
  git: Git,
  branches: readonly PlannedBranch[],
): Promise<readonly Committed[]> {
  await git(['fast-import', '--quiet', '--done', '--date-format=raw'], importStream(branches));
  const commits = await readCommits(git, branches);
  const stats = await readStats(git, branches.at(-1)?.branch ?? '');
  for (const planned of branches) await requireTree(git, planned);
  return branches.map(({ branch }) => {
    const commit = commits.get(branch) ?? '';
    return { branch, commit, files: stats.get(commit) ?? [] };
  });
}

/** What `git fast-import` reads: no filters, no attributes, no work tree stand between these bytes and the blobs. */
function importStream(branches: readonly PlannedBranch[]): Buffer {
  const parts: (string | Uint8Array)[] = [];
  const data = (content: Uint8Array): void => void parts.push(`data ${content.length}\n`, content, '\n');
  for (const [i, { branch, changed, message, date }] of branches.entries()) {
    const who = `${author} ${date} +0000`;
    parts.push(`commit ${refOf(branch)}\nmark :${i + 1}\nauthor ${who}\ncommitter ${who}\n`);
    data(Buffer.from(message));
    if (i > 0) parts.push(`from :${i}\n`);
    for (const [path, { mode, content }] of changed) {
      parts.push(`M ${mode} inline ${quoted(path)}\n`);
      data(content);
    }
    parts.push('\n');
  }
  parts.push('done\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function quoted(path: string): string {
  return /^"|[\n\\]/.test(path) ? `"${path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"` : path;
}

/** Commit by branch. */
async function readCommits(
  git: Git,
  branches: readonly PlannedBranch[],
): Promise<ReadonlyMap<string, string>> {
  const listing = await git(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads']);
  const commits = new Map(
    listing
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [commit = '', ref = ''] = line.split(' ');
        return [ref.slice(refOf('').length), commit] as const;
      }),
  );
  const wanted = branches.map(({ branch }) => branch);
  if (commits.size !== wanted.length || !wanted.every((branch) => commits.has(branch)))
    throw broken(`git made ${[...commits.keys()].join(', ')} of ${wanted.join(', ')}`);
  return commits;
}

/** Lines added and removed, by commit, along the one line of history. */
async function readStats(git: Git, last: string): Promise<ReadonlyMap<string, readonly FileStat[]>> {
  const options = ['--numstat', '--no-renames', '--root', '--format=commit %H', '--no-ext-diff'];
  const stats = new Map<string, FileStat[]>();
  let files: FileStat[] = [];
  for (const line of (await git(['log', ...options, refOf(last)])).split('\n')) {
    const commit = /^commit ([0-9a-f]+)$/.exec(line)?.[1];
    const [, added, removed, path] = /^(\d+|-)\t(\d+|-)\t(.+)$/.exec(line) ?? [];
    if (commit !== undefined) {
      files = [];
      stats.set(commit, files);
    }
    if (path !== undefined) files.push({ path, added: Number(added) || 0, removed: Number(removed) || 0 });
  }
  return stats;
}

/** The tree that git has must be the one that was planned, file for file: no more, no less, no link. */
async function requireTree(git: Git, { branch, tree }: PlannedBranch): Promise<void> {
  const listing = await git(['ls-tree', '-r', '-z', '--full-tree', refOf(branch)]);
  const there = listing.split('\0').filter((line) => line !== '');
  const wanted = [...tree].map(([path, { mode, content }]) => `${mode} blob ${blobName(content)}\t${path}`);
  const extra = there.find((line) => !wanted.includes(line));
  const missing = wanted.find((line) => !there.includes(line));
  if (extra !== undefined) throw broken(`${branch} has ${extra}`);
  if (missing !== undefined) throw broken(`${branch} lacks ${missing}`);
}

function broken(message: string): CraftError {
  return new CraftError('INTERNAL', { message: `the branches are not what was planned: ${message}` });
}
