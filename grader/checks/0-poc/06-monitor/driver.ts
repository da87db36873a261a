/** Looks at the process that the student's monitor runs in: what would keep it alive? */
import { readdirSync, readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Timers, sockets and servers that are active, by kind; the channel to craft is not among them. */
export function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (/^(Timeout|TCPSocketWrap|TCPServerWrap)$/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Files that nobody closed, and that Node.js closed when it collected the garbage. It says so by a warning. */
let collected = 0;
process.on('warning', ({ message }) => {
  if (/Closing file descriptor/.test(message)) collected++;
});

/** Names of open files below a folder, and how many were never closed but collected since this process began. */
export async function files(folder: string): Promise<{ open: string[]; collected: number }> {
  const open = openFiles(folder);
  // The warning comes a turn after the descriptor is gone: wait for it, or a file could be in neither count.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return { open, collected };
}

/** Empty where the system does not show them. */
function openFiles(folder: string): string[] {
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

/** The first write of a buffer with this word in it fails, as on a full disk; later ones do not. */
export async function refuseFirstWriteOf(word: string): Promise<void> {
  const handle = await open(process.execPath, 'r');
  const prototype: { writev: typeof handle.writev } = Object.getPrototypeOf(handle);
  await handle.close();
  const writev = prototype.writev;
  prototype.writev = function (buffers, ...rest) {
    if (
      !buffers.some((buffer) =>
        Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).includes(word),
      )
    )
      return Reflect.apply(writev, this, [buffers, ...rest]);
    prototype.writev = writev;
    return Promise.reject(
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    );
  };
}
