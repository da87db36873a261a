/**
 * What a student's workspace knows of published solutions: `.craft/published.json`. They are fetched into a
 * repository that exists only for that, read out, and kept as text. So git never runs on what somebody published,
 * what was fetched once is there without a network, and a fetch that is killed changes nothing.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../core/decode.ts';
import { writeAtomic } from '../../core/files.ts';
import { isText, like, listOf, mapOf, oneOf, type Shape } from '../../core/shape.ts';
import type { Curriculum, Exercise, Workspace } from '../../core/types.ts';
import { exerciseFolder } from '../../workspace/index.ts';
import { type Git, makeStore, openGit } from './git.ts';
import { branchOf, refOf, solutionRefs } from './names.ts';
import { readRemote } from './remote.ts';
import { inScratch } from './scratch.ts';

export interface PublishedSolution {
  readonly branch: string;
  readonly commit: string;
  /** Of the commit's message. */
  readonly notes: string;
  /** Paths are relative to the workspace. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

export interface Published {
  readonly schema: 1;
  readonly remote: string;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string;
  /** By the exercise's id. */
  readonly solutions: Readonly<Record<string, PublishedSolution>>;
}

const fileShape: Shape = {
  schema: oneOf(1),
  remote: isText,
  fetchedAt: isText,
  solutions: mapOf(
    like({
      branch: isText,
      commit: isText,
      notes: isText,
      files: listOf(like({ path: isText, text: isText })),
    }),
  ),
};

/** A solution is source text; what is larger is none. */
const mostBytes = 1024 * 1024;

/** What was fetched before; undefined when nothing was, or it cannot be read. */
export function readPublished(workspace: Workspace): Published | undefined {
  try {
    const decoded = decode<Published>(JSON.parse(readFileSync(publishedPath(workspace), 'utf8')), fileShape);
    return 'value' in decoded ? decoded.value : undefined;
  } catch {
    // Missing or damaged: it is fetched again.
    return undefined;
  }
}

/** Asks the remote, and keeps what it has. Throws REMOTE_UNREACHABLE, or what git says when the fetch fails. */
export async function fetchPublished(
  workspace: Workspace,
  curriculum: Curriculum,
  remote: string,
  { now = () => new Date(), signal }: { now?: () => Date; signal?: AbortSignal | undefined } = {},
): Promise<Published> {
  const before = readPublished(workspace);
  const solutions = await inScratch(async (folder) => {
    const store = join(folder, 'git');
    mkdirSync(store);
    await makeStore(store, signal);
    const far = openGit(store, { remote: true, signal, silentMs: 20_000 });
    const there = await readRemote(far, remote);
    const wanted = curriculum.exercises.filter((exercise) => there.has(branchOf(exercise)));
    const known = (exercise: Exercise): PublishedSolution | undefined => {
      const solution = before?.remote === remote ? before.solutions[exercise.id] : undefined;
      return solution?.commit === there.get(branchOf(exercise)) ? solution : undefined;
    };
    if (wanted.some((exercise) => known(exercise) === undefined)) await fetchAll(far, remote);
    const near = openGit(store, { signal });
    const entries: [string, PublishedSolution][] = [];
    for (const exercise of wanted) {
      entries.push([exercise.id, known(exercise) ?? (await readSolution(near, exercise))]);
    }
    return Object.fromEntries(entries);
  });
  const published: Published = { schema: 1, remote, fetchedAt: now().toISOString(), solutions };
  writeAtomic(publishedPath(workspace), `${JSON.stringify(published, null, 2)}\n`);
  return published;
}

async function fetchAll(git: Git, remote: string): Promise<void> {
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head'];
  await git(['fetch', ...options, '--', remote, `+${solutionRefs}:${solutionRefs}`]);
}

/** The exercise's files at the tip of its branch: regular ones, and not too large. */
async function readSolution(git: Git, exercise: Exercise): Promise<PublishedSolution> {
  const branch = branchOf(exercise);
  const commit = (await git(['rev-parse', '--verify', `${refOf(branch)}^{commit}`])).trim();
  const paths = exercise.files.map((name) => `${exerciseFolder(exercise)}/${name}`);
  const listing = await git(['ls-tree', '-r', '-l', '-z', '--full-tree', commit, '--', ...paths]);
  const files = [];
  for (const path of paths) {
    const line = listing.split('\0').find((entry) => entry.endsWith(`\t${path}`)) ?? '';
    const [, blob = '', bytes = ''] = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t/.exec(line) ?? [];
    if (blob === '' || Number(bytes) > mostBytes) continue;
    files.push({ path, text: await git(['cat-file', 'blob', blob]) });
  }
  const message = await git(['log', '-1', '--format=%b', commit]);
  return { branch, commit, notes: message.trim().slice(0, mostBytes), files };
}

function publishedPath(workspace: Workspace): string {
  return join(workspace.state, 'published.json');
}
