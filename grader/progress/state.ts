/** `.craft/progress.json`: read with every doubt, set aside when broken, written whole. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CraftError } from '../core/errors.ts';
import { asWriteError, errno, type FileOps, writeAtomic, writing } from '../core/files.ts';
import { craftVersion } from '../core/paths.ts';
import type { Notice, Progress, Workspace } from '../core/types.ts';
import { listAttempts } from './attempts.ts';
import { decodeProgress } from './decode.ts';
import { emptyProgress, provenOnly, rebuild } from './marks.ts';

/** What the file said, made fit to use. */
export interface Loaded {
  readonly progress: Progress;
  readonly notices: readonly Notice[];
  /** Why the file cannot be used; it must be set aside before anything is written. */
  readonly broken?: string;
}

export function progressPath(workspace: Workspace): string {
  return join(workspace.state, 'progress.json');
}

/** Reads without changing anything. `PROGRESS_NEWER` for a file that a newer craft wrote. */
export function loadProgress(workspace: Workspace): Loaded {
  const path = progressPath(workspace);
  const text = readText(path);
  if (text === undefined) return loadMissing(workspace);
  const decoded = decodeProgress(parse(text));
  if ('newerCraft' in decoded) throw new CraftError('PROGRESS_NEWER', { path, craft: decoded.newerCraft });
  if ('value' in decoded) return provenOnly(workspace, decoded.value);
  return { progress: rebuild(workspace, craftVersion), notices: [], broken: decoded.wrong };
}

/** Moves a broken file to a name of its own, which nothing overwrites. Call it under the progress lock. */
export function setAsideProgress(workspace: Workspace, stamp: string, ops: FileOps): string {
  const path = progressPath(workspace);
  let target = join(workspace.state, `progress.broken-${stamp}.json`);
  for (let i = 2; existsSync(target); i++)
    target = join(workspace.state, `progress.broken-${stamp}-${i}.json`);
  writing(target, () => ops.rename(path, target));
  return target;
}

/** Replaces the file. Call it under the progress lock. */
export function saveProgress(workspace: Workspace, progress: Progress, ops: FileOps): void {
  writeAtomic(progressPath(workspace), serialize({ ...progress, craft: craftVersion }), { ops });
}

/** The text of the file, or `undefined` when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return undefined;
    // A folder in the file's place is as broken as a file of garbage.
    if (errno(error) === 'EISDIR') return '';
    throw asWriteError(error, path);
  }
}

export function serialize(progress: Progress): string {
  return `${JSON.stringify(progress, null, 2)}\n`;
}

function loadMissing(workspace: Workspace): Loaded {
  if (listAttempts(workspace).length === 0) return { progress: emptyProgress(craftVersion), notices: [] };
  const text = 'progress.json was missing: what you passed was read again from .craft/attempts.';
  return { progress: rebuild(workspace, craftVersion), notices: [{ code: 'PROGRESS_REBUILT', text }] };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
