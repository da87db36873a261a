/**
 * `craft publish`: one branch per exercise on the course's remote, each the workspace with the solutions up to and
 * including it. The cheap refusals come first, then the proofs, then the pushes, one branch each. Whatever stops it
 * on the way, running it again goes on from there: proofs are kept, and a branch that is there is left.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import type { PublishJson } from '../../core/publication.ts';
import type { Exercise } from '../../core/types.ts';
import { findExercise } from '../../curriculum/index.ts';
import { checkCurriculum } from '../check.ts';
import { type Committed, commitBranches } from './commits.ts';
import { chooseRemote, courseFile, readCourse } from './course.ts';
import { type Git, makeStore, openGit, reasonOf, withoutSecrets } from './git.ts';
import { requireNoLeaks } from './leaks.ts';
import { isProved, type Prove, proofKey, proveAndKeep } from './proof.ts';
import { pushBranch, readRemote } from './remote.ts';
import { branchReport } from './report.ts';
import { inScratch } from './scratch.ts';
import { ownSource, requireClean, type Source } from './source.ts';
import { planBranches } from './tree.ts';

export interface PublishOptions {
  readonly cwd: string;
  /** The course file; `course.json` of the folder otherwise. */
  readonly course?: string;
  /** One of the remotes that the course file names; its first otherwise. */
  readonly remote?: string;
  /** The last exercise to publish; all otherwise. */
  readonly through?: string;
  /** Shows what would be published; proves and pushes nothing. */
  readonly dryRun?: boolean;
  /** Replaces branches that are not what would be published. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
  /** This clone, and its `craft check`, unless a test brings its own. */
  readonly source?: Source;
  readonly prove?: Prove;
}

/**
 * Publishes, or shows what would be published. Rejects with the first reason to refuse (BAD_MANIFEST, UNKNOWN_REMOTE,
 * DIRTY_SOURCE, STALE_BUILD, STARTER_SOLVED, WOULD_LEAK, REMOTE_UNREACHABLE, BRANCH_MOVED, UNPROVED), before which
 * nothing was pushed, or with PUBLISH_STOPPED, after which some branches were.
 */
export async function publishCourse(options: PublishOptions): Promise<PublishJson> {
  const { cwd, signal, dryRun = false } = options;
  const course = readCourse(resolve(cwd, options.course ?? courseFile));
  const remote = chooseRemote(course, options.remote, cwd);
  const source = options.source ?? ownSource();
  const exercises = upTo(source, options.through);
  options.onProgress?.('comparing the clone with its last commit');
  await requireClean(source, signal);
  return inScratch(async (folder) => {
    const planned = await planBranches(source.curriculum, source.library, exercises, join(folder, 'init'));
    requireNoLeaks(planned, source);
    const store = join(folder, 'git');
    mkdirSync(store);
    await makeStore(store, signal);
    const committed = await commitBranches(openGit(store, { signal }), planned);
    const target = { git: openGit(store, { remote: true, signal }), remote };
    const proofs = await proofFolder(source, signal);
    const unproved = exercises.filter((each) => !isProved(proofs, each, proofKey(each, source)));
    const there = dryRun
      ? await readRemote(target.git, remote)
      : await proveAndPush(committed, target, { unproved, proofs, source }, options);
    return {
      schema: 1,
      course: course.name,
      remote: withoutSecrets(remote),
      dryRun,
      branches: committed.map((each, i) =>
        branchReport(each, planned[i]?.exercise ?? null, { there, dryRun, unproved }),
      ),
      others: [...there.keys()].filter((name) => !planned.some(({ branch }) => branch === name)).sort(),
    };
  });
}

interface Target {
  readonly git: Git;
  readonly remote: string;
}

interface Proofs {
  readonly unproved: readonly Exercise[];
  readonly proofs: string;
  readonly source: Source;
}

/** Resolves with what the remote had before the pushes. */
async function proveAndPush(
  committed: readonly Committed[],
  target: Target,
  { unproved, proofs, source }: Proofs,
  options: PublishOptions,
): Promise<ReadonlyMap<string, string>> {
  const { signal, force = false, onProgress } = options;
  const { git, remote } = target;
  onProgress?.(`reading ${withoutSecrets(remote)}`);
  let there = await readRemote(git, remote);
  if (!force) requireUnmoved(committed, there, remote);
  if (unproved.length > 0) {
    await proveAll(unproved, proofs, source, options);
    // That may have taken long: nothing that was looked at before it is believed now.
    await requireClean(source, signal);
    there = await readRemote(git, remote);
    if (!force) requireUnmoved(committed, there, remote);
  }
  await pushAll(committed, there, target, onProgress);
  requireThere(committed, await readRemote(git, remote), remote);
  return there;
}

function upTo({ curriculum }: Source, through: string | undefined): readonly Exercise[] {
  const { exercises } = curriculum;
  if (through === undefined) return exercises;
  return exercises.slice(0, exercises.indexOf(findExercise(curriculum, through)) + 1);
}

function requireUnmoved(
  committed: readonly Committed[],
  there: ReadonlyMap<string, string>,
  remote: string,
): void {
  const moved = committed.filter(({ branch, commit }) => there.has(branch) && there.get(branch) !== commit);
  const [first, ...more] = moved.map(({ branch }) => branch);
  if (first === undefined) return;
  const branches = more.length === 0 ? first : `${first} and ${more.length} more`;
  throw new CraftError('BRANCH_MOVED', { branches, remote: withoutSecrets(remote) });
}

/** Beside the clone's own git data: never published, never packed, and gone with the clone. */
async function proofFolder(source: Source, signal: AbortSignal | undefined): Promise<string> {
  const common = await openGit(source.root, { signal })(['rev-parse', '--git-common-dir']);
  return join(resolve(source.root, common.trim()), 'craft', 'proofs');
}

async function proveAll(
  todo: readonly Exercise[],
  folder: string,
  source: Source,
  { prove, signal, onProgress }: PublishOptions,
): Promise<void> {
  const { curriculum, library } = source;
  for (const [i, exercise] of todo.entries()) {
    const what = `proving ${exercise.number} (${i + 1} of ${todo.length})`;
    onProgress?.(what);
    const check: Prove = ({ id }) =>
      checkCurriculum({
        exercises: [id],
        curriculum,
        library,
        ...(signal === undefined ? {} : { signal }),
        onEvent: (event) => {
          if (event.type === 'started') onProgress?.(`${what}: ${event.claim}`);
        },
      });
    await proveAndKeep(folder, exercise, source, prove ?? check);
  }
}

async function pushAll(
  committed: readonly Committed[],
  there: ReadonlyMap<string, string>,
  { git, remote }: Target,
  onProgress: PublishOptions['onProgress'],
): Promise<void> {
  const todo = committed.filter(({ branch, commit }) => there.get(branch) !== commit);
  for (const [done, { branch, commit }] of todo.entries()) {
    onProgress?.(`pushing ${branch} (${done + 1} of ${todo.length})`);
    try {
      await pushBranch(git, remote, { branch, commit, was: there.get(branch) });
    } catch (error) {
      if (error instanceof CraftError) throw error;
      const details = { done, count: todo.length, branch, why: reasonOf(error) };
      throw new CraftError('PUBLISH_STOPPED', details, { cause: error });
    }
  }
}

/** A remote that said yes must have what was pushed. */
function requireThere(
  committed: readonly Committed[],
  there: ReadonlyMap<string, string>,
  remote: string,
): void {
  const gone = committed.filter(({ branch, commit }) => there.get(branch) !== commit);
  const [first] = gone;
  if (first === undefined) return;
  const why = `${withoutSecrets(remote)} has it at ${there.get(first.branch) ?? 'no commit'} now`;
  const done = committed.length - gone.length;
  throw new CraftError('PUBLISH_STOPPED', { done, count: committed.length, branch: first.branch, why });
}
