/**
 * `.craft/attempts/<n>/`: `verdict.json`, `log.txt` (what the student's code printed) and `files/` (the
 * student's files as they were judged). A folder is renamed into place when it is complete.
 */
import { type Dirent, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import {
  errno,
  type FileContent,
  type FileOps,
  realOps,
  temporarySuffix,
  writeFolderAtomic,
  writing,
} from '../core/files.ts';
import type { Attempt, Workspace } from '../core/types.ts';
import { decodeAttempt } from './decode.ts';

/** An attempt before it has its number. */
export type AttemptDraft = Omit<Attempt, 'number' | 'schema'>;

/** What is kept beside the verdict. */
export interface AttemptContent {
  /** Paths relative to the workspace. */
  readonly files: readonly FileContent[];
  readonly log: string;
}

/** The numbers of all attempts, oldest first. */
export function listAttempts(workspace: Workspace): number[] {
  return entries(workspace)
    .filter((entry) => entry.isDirectory() && /^[1-9]\d{0,8}$/.test(entry.name))
    .map((entry) => Number(entry.name))
    .sort((a, b) => a - b);
}

/** One attempt, or `undefined` when it is missing, broken, or not the one its folder says. */
export function readAttempt(workspace: Workspace, number: number): Attempt | undefined {
  try {
    const text = readFileSync(join(attemptFolder(workspace, number), 'verdict.json'), 'utf8');
    const attempt = decodeAttempt(JSON.parse(text));
    return attempt?.number === number ? attempt : undefined;
  } catch {
    return undefined;
  }
}

/** One attempt; `NO_ATTEMPT` names the newest when it is not there. */
export function requireAttempt(workspace: Workspace, number: number): Attempt {
  const attempt = readAttempt(workspace, number);
  if (attempt !== undefined) return attempt;
  throw new CraftError('NO_ATTEMPT', { number, newest: listAttempts(workspace).at(-1) ?? 'none' });
}

/** The newest attempt that can be read, of any exercise or of one. */
export function newestAttempt(workspace: Workspace, exercise?: string): Attempt | undefined {
  return findNewest(workspace, (attempt) => exercise === undefined || attempt.exercise === exercise);
}

/** The newest attempt that passed this exercise: `craft diff` compares with its files. */
export function newestPassed(workspace: Workspace, exercise: string): Attempt | undefined {
  return findNewest(workspace, (attempt) => isPassOf(attempt, exercise));
}

/** True for a complete run that passed: behaviour or gate alone is not a pass. */
export function isPassOf(attempt: Attempt, exercise: string): boolean {
  return attempt.exercise === exercise && attempt.verdict.outcome === 'passed' && attempt.only === undefined;
}

export function attemptFolder(workspace: Workspace, number: number): string {
  return join(workspace.state, 'attempts', String(number));
}

/** The student's files as an attempt judged them, laid out as in the workspace. */
export function attemptFiles(workspace: Workspace, number: number): string {
  return join(attemptFolder(workspace, number), 'files');
}

/** Writes an attempt under the first free number from `from` on. Call it under the progress lock. */
export function writeAttempt(
  workspace: Workspace,
  draft: AttemptDraft,
  content: AttemptContent,
  from: number,
  ops: FileOps = realOps,
): Attempt {
  const parent = join(workspace.state, 'attempts');
  if (!existsSync(parent)) writing(parent, () => ops.makeFolder(parent));
  for (let number = Math.max(from, (listAttempts(workspace).at(-1) ?? 0) + 1); ; number++) {
    const attempt: Attempt = { schema: 1, number, ...draft };
    const files = [
      { path: 'verdict.json', content: `${JSON.stringify(attempt, null, 2)}\n` },
      { path: 'log.txt', content: content.log },
      ...content.files.map((file) => ({ ...file, path: `files/${insidePath(file.path)}` })),
    ];
    if (!existsSync(attemptFolder(workspace, number))) {
      writeFolderAtomic(attemptFolder(workspace, number), files, ops);
      return attempt;
    }
  }
}

/** Removes half-written attempts of processes that were killed. Call it under the progress lock. */
export function sweepAttempts(workspace: Workspace, ops: FileOps = realOps): void {
  for (const { name } of entries(workspace)) {
    if (name.endsWith(temporarySuffix)) ops.remove(join(workspace.state, 'attempts', name));
  }
}

/** Moves attempts that no craft recorded out of the way; nothing is deleted. Says where they are. */
export function setAsideAttempts(
  workspace: Workspace,
  numbers: readonly number[],
  stamp: string,
  ops: FileOps = realOps,
): string {
  const target = join(workspace.state, 'set-aside', stamp);
  writing(target, () => {
    ops.makeFolder(target);
    for (const number of numbers) {
      ops.rename(attemptFolder(workspace, number), join(target, `attempt-${number}`));
    }
  });
  return target;
}

function findNewest(workspace: Workspace, wanted: (attempt: Attempt) => boolean): Attempt | undefined {
  for (const number of listAttempts(workspace).reverse()) {
    const attempt = readAttempt(workspace, number);
    if (attempt !== undefined && wanted(attempt)) return attempt;
  }
  return undefined;
}

function entries(workspace: Workspace): Dirent[] {
  try {
    return readdirSync(join(workspace.state, 'attempts'), { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errno(error))) return [];
    throw error;
  }
}

function insidePath(path: string): string {
  const parts = path.split('/');
  if (path.startsWith('/') || parts.some((part) => part === '..' || part === '.' || part === '')) {
    throw new CraftError('INTERNAL', { message: `${path} is not a path inside the workspace` });
  }
  return path;
}
