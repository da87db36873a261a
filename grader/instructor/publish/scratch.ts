/** A folder for the time of one run; those that killed runs left behind go with the next. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errno } from '../../core/files.ts';

const prefix = 'craft-published-';

export async function inScratch<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const parent = tmpdir();
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && isGone(Number(pid))) remove(join(parent, name));
  }
  const folder = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
  try {
    return await body(folder);
  } finally {
    remove(folder);
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another user's, or a git that is ending still writes: the next run finds it.
  }
}

function isGone(pid: number): boolean {
  try {
    return !process.kill(pid, 0);
  } catch (error) {
    return errno(error) === 'ESRCH';
  }
}
