/** One thread of the experiment: waits for the others, does its task, reports. */
import { parentPort, workerData } from 'node:worker_threads';
import { realClock } from '../../kernel/index.ts';
import { SlidingWindow } from '../06-rate-limit/window.ts';
import { type LimiterOptions, ShardedLimiter } from './limiter.ts';
import { SabMutex } from './mutex.ts';

export type Task =
  | {
      readonly kind: 'locks';
      readonly cells: Int32Array;
      readonly count: number;
      readonly stride: number;
      readonly loops: number;
      readonly ms: number;
    }
  | { readonly kind: 'add'; readonly cells: Int32Array; readonly locked: boolean; readonly rounds: number }
  | { readonly kind: 'window'; readonly calls: number; readonly limit: number }
  | {
      readonly kind: 'limiter';
      readonly buffer: SharedArrayBuffer;
      readonly options: LimiterOptions;
      readonly calls: number;
    };

export interface Report {
  readonly done: number;
  /** How often the lock was not free, or a request was let through. */
  readonly met: number;
  readonly seconds: number;
}

interface Given {
  readonly start: Int32Array;
  readonly threads: number;
  readonly number: number;
  readonly task: Task;
}

const { start, threads, number, task } = workerData as Given;
const act = prepare(task);
// The last one to come wakes the others.
if (Atomics.add(start, 0, 1) === threads - 1) Atomics.notify(start, 0);
for (let here = Atomics.load(start, 0); here < threads; here = Atomics.load(start, 0))
  Atomics.wait(start, 0, here);
const began = performance.now();
const { done, met } = act();
const report: Report = { done, met, seconds: (performance.now() - began) / 1_000 };
parentPort?.postMessage(report);

function prepare(given: Task): () => { done: number; met: number } {
  if (given.kind === 'locks') return () => takeLocks(given);
  if (given.kind === 'add') return () => add(given);
  const ask = asker(given);
  return () => {
    let passed = 0;
    for (let i = 0; i < given.calls; i++) if (ask()) passed++;
    return { done: given.calls, met: passed };
  };
}

function asker(given: Extract<Task, { calls: number }>): () => boolean {
  if (given.kind === 'window') {
    const window = new SlidingWindow(given.limit, 1_000, realClock);
    return () => window.allow('client');
  }
  const limiter = new ShardedLimiter(given.buffer, given.options);
  return () => limiter.allow('client', realClock.now());
}

function takeLocks({ cells, count, stride, loops, ms }: Extract<Task, { kind: 'locks' }>) {
  const locks = Array.from({ length: count }, (_, i) => new SabMutex(cells, (i * stride) / 4));
  const end = performance.now() + ms;
  let [done, met, chance, sum] = [0, 0, 2_463_534_242 + number, 0];
  while (performance.now() < end) {
    for (let i = 0; i < 200; i++) {
      chance ^= chance << 13;
      chance ^= chance >>> 17;
      chance ^= chance << 5;
      const lock = locks[(chance >>> 0) % count];
      if (lock === undefined) continue;
      if (!lock.tryLock()) {
        met++;
        lock.lock();
      }
      for (let loop = 0; loop < loops; loop++) sum = (sum * 31 + loop) | 0;
      lock.unlock();
      done++;
    }
  }
  return { done, met: sum === 0.5 ? 0 : met }; // the sum is used, or the compiler leaves the loop out
}

function add({ cells, locked, rounds }: Extract<Task, { kind: 'add' }>): { done: number; met: number } {
  const lock = new SabMutex(cells, 0);
  for (let i = 0; i < rounds; i++) {
    if (locked) lock.lock();
    cells[1] = (cells[1] ?? 0) + 1;
    if (locked) lock.unlock();
  }
  return { done: rounds, met: 0 };
}
