/** Looks at the process that the student's monitor runs in: what would keep it alive? */
import { readdirSync, readlinkSync } from 'node:fs';

/** Timers, sockets and servers that are active, by kind; the channel to craft is not among them. */
export function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/^(Timeout|TCPSocketWrap|TCPServerWrap)$/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Names of open files below a folder; empty where the system does not show them. */
export function openFiles(folder: string): string[] {
  const links = (): string[] => {
    try {
      return readdirSync('/proc/self/fd');
    } catch {
      return []; // not Linux
    }
  };
  const target = (fd: string): string => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // closed since: the descriptor that listed them
    }
  };
  return links()
    .map(target)
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length + 1))
    .sort();
}
