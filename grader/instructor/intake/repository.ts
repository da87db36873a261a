/**
 * A submission that is a commit in a repository: one commit is fetched into a bare store of our own, its tree is looked
 * at, and then the few files that are taken are read as objects. Nothing is ever checked out.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { fetchCommit, why } from './fetch.ts';
import { type Git, type GitEnd, READ_SECONDS } from './git.ts';
import { inBytes, Refusal, shown } from './refusal.ts';
import { checkAmount, type Entry, type Survey, type Wanted } from './rules.ts';
import type { Content, Source } from './source.ts';
import type { IntakeLimits, Repository } from './types.ts';

/** The name of a blob. */
type Blob = string;

/** What git says of an object before its bytes. */
const LONGEST_LINE = 200;

export interface FetchedSource extends Source<Blob> {
  readonly commit: string;
}

/** Fetches the commit into a new folder whose name begins with `near`; `close` removes it. */
export async function openRepository(
  repository: Repository,
  near: string,
  limits: IntakeLimits,
  signal?: AbortSignal,
): Promise<FetchedSource> {
  const home = await mkdtemp(near);
  const close = (): Promise<void> => rm(home, { recursive: true, force: true });
  try {
    const { git, commit } = await fetchCommit(repository, home, limits, signal);
    return {
      commit,
      survey: (survey) => surveyTree(git, commit, survey, limits, signal),
      contents: (wanted) => readBlobs(git, wanted, limits, signal),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Names and kinds only: a length would have to be asked of every object there is. */
async function surveyTree(
  git: Git,
  commit: string,
  survey: Survey<Blob>,
  limits: IntakeLimits,
  signal: AbortSignal | undefined,
): Promise<void> {
  let rest = Buffer.alloc(0);
  const end = await git.run(['ls-tree', '-r', '-t', '-z', '--full-tree', commit], {
    seconds: READ_SECONDS,
    signal,
    onOutput: (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      if (rest.length > limits.fileBytes) throw new Refusal('its names are too long');
      let start = 0;
      for (let nul = rest.indexOf(0); nul >= 0; nul = rest.indexOf(0, start)) {
        survey.add(entryOf(rest.toString('utf8', start, nul)));
        start = nul + 1;
      }
      rest = rest.subarray(start);
    },
  });
  if (end.code !== 0) throw new Refusal(`git cannot read its tree (${why(end)})`);
}

const kinds = new Map<string, Entry<Blob>['kind']>([
  ['100644', 'file'],
  ['100755', 'file'],
  ['100664', 'file'],
  ['040000', 'folder'],
  ['120000', 'link'],
  ['160000', 'submodule'],
]);

/** `<mode> <type> <object>\t<path>` */
function entryOf(line: string): Entry<Blob> {
  const tab = line.indexOf('\t');
  const [mode = '', , key = ''] = line.slice(0, tab).split(' ');
  return { path: line.slice(tab + 1), kind: kinds.get(mode) ?? 'device', size: 0, key };
}

async function* readBlobs(
  git: Git,
  chosen: readonly Wanted<Blob>[],
  limits: IntakeLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<Content> {
  const wanted = await withSizes(git, chosen, limits, signal);
  checkAmount(wanted, limits);
  const most = limits.totalBytes + wanted.length * LONGEST_LINE;
  const { output, end } = await catFile(git, '--batch', wanted, most, signal);
  let at = 0;
  for (const each of wanted) {
    // `<object> blob <length>\n<bytes>\n`
    const line = output.toString('latin1', at, Math.max(at, output.indexOf(10, at)));
    if (end.code !== 0 || line !== `${each.key} blob ${each.size}`) throw unreadable(each, line, end);
    at += line.length + 1;
    yield { wanted: each, bytes: output.subarray(at, at + each.size) };
    at += each.size + 1;
  }
}

/** Also finds those that were too long to be fetched. */
async function withSizes(
  git: Git,
  chosen: readonly Wanted<Blob>[],
  limits: IntakeLimits,
  signal: AbortSignal | undefined,
): Promise<Wanted<Blob>[]> {
  const most = chosen.length * LONGEST_LINE;
  const { output, end } = await catFile(git, '--batch-check', chosen, most, signal);
  const lines = output.toString('latin1').split('\n');
  return chosen.map((each, index) => {
    const line = lines[index] ?? '';
    if (line === `${each.key} missing`) {
      throw new Refusal(`${shown(each.from)} is larger than ${inBytes(limits.fileBytes)}, or was not sent`);
    }
    const [key, type, size = ''] = line.split(' ');
    if (end.code !== 0 || key !== each.key || type !== 'blob') throw unreadable(each, line, end);
    return { ...each, size: Number.parseInt(size, 10) };
  });
}

/** One git for all of them, which answers in the order in which it is asked. */
async function catFile(
  git: Git,
  mode: '--batch' | '--batch-check',
  wanted: readonly Wanted<Blob>[],
  most: number,
  signal: AbortSignal | undefined,
): Promise<{ output: Buffer; end: GitEnd }> {
  const chunks: Buffer[] = [];
  let length = 0;
  const end = await git.run(['cat-file', mode], {
    seconds: READ_SECONDS,
    signal,
    input: wanted.map(({ key }) => `${key}\n`).join(''),
    onOutput: (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > most) throw new Refusal('its objects are longer than git says');
    },
  });
  return { output: Buffer.concat(chunks), end };
}

function unreadable({ from }: Wanted<Blob>, line: string, end: GitEnd): Refusal {
  return new Refusal(`git cannot read ${shown(from)} (${line === '' ? why(end) : line})`);
}
