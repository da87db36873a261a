/** Whether a process that left its name in a file still lives, although process ids are used again. */
import { readFileSync } from 'node:fs';
import { errno } from '../core/files.ts';

export interface ProcessName {
  readonly pid: number;
  /** Start time in clock ticks since boot, where /proc tells. */
  readonly started: string | null;
  /** The boot that those ticks count from. */
  readonly boot: string | null;
}

/** False also for a process of the same id that started later, and for one that is dead but not collected. */
export function isAlive({ pid, started, boot }: ProcessName): boolean {
  if (pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if (errno(error) !== 'EPERM') return false;
  }
  const now = readStat(pid);
  if (now === undefined) return true;
  if (now.state === 'Z' || now.state === 'X') return false;
  if (boot !== null && boot !== bootId()) return false;
  return started === null || started === now.started;
}

/** The start time of a process, or `null` where /proc does not tell. */
export function startedAt(pid: number): string | null {
  return readStat(pid)?.started ?? null;
}

/** An id of this boot of the machine, or `null` where /proc does not tell. */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

function readStat(pid: number): { readonly state: string; readonly started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold anything, brackets too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state === undefined || started === undefined ? undefined : { state, started };
  } catch {
    return undefined;
  }
}
