/** Takes a submission in: opens it, applies the rules, copies what is the student's into a folder of ours. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { asWriteError, temporaryPath } from '../../core/files.ts';
import type { GradedSubmission } from '../../core/grading.ts';
import { openFolder } from './folder.ts';
import { readFileOnce } from './open.ts';
import { Changed, printable, Refusal } from './refusal.ts';
import { type FetchedSource, openRepository } from './repository.ts';
import { checkContent, Survey } from './rules.ts';
import type { Source } from './source.ts';
import { openTar } from './tar.ts';
import { type Candidate, type Intake, type IntakeLimits, intakeLimits } from './types.ts';
import { openZip } from './zip.ts';

/** How often a submission is read that changes meanwhile. */
const TRIES = 3;

export interface TakeInOptions {
  readonly signal?: AbortSignal;
}

/**
 * Copies a candidate's files into `folder`, which is made, or replaced whole when it is there. A submission that breaks
 * a rule is `rejected` and leaves no folder. Throws what is the grader's own failure: a full disk (DISK_FULL), a folder
 * that cannot be written (NOT_WRITABLE), no git (GRADE_NEEDS_GIT), or what the system said.
 */
export async function takeIn(
  candidate: Candidate,
  folder: string,
  limits: IntakeLimits = intakeLimits,
  { signal }: TakeInOptions = {},
): Promise<Intake> {
  const { submission } = candidate;
  const rejected = (reason: string): Intake => ({ outcome: 'rejected', submission, reason });
  const root = resolve(folder);
  for (let attempt = 1; ; attempt++) {
    if (isOver(signal)) throw new CraftError('INTERRUPTED');
    try {
      if (candidate.kind === 'refused') return rejected(printable(candidate.reason, 400));
      return { outcome: 'taken', submission: await copy(candidate, root, limits, signal), root };
    } catch (error) {
      if (isOver(signal)) throw new CraftError('INTERRUPTED', {}, { cause: error });
      if (error instanceof Changed && attempt < TRIES) continue;
      await discard(root);
      if (error instanceof Refusal) return rejected(error.reason);
      throw asWriteError(error, root);
    }
  }
}

/** Also after a wait: the type of `aborted` would say that it cannot have changed. */
function isOver(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

type Whole = Exclude<Candidate, { kind: 'refused' }>;

async function copy(
  candidate: Whole,
  root: string,
  limits: IntakeLimits,
  signal: AbortSignal | undefined,
): Promise<GradedSubmission> {
  await mkdir(dirname(root), { recursive: true });
  const temporary = temporaryPath(dirname(root));
  const source = await open(candidate, temporary, limits, signal);
  try {
    const files = await chosen(source, limits);
    await writeTree(temporary, files);
    await rm(root, { recursive: true, force: true });
    await rename(temporary, root);
    const commit = 'commit' in source ? { commit: source.commit } : {};
    return { ...candidate.submission, ...commit, tree: treeOf(files) };
  } finally {
    await source.close();
    await discard(temporary);
  }
}

/** After a failure, which is the one to report. */
async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => {});
}

async function open(
  candidate: Whole,
  near: string,
  limits: IntakeLimits,
  signal: AbortSignal | undefined,
): Promise<Source<unknown> | FetchedSource> {
  if (candidate.kind === 'git') return openRepository(candidate.repository, near, limits, signal);
  if (candidate.kind === 'folder') return openFolder(candidate.path, limits);
  const bytes = await readFileOnce(candidate.path, basename(candidate.path), limits.archiveBytes);
  return candidate.kind === 'zip' ? openZip(bytes, limits) : openTar(bytes, limits);
}

/** Path -> bytes, sorted by path. */
async function chosen<Key>(source: Source<Key>, limits: IntakeLimits): Promise<Map<string, Uint8Array>> {
  const survey = new Survey<Key>(limits);
  await source.survey(survey);
  const wanted = survey.finish();
  const files = new Map<string, Uint8Array>();
  for await (const { wanted: each, bytes } of source.contents(wanted)) {
    checkContent(each.from, bytes);
    files.set(each.path, bytes);
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function writeTree(root: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const folders = new Set([root]);
  for (const path of files.keys()) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
      folders.add(join(root, path.slice(0, at)));
  }
  // Modes are said twice, since the first time the umask takes away from them.
  for (const folder of folders) {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
  }
  for (const [path, bytes] of files) {
    await writeFile(join(root, path), bytes, { flag: 'wx' });
    await chmod(join(root, path), 0o644);
  }
}

/** sha256 over path, NUL, length, NUL, bytes of each file: with the length, no two sets of files give the same text. */
function treeOf(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of files) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}
