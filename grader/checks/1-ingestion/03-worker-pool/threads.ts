/** Watches the threads that the pool starts, from outside of it: Node announces every one. */
import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';

const living = new Set<Worker>();
let created = 0;
let most = 0;
let isEnding = false;

subscribe('worker_threads', (message) => {
  const { worker } = message as { readonly worker: Worker };
  created++;
  living.add(worker);
  most = Math.max(most, living.size);
  // Heard before the pool's own listener, which may start the next thread.
  worker.on('exit', () => living.delete(worker));
  if (isEnding) void worker.terminate();
});

/** Threads since the last `forgetThreads`. */
export interface ThreadCounts {
  readonly created: number;
  readonly alive: number;
  /** The most that lived at a time. */
  readonly most: number;
  /** The most listeners that one living thread has for one event, without the one of this file. */
  readonly listeners: number;
}

export function countThreads(): ThreadCounts {
  const counts = [...living].flatMap((worker) =>
    ['message', 'messageerror', 'error', 'exit', 'online'].map(
      (event) => worker.listenerCount(event) - (event === 'exit' ? 1 : 0),
    ),
  );
  return { created, alive: living.size, most, listeners: Math.max(0, ...counts) };
}

/** Timers of this process that have not fired. */
export function countTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

/** Ends whatever still lives, and what is started meanwhile; begins to count anew. */
export async function endThreads(): Promise<void> {
  isEnding = true;
  const end = Date.now() + 1_000;
  for (let round = 0; living.size > 0 && round < 50 && Date.now() < end; round++)
    await Promise.all([...living].map((worker) => worker.terminate()));
  isEnding = false;
  created = living.size;
  most = living.size;
}
