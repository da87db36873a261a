/** What the process of the student's server holds: sockets, timers, memory, writes to the kernel, warnings. */
import { subscribe } from 'node:diagnostics_channel';
import { Session } from 'node:inspector/promises';
import type { Socket } from 'node:net';

/** What of network and timers keeps this process busy. The channel to the judge is none of these. */
export function leftovers(): { sockets: number; timers: number } {
  const active = process.getActiveResourcesInfo();
  const count = (name: string): number => active.filter((each) => each === name).length;
  return { sockets: count('TCPSocketWrap'), timers: count('Timeout') };
}

/** After a collection: MB that the process holds, and MB of that in heap and buffers. */
export async function memory(): Promise<{ rssMb: number; heldMb: number }> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssMb: rss / 1e6, heldMb: (heapUsed + external) / 1e6 };
}

/** Connections of any server here that are open. */
export const accepted = new Set<Socket>();
let known: WeakRef<Socket>[] = [];
/** Calls that hand bytes to the kernel, whatever the stream above them is told. */
let writes = 0;
const handleWrites = ['writev', 'writeBuffer', 'writeLatin1String', 'writeUtf8String', 'writeAsciiString'];

subscribe('net.server.socket', (message) => {
  const { socket } = message as { readonly socket: Socket };
  accepted.add(socket);
  known.push(new WeakRef(socket));
  socket.once('close', () => accepted.delete(socket));
  const handle = (socket as { _handle?: Record<string, (...args: unknown[]) => unknown> })._handle;
  if (handle === undefined) return;
  for (const name of handleWrites) {
    const original = handle[name];
    if (original === undefined) continue;
    handle[name] = (...args) => {
      writes++;
      return original.apply(handle, args);
    };
  }
});

/** Since the process began. */
export function writesSoFar(): number {
  return writes;
}

/** How many sockets have been accepted since the last call, and how many of these something still refers to. */
export async function remembered(): Promise<{ accepted: number; left: number }> {
  await memory();
  await new Promise((resolve) => setImmediate(resolve));
  await memory();
  const left = known.filter((each) => each.deref() !== undefined);
  const counts = { accepted: known.length, left: left.length };
  known = [];
  return counts;
}

/** Without a collection: MB that the process holds, and MB that its connections were given and have not sent. */
export function held(): { rssMb: number; unsentMb: number } {
  const unsent = [...accepted].reduce((sum, socket) => sum + socket.writableLength, 0);
  return { rssMb: process.memoryUsage().rss / 1e6, unsentMb: unsent / 1e6 };
}

const warnings: string[] = [];

/** Warnings of this process from the first call on, such as MaxListenersExceededWarning. */
export function watchWarnings(): string[] {
  if (process.listenerCount('warning', note) === 0) process.on('warning', note);
  return warnings;
}

function note(warning: Error): void {
  warnings.push(`${warning.name}: ${warning.message}`);
}
