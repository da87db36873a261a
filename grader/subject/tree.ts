/**
 * The tree of processes below a subject: how much memory it uses, how much CPU time, and how to end all of it.
 *
 * Linux is read from /proc. Elsewhere `ps` gives memory and children, and CPU time comes from the subject itself.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly residentBytes: number;
  /** Distinguishes a process from a later one with the same id. */
  readonly startTime: string;
}

const linux = process.platform === 'linux';
const pageBytes = 4096;

/** Every process of this machine that we may see. */
function allProcesses(): ProcessInfo[] {
  return linux ? fromProc() : fromPs();
}

function fromProc(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const info = readStat(Number(entry));
    if (info !== undefined) found.push(info);
  }
  return found;
}

/** One line of at most a few hundred bytes, for each process of the machine, many times a second: no more copies. */
const line = Buffer.alloc(2_048);

function readFields(pid: number): string[] {
  const file = openSync(`/proc/${pid}/stat`, 'r');
  try {
    const stat = line.toString('latin1', 0, readSync(file, line, 0, line.length, null));
    // The name in parentheses may hold spaces and parentheses: fields are counted after the last one.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } finally {
    closeSync(file);
  }
}

function readStat(pid: number): ProcessInfo | undefined {
  try {
    const fields = readFields(pid);
    if (fields[0] === 'Z') return undefined;
    return {
      pid,
      parent: Number(fields[1]),
      group: Number(fields[2]),
      startTime: fields[19] ?? '',
      residentBytes: Number(fields[21]) * pageBytes,
    };
  } catch {
    return undefined;
  }
}

function fromPs(): ProcessInfo[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,rss=,lstart='], { encoding: 'utf8' });
  return text
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, group, rss, startTime]) => ({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      residentBytes: Number(rss) * 1024,
      startTime: startTime ?? '',
    }));
}

/** The process `root`, its descendants and the members of its process group. */
export function processTree(root: number, all: readonly ProcessInfo[] = allProcesses()): ProcessInfo[] {
  const children = new Map<number, ProcessInfo[]>();
  for (const info of all) {
    const siblings = children.get(info.parent);
    if (siblings === undefined) children.set(info.parent, [info]);
    else siblings.push(info);
  }
  const members = new Set<ProcessInfo>();
  const waiting = all.filter(({ pid, group }) => pid === root || group === root);
  for (let info = waiting.pop(); info !== undefined; info = waiting.pop()) {
    if (members.has(info)) continue;
    members.add(info);
    waiting.push(...(children.get(info.pid) ?? []));
  }
  return [...members];
}

/** The same processes as they are now, without those that are gone. Linux only. */
export function refresh(tree: readonly ProcessInfo[]): ProcessInfo[] {
  return tree.flatMap(({ pid, startTime }) => {
    const now = readStat(pid);
    return now?.startTime === startTime ? [now] : [];
  });
}

/** Two figures that cost one small file: how many threads the whole machine has, and the id of its newest process. */
export interface Census {
  readonly threads: number;
  readonly newest: string;
}

/** Undefined where the system does not keep them. */
export function census(): Census | undefined {
  if (!linux) return undefined;
  const [, , , entities = '', newest = ''] = readFileSync('/proc/loadavg', 'latin1').trim().split(' ');
  return { threads: Number(entities.split('/')[1]), newest };
}

/**
 * CPU time of one process in ms, the sum over its living threads; undefined where the system does not tell.
 * Taken from the scheduler's nanoseconds alone: the ticks of 10 ms that also know of ended threads are another clock,
 * and a difference between readings of two clocks is worth nothing.
 */
export function cpuMsOf(pid: number): number | undefined {
  if (!linux) return undefined;
  try {
    let nanoseconds = 0;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]);
    }
    return nanoseconds / 1e6;
  } catch {
    return undefined;
  }
}

/**
 * The id of a process whose id inside a jail is `inside`: only one that descends from the jail's leader counts.
 * 0, which no signal and no reading reaches, when there is none any more.
 */
export function pidOutside(leader: number, inside: number): number {
  const found = processTree(leader).find(({ pid }) => {
    try {
      const ids = /^NSpid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]?.split('\t');
      return ids !== undefined && ids.length > 1 && Number(ids.at(-1)) === inside;
    } catch {
      return false;
    }
  });
  return found?.pid ?? 0;
}

/** When a process began, in ticks since the system did; 0 when that is not known. */
export function bornAt(pid: number): number {
  if (!linux) return 0;
  try {
    return Number(readFields(pid)[19]) || 0;
  } catch {
    return 0;
  }
}

/** What tells a process of one subject from all others. */
export interface Family {
  /** Leader of its process group. */
  readonly root: number;
  /** When that leader began; 0 when it is not known. */
  readonly born: number;
  /** A string in the environment that descendants inherit. */
  readonly marker: string;
  /** The folder it was started in, which descendants inherit too. */
  readonly folder: string;
  /** Descendants seen while it ran: id -> start time. */
  readonly seen: ReadonlyMap<number, string>;
}

/** Who forks faster than we find it for so long has won. */
const killMs = 10_000;

/**
 * Ends a subject and all it started: its process group, its descendants, and those that init has adopted since,
 * which are known by having been seen, by their environment or by their working folder.
 */
export function killTree(family: Family): void {
  // To a signal, 0 is our own group, and everything descends from 1.
  if (family.root <= 1) return;
  const deadline = performance.now() + killMs;
  do {
    // Frozen, a fork bomb grows no further while it is counted, and everybody still has its parent: who loses that
    // cannot be found through it any more. A signal to the whole group cannot be outrun by a fork inside it.
    freeze(family.root);
    const all = allProcesses();
    const found = [...processTree(family.root, all), ...all.filter((info) => belongsTo(family, info))];
    if (found.length === 0) return;
    signal(-family.root, 'SIGKILL');
    for (const { pid } of found) signal(pid, 'SIGKILL');
  } while (performance.now() < deadline);
}

/** Stops a process group where it stands; `thaw` lets it go on. */
export function freeze(group: number): void {
  signal(-group, 'SIGSTOP');
}

export function thaw(group: number): void {
  signal(-group, 'SIGCONT');
}

function belongsTo(family: Family, { pid, group, startTime }: ProcessInfo): boolean {
  const { root, born, marker, folder, seen } = family;
  if (group === root || seen.get(pid) === startTime) return true;
  // Nobody is older than the process it descends from. Without this, two files of every process on the machine are read
  // again and again: with 100 of them that was half of the CPU time of a run of checks.
  if (!linux || Number(startTime) < born) return false;
  try {
    return (
      readFileSync(`/proc/${pid}/environ`, 'latin1').includes(marker) ||
      readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
    );
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Already gone.
  }
}
