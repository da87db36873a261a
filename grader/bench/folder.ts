/** `.craft/bench/`: which runs there are, how one is read, and what killed processes left behind. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Decoded } from '../core/decode.ts';
import { errno, type FileOps, temporarySuffix } from '../core/files.ts';
import type { Workspace } from '../core/types.ts';
import { decodeRun } from './decode.ts';
import type { BenchRun } from './types.ts';

/** No number beyond it: a file that says so was not written by craft. */
export const highestNumber = 99_999_999;

export function benchFolder(workspace: Workspace): string {
  return join(workspace.state, 'bench');
}

export function runPath(workspace: Workspace, number: number): string {
  return join(benchFolder(workspace), `${number}.json`);
}

/** The numbers of all files that are named like a run, oldest first. */
export function listNumbers(workspace: Workspace): number[] {
  return entries(benchFolder(workspace))
    .filter((entry) => entry.isFile() && /^[1-9]\d{0,7}\.json$/.test(entry.name))
    .map((entry) => Number.parseInt(entry.name, 10))
    .sort((a, b) => a - b);
}

/**
 * One run; `missing` when there is no such file, or an empty one: a disk without links shows that for a moment
 * before the run appears.
 */
export function readRun(workspace: Workspace, number: number): Decoded<BenchRun> | 'missing' {
  let text: string;
  try {
    text = readFileSync(runPath(workspace, number), 'utf8');
  } catch (error) {
    return errno(error) === 'ENOENT' ? 'missing' : { wrong: errno(error) };
  }
  if (text === '') return 'missing';
  try {
    return decodeRun(JSON.parse(text), number);
  } catch {
    return { wrong: 'not JSON' };
  }
}

/** Exercises of the student's server in this run. */
export function exercisesOf(run: BenchRun): ReadonlySet<string> {
  return new Set(
    run.measurements.flatMap(({ target }) =>
      target.kind === 'exercise' && target.exercise !== undefined ? [target.exercise] : [],
    ),
  );
}

/** A write takes milliseconds: what is this old and has no living writer was left by a killed one. */
const leftoverMs = 60_000;
/** By then a living process of that number is another one. */
const surelyLeftoverMs = 3_600_000;

/** Removes temporary files and folders of processes that were killed; `also` names others by their writer. */
export function sweep(
  folder: string,
  ops: FileOps,
  also: (name: string) => number | undefined = () => undefined,
): void {
  for (const { name } of entries(folder)) {
    const temporary = name.endsWith(temporarySuffix) ? /^\.(\d+)-/.exec(name)?.[1] : undefined;
    const writer = temporary === undefined ? also(name) : Number(temporary);
    if (writer === undefined) continue;
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (Date.now() - found.mtimeMs > (isAlive(writer) ? surelyLeftoverMs : leftoverMs)) ops.remove(path);
  }
}

export function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errno(error))) return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errno(error) !== 'ESRCH';
  }
}
