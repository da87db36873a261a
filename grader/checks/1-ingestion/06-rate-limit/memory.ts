/** What the student's window costs in bytes, measured inside its process. */
import { Session } from 'node:inspector/promises';
import { SetClock, SlidingWindow, sweeps, type Window } from './world.ts';

let inspector: Session | undefined;

/** Bytes in use inside and outside of V8's heap, after everything that can go has gone. */
async function bytesInUse(): Promise<number> {
  if (inspector === undefined) {
    inspector = new Session();
    inspector.connect();
  }
  // Twice: buffers outside of the heap go when the objects that held them have gone.
  for (let i = 0; i < 2; i++) await inspector.post('HeapProfiler.collectGarbage');
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes that a client costs who was let through once, by a limit of `limit`. */
export async function bytesPerClient(clients: number, limit: number): Promise<number> {
  const clock = new SetClock();
  exercise(new SlidingWindow(10, 1_000, clock), clock);
  const before = await bytesInUse();
  const window = new SlidingWindow(limit, 1_000, clock);
  for (let i = 0; i < clients; i++) window.allow(`client-${i}`);
  const bytes = (await bytesInUse()) - before;
  window.sweep(); // whatever it holds was in use until here
  return bytes / clients;
}

/** Lets the compiler see the code first: what it makes is memory as well. */
function exercise(window: Window, clock: SetClock): void {
  for (let i = 0; i < 5_000; i++) {
    clock.reading++;
    window.allow(`warm-${i % 50}`);
    window.retryAfterMs(`warm-${i % 50}`);
  }
}

export interface Tide {
  readonly before: number;
  readonly full: number;
  readonly swept: number;
  readonly removed: number;
  readonly calls: number;
}

/** `clients` clients come and go `times` times, with sweeps after each; bytes are those of the last time. */
export async function tide(clients: number, times: number, perSweep: number): Promise<Tide> {
  const clock = new SetClock();
  const window = new SlidingWindow(100, 1_000, clock);
  exercise(window, clock);
  clock.reading += 1_000;
  sweeps(window, 3);
  const before = await bytesInUse();
  const calls = 2 * Math.ceil(clients / perSweep) + 2;
  let [full, removed] = [0, 0];
  for (let time = 0; time < times; time++) {
    for (let i = 0; i < clients; i++) window.allow(`${time}-${i}`);
    if (time === times - 1) full = await bytesInUse();
    clock.reading += 1_000;
    removed = sweeps(window, calls).reduce((a, b) => a + b, 0);
  }
  const swept = await bytesInUse();
  window.sweep();
  return { before, full, swept, removed, calls };
}

/** Gate: bytes for each request in the window, the most of several moments; and whether the window did its work. */
export async function bytesPerRequest(
  clients: number,
  limit: number,
): Promise<{ readonly most: number; readonly allowed: number; readonly refused: number }> {
  const clock = new SetClock();
  exercise(new SlidingWindow(10, 1_000, clock), clock);
  const before = await bytesInUse();
  const windowMs = 10 * limit;
  const window = new SlidingWindow(limit, windowMs, clock);
  let [most, allowed, refused] = [0, 0, 0];
  const send = (requests: number): void => {
    for (let i = 0; i < requests; i++) {
      clock.reading += 10;
      for (let client = 0; client < clients; client++) {
        if (window.allow(`client-${client}`)) allowed++;
      }
    }
  };
  // Full for the first time; half a window later; and when each place has been used one and three quarter times.
  for (const requests of [limit, limit / 2, limit / 4]) {
    send(requests);
    for (let client = 0; client < clients; client++) if (!window.allow(`client-${client}`)) refused++;
    most = Math.max(most, (await bytesInUse()) - before);
  }
  window.sweep();
  return { most: most / (clients * limit), allowed, refused };
}
