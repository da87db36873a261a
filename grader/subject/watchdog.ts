/** Looks at a subject's tree of processes from outside and says which limit it passed. */
import { limits } from '../core/limits.ts';
import { bornAt, type Census, census, freeze, type ProcessInfo, processTree, refresh, thaw } from './tree.ts';

/** The number of threads on the machine is read so often, the tree of processes at every fourth time. */
const intervalMs = 25;
const looksEvery = 4;
/** So many new threads between two looks may be a fork bomb: it is frozen while we look. */
const suspectThreads = 200;

export type Excess = 'MEMORY_LIMIT' | 'PROCESS_LIMIT';

export interface Watchdog {
  /** Every process seen below the subject so far: id -> start time. */
  readonly seen: ReadonlyMap<number, string>;
  /** When the leader of the group began; 0 when that is not known. */
  readonly born: number;
  stop(): void;
}

/** `above`: processes between craft and the student's Node. */
export function watchTree(groupPid: number, above: number, onExcess: (limit: Excess) => void): Watchdog {
  const seen = new Map<number, string>();
  let tree: readonly ProcessInfo[] = [];
  let known = census();
  let glances = 0;

  const look = (now: Census | undefined): void => {
    // To read every process of the machine is worth it only when one has been added since.
    const isSame = now !== undefined && now.newest === known?.newest && tree.length > 0;
    tree = isSame ? refresh(tree) : processTree(groupPid);
    known = now;
    for (const info of tree) seen.set(info.pid, info.startTime);
    const resident = tree.reduce((sum, info) => sum + info.residentBytes, 0);
    // The student's Node is the next after those above it.
    if (tree.length > limits.processes + above + 1) onExcess('PROCESS_LIMIT');
    else if (resident > limits.residentMb * 1_048_576) onExcess('MEMORY_LIMIT');
  };
  const glance = (): void => {
    const now = census();
    if (now !== undefined && known !== undefined && now.threads - known.threads > suspectThreads) {
      freeze(groupPid);
      look(now);
      // If it was somebody else, the subject goes on; if it was the subject, it has been ended.
      thaw(groupPid);
    } else if (glances++ % looksEvery === 0) look(now);
  };
  const timer = setInterval(glance, intervalMs);
  return { seen, born: bornAt(groupPid), stop: () => clearInterval(timer) };
}
