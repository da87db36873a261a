/** Looks at a subject's tree of processes from outside, ten times a second, and says which limit it passed. */
import { limits } from '../core/limits.ts';
import { bornAt, processTree } from './tree.ts';

const intervalMs = 100;

export type Excess = 'MEMORY_LIMIT' | 'PROCESS_LIMIT';

export interface Watchdog {
  /** Every process seen below the subject so far: id -> start time. */
  readonly seen: ReadonlyMap<number, string>;
  /** When the leader of the group began; 0 when that is not known. */
  readonly born: number;
  stop(): void;
}

export function watchTree(groupPid: number, onExcess: (limit: Excess) => void): Watchdog {
  const seen = new Map<number, string>();
  const look = (): void => {
    const tree = processTree(groupPid);
    for (const info of tree) seen.set(info.pid, info.startTime);
    const resident = tree.reduce((sum, info) => sum + info.residentBytes, 0);
    // The shell and the student's Node are the first two.
    if (tree.length > limits.processes + 2) onExcess('PROCESS_LIMIT');
    else if (resident > limits.residentMb * 1_048_576) onExcess('MEMORY_LIMIT');
  };
  const timer = setInterval(look, intervalMs);
  return { seen, born: bornAt(groupPid), stop: () => clearInterval(timer) };
}
