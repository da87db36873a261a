/**
 * `--save name` keeps the program that was measured, so that `--vs name` can start it again beside a newer one.
 * `.craft/bench/saved/<name>/saved.json` says which folder beside it holds the program: saving again writes a new
 * folder and then that one file, so that a reader finds the old program or the new one, never half of either.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative, sep } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { CraftError } from '../core/errors.ts';
import { type FileContent, type FileOps, realOps, writeAtomic, writeFolderAtomic } from '../core/files.ts';
import { isCount, isRecord, isText, misfit, oneOf, type Shape } from '../core/shape.ts';
import type { Workspace } from '../core/types.ts';
import { decodeRun } from './decode.ts';
import { benchFolder, entries, sweep } from './folder.ts';
import type { BenchRun } from './types.ts';

/** A program that can be started again. */
export interface SavedProgram {
  readonly name: string;
  /** Absolute: the whole compiled program. */
  readonly folder: string;
  /** Absolute: the file to start, inside `folder`. */
  readonly entry: string;
  /** The bench that measured it then. */
  readonly run: BenchRun;
}

/** Words that `--vs` gives a meaning of its own. */
export const roles: readonly string[] = ['yardstick', 'previous', 'solution'];

const pointerShape: Shape = {
  schema: oneOf(1),
  name: isText,
  folder: (value) => isText(value) && /^\d+-[0-9a-f]{12}$/.test(value),
  entry: isText,
  run: (value) => isRecord(value) && isCount(value.number),
};

/** Refuses what is no plain name of a folder: `BAD_USAGE`. */
export function checkName(name: string): void {
  const wrong = !/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(name) || name.endsWith('.');
  if (!wrong && !roles.includes(name.toLowerCase())) return;
  const why = wrong
    ? 'use letters, digits, dots and dashes, and begin with a letter or a digit'
    : 'it means something else after --vs';
  throw new CraftError('BAD_USAGE', {
    message: `"${name}" cannot be a name: ${why}. Like this: npx craft bench --save before`,
  });
}

/** Keeps a copy of the compiled program in `buildFolder`; `entry` is the file in it that starts the server. */
export function saveProgram(
  workspace: Workspace,
  name: string,
  buildFolder: string,
  entry: string,
  run: BenchRun,
  ops: FileOps = realOps,
): SavedProgram {
  checkName(name);
  const inside = isAbsolute(entry) ? relative(buildFolder, entry) : entry;
  if (!isInside(inside))
    throw new CraftError('INTERNAL', { message: `${entry} is not in the folder that is saved` });
  const home = join(benchFolder(workspace), 'saved', name);
  const old = readPointer(home)?.folder;
  const folder = `${process.pid}-${randomBytes(6).toString('hex')}`;
  writeFolderAtomic(join(home, folder), filesOf(buildFolder), ops);
  const pointer = { schema: 1, name, folder, entry: inside.split(sep).join('/'), run };
  writeAtomic(join(home, 'saved.json'), `${JSON.stringify(pointer)}\n`, { ops });
  if (old !== undefined) ops.remove(join(home, old));
  sweep(home, ops, (other) => (other === folder ? undefined : writerOf(other)));
  return { name, folder: join(home, folder), entry: join(home, folder, inside), run };
}

/** The program of that name; `NO_SAVED` suggests the nearest. */
export function loadSaved(workspace: Workspace, name: string): SavedProgram {
  const home = join(benchFolder(workspace), 'saved', name);
  const pointer = /^[\w.-]+$/.test(name) && !name.startsWith('.') ? readPointer(home) : undefined;
  if (pointer === undefined) {
    throw new CraftError('NO_SAVED', { name, saved: whatIsSaved(savedNames(workspace), name) });
  }
  const folder = join(home, pointer.folder);
  return { name, folder, entry: join(folder, pointer.entry), run: pointer.run };
}

/** Sorted. */
export function savedNames(workspace: Workspace): string[] {
  const home = join(benchFolder(workspace), 'saved');
  return entries(home)
    .filter((entry) => entry.isDirectory() && readPointer(join(home, entry.name)) !== undefined)
    .map(({ name }) => name)
    .sort();
}

function whatIsSaved(names: readonly string[], name: string): string {
  if (names.length === 0) return 'Save one with: npx craft bench --save before';
  const nearest = closest(name, names);
  const near = distance(name, nearest) <= Math.max(2, Math.floor(nearest.length / 3));
  return `${near ? `Did you mean "${nearest}"? ` : ''}Saved: ${names.join(', ')}.`;
}

/** What `saved.json` says, if the program that it names is there. */
function readPointer(home: string): { folder: string; entry: string; run: BenchRun } | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(home, 'saved.json'), 'utf8'));
    if (misfit(value, pointerShape) !== undefined) return undefined;
    const { folder, entry, run } = value as { folder: string; entry: string; run: BenchRun };
    const decoded = decodeRun(run, run.number);
    if (!('value' in decoded) || !isInside(entry) || !existsSync(join(home, folder, entry))) return undefined;
    return { folder, entry, run: decoded.value };
  } catch {
    return undefined;
  }
}

/** Regular files only: a link could lead anywhere by the time it is started. */
function filesOf(folder: string): FileContent[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(folder, file), content: readFileSync(file) }));
}

function isInside(path: string): boolean {
  return path !== '' && !isAbsolute(path) && !path.split(/[\\/]/).includes('..');
}

/** `1234-0123456789ab` was written by process 1234. */
function writerOf(folder: string): number | undefined {
  const pid = /^(\d+)-[0-9a-f]{12}$/.exec(folder)?.[1];
  return pid === undefined ? undefined : Number(pid);
}
