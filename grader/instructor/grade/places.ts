/** Where a run reads and writes. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { writing } from '../../core/files.ts';

const workPrefix = 'craft-grade-';
const otherRoots = ['/tmp', '/var/tmp'];

/** Refuses what cannot be graded, and results that would be taken for submissions. */
export function checkPlaces(input: string, out: string): void {
  if (!existsSync(input)) {
    const message = `${input} is not there: name a folder of submissions or a roster (.csv).`;
    throw new CraftError('BAD_USAGE', { message });
  }
  if (existsSync(out) && !statSync(out).isDirectory()) {
    throw new CraftError('BAD_USAGE', { message: `--out ${out} is a file: name a folder.` });
  }
  const [from, to] = [realpathSync(input), realOf(out)];
  if (from === to || from.startsWith(`${to}${sep}`)) {
    const message = `--out ${out} would write beside the submissions: name another folder.`;
    throw new CraftError('BAD_USAGE', { message });
  }
}

/** Also of what is not there yet. */
function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realOf(dirname(path)), basename(path));
}

/** A folder for copies and builds. One that a killed run has left is removed first. */
export function makeWork(left: string | undefined): string {
  if (left !== undefined) removeWork(left);
  const folder = join(workRoot(), workPrefix);
  return writing(folder, () => {
    const work = mkdtempSync(folder);
    // A jail may belong to another user: it comes through, but cannot look round.
    chmodSync(work, 0o711);
    for (const name of ['submissions', 'checks']) {
      mkdirSync(join(work, name));
      chmodSync(join(work, name), 0o755);
    }
    return work;
  });
}

/**
 * For root, submissions run as users of their own, who must come through to their folders: a folder for temporary files
 * that is root's alone (pam_tmpdir makes such) is passed over.
 */
function workRoot(): string {
  const own = realpathSync(tmpdir());
  if (process.getuid?.() !== 0 || isOpen(own)) return own;
  return otherRoots.find((folder) => existsSync(folder) && isOpen(folder)) ?? own;
}

function isOpen(path: string): boolean {
  return (statSync(path).mode & 0o001) !== 0 && (dirname(path) === path || isOpen(dirname(path)));
}

/** Only a folder of ours: the name comes from a file. */
export function removeWork(folder: string): void {
  const roots = [realpathSync(tmpdir()), ...otherRoots];
  const mine = roots.includes(dirname(folder)) && basename(folder).startsWith(workPrefix);
  if (mine) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
