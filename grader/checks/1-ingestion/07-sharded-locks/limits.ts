/** What is asked of `limiter.ts` inside the subject. */
import type { LimiterOptions } from '../../../../exercises/1-ingestion/07-sharded-locks/limiter.ts';
import { student } from '../../../harness/driver.ts';
import { Explorer } from './explore.ts';
import { direct, record } from './stage.ts';
import type { Found } from './states.ts';
import { runThreads } from './threads.ts';

const { ShardedLimiter } =
  await student<typeof import('../../../../exercises/1-ingestion/07-sharded-locks/limiter.ts')>('limiter.ts');
const { fnv1a } =
  await student<typeof import('../../../../exercises/1-ingestion/07-sharded-locks/hash.ts')>('hash.ts');

type Limiter = InstanceType<typeof ShardedLimiter>;
/** An id and the clock's reading. */
export type Call = readonly [id: string, now: number];

class Asleep extends Error {}

/** Alone: a lock that would sleep throws instead, since there is nobody to wake it. */
function alone<T>(act: () => T): T {
  return direct((access, run) => {
    if (access.kind === 'wait' && access.cells[access.index] === access.args[0]) throw new Asleep();
    return run();
  }, act);
}

function answerOf(limiter: Limiter, [id, now]: Call): boolean | string {
  try {
    return alone(() => limiter.allow(id, now));
  } catch (error) {
    if (error instanceof Asleep) return 'sleeps for ever';
    if (!(error instanceof Error) || error.message.startsWith('TODO(human)')) throw error;
    return error.name === 'RangeError' ? 'RangeError' : `${error.name}: ${error.message}`;
  }
}

export function hashes(texts: readonly string[]): number[] {
  return texts.map((text) => fnv1a(text));
}

export function bytesFor(options: readonly LimiterOptions[]): number[] {
  return options.map((each) => ShardedLimiter.bytes(each));
}

/** The answer to each call. With `threads`, that many objects on one buffer take the calls in turn. */
export function play(options: LimiterOptions, calls: readonly Call[], threads = 1): (boolean | string)[] {
  const buffer = new SharedArrayBuffer(ShardedLimiter.bytes(options));
  const limiters: Limiter[] = [];
  return calls.map((call, i) => {
    // Made when it is needed: by then the others have been at work.
    limiters[i % threads] ??= new ShardedLimiter(buffer, options);
    return answerOf(limiters[i % threads] ?? new ShardedLimiter(buffer, options), call);
  });
}

/** What the constructor does with these options and a buffer of `bytes`: `made`, or the error's name. */
export function make(options: LimiterOptions, bytes: number): string {
  try {
    new ShardedLimiter(new SharedArrayBuffer(bytes), options);
    return 'made';
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('TODO(human)')) throw error;
    return error instanceof Error ? error.name : String(error);
  }
}

/** So many different ids, `count` in all, each once: how many were refused. */
export function crowd(options: LimiterOptions, prefix: string, count: number): number {
  const limiter = new ShardedLimiter(new SharedArrayBuffer(ShardedLimiter.bytes(options)), options);
  let refused = 0;
  for (let i = 0; i < count; i++) if (answerOf(limiter, [`${prefix}${i}`, 1_000]) !== true) refused++;
  return refused;
}

const CANARY = 0xa5;

/** Two limiters with something between them, each filled; which bytes outside of them changed, and what they answered. */
export function neighbours(
  first: LimiterOptions,
  second: LimiterOptions,
): { strayed: number[]; answers: (boolean | string)[][] } {
  const gap = 64;
  const begin = [gap, gap + ShardedLimiter.bytes(first) + gap] as const;
  const end = begin[1] + ShardedLimiter.bytes(second);
  const buffer = new SharedArrayBuffer(end + gap);
  const bytes = new Uint8Array(buffer);
  const isOutside = (at: number): boolean =>
    at < begin[0] || (at >= begin[1] - gap && at < begin[1]) || at >= end;
  for (let at = 0; at < bytes.length; at++) if (isOutside(at)) bytes[at] = CANARY;
  const limiters = [
    new ShardedLimiter(buffer, { ...first, byteOffset: begin[0] }),
    new ShardedLimiter(buffer, { ...second, byteOffset: begin[1] }),
  ];
  const answers = limiters.map((limiter) => {
    const results: (boolean | string)[] = [];
    for (let i = 0; i < 200; i++) answerOf(limiter, [`client-${i % 50}-${'x'.repeat(i % 100)}`, 1_000 + i]);
    for (let i = 0; i < 3; i++) results.push(answerOf(limiter, ['the same id', 5_000_000]));
    return results;
  });
  return { strayed: [...bytes.keys()].filter((at) => isOutside(at) && bytes[at] !== CANARY), answers };
}

/** Threads that make these calls, in every order; each makes its limiter when it begins. */
export function everyOrder(options: LimiterOptions, threads: readonly Call[][], passes: number): Found {
  const programs = threads.map((calls) => (buffer: SharedArrayBuffer, tell: (line: string) => void) => {
    const limiter = new ShardedLimiter(buffer, options);
    for (const [id, now] of calls) tell(`allow('${id}') is ${limiter.allow(id, now)}`);
  });
  const judge = (told: readonly string[], isOver: boolean): string | undefined => {
    const passed = told.filter((line) => line.endsWith('true')).length;
    if (passed > passes) return `${passed} requests were let through, where ${passes} may`;
    return isOver && passed < passes ? `only ${passed} of ${passes} requests were let through` : undefined;
  };
  const bytes = ShardedLimiter.bytes(options);
  const alike = new Set(threads.map((calls) => JSON.stringify(calls))).size === 1;
  return new Explorer({ bytes, programs, judge, alike, unseen: true, most: 6_000 }).explore();
}

/** For each call: bytes that changed before its first atomic operation and after its last, and how many it made. */
export function outsideLock(
  options: LimiterOptions,
  calls: readonly Call[],
): { before: number; after: number; atomic: number }[] {
  const buffer = new SharedArrayBuffer(ShardedLimiter.bytes(options));
  const limiter = new ShardedLimiter(buffer, options);
  const copy = (): Uint8Array => new Uint8Array(buffer).slice();
  return calls.map(([id, now]) => {
    const moments: [Uint8Array, Uint8Array][] = [];
    const start = copy();
    direct(
      (_, run) => {
        const before = copy();
        const result = run();
        moments.push([before, copy()]);
        return result;
      },
      () => limiter.allow(id, now),
    );
    const before = difference(start, moments[0]?.[0] ?? copy());
    const after = difference(moments.at(-1)?.[1] ?? start, copy());
    return { before, after, atomic: moments.length };
  });
}

function difference(one: Uint8Array, other: Uint8Array): number {
  return one.filter((byte, i) => byte !== other[i]).length;
}

/** For each id the address of the first cell that `allow` goes to by Atomics; -1: none. */
export function lockAddresses(options: LimiterOptions, ids: readonly string[]): number[] {
  const limiter = new ShardedLimiter(new SharedArrayBuffer(ShardedLimiter.bytes(options)), options);
  return ids.map((id) => {
    const [first] = record(() => limiter.allow(id, 1_000));
    return first?.at ?? -1;
  });
}

/** How many of these pairs of ids meet: one thread is stopped inside `allow`, and the other one must wait. */
export function meetings(options: LimiterOptions, pairs: readonly (readonly [string, string])[]): number {
  return pairs.filter(([a, b]) => doMeet(options, a, b)).length;
}

function doMeet(options: LimiterOptions, a: string, b: string): boolean {
  const programs = [a, b].map((id) => (buffer: SharedArrayBuffer) => {
    new ShardedLimiter(buffer, options).allow(id, 1_000);
  });
  const explorer = new Explorer({
    bytes: ShardedLimiter.bytes(options),
    programs,
    judge: () => undefined,
  });
  let state = explorer.start();
  while (state.threads[0]?.status !== 'done') {
    const next = explorer.step(state, 0);
    if ('problem' in next) throw new Error(next.problem.what);
    state = next;
    const other = explorer.runAlone(state, 1);
    if ('problem' in other) {
      if (other.problem.kind === 'spins') return true;
      throw new Error(other.problem.what);
    }
    if (other.threads[1]?.status === 'asleep') return true;
  }
  return false;
}

/** Messages that calls of `allow` send, in a thread that has somebody to send them to. */
export async function messages(): Promise<number> {
  const options = { shards: 2, slotsPerShard: 2, limit: 2, windowMs: 1_000 };
  const buffer = new SharedArrayBuffer(ShardedLimiter.bytes(options));
  const ids = ['a', 'b', 'c', 'd', 'e', 'a', 'a'];
  const { reports } = await runThreads([{ kind: 'messages', buffer, options, ids, calls: 14, now: 1_000 }]);
  return reports[0] ?? -1;
}

/** Real threads ask for the same ids at the same time: how often each was let through, all together. */
export async function quota(
  options: LimiterOptions,
  threads: number,
  ids: readonly string[],
  calls: number,
): Promise<{ hung: number; allowed: number; later: number }> {
  const buffer = new SharedArrayBuffer(ShardedLimiter.bytes(options));
  const now = 1_000_000;
  const { reports } = await runThreads(
    Array.from({ length: threads }, () => ({ kind: 'allow', buffer, options, ids, calls, now }) as const),
  );
  // This thread comes last: for each id the quota must be used up.
  const late = new ShardedLimiter(buffer, options);
  const later = ids.filter((id) => answerOf(late, [id, now]) === true).length;
  const hung = reports.filter((report) => report === undefined).length;
  return { hung, later, allowed: reports.reduce<number>((sum, report) => sum + (report ?? 0), 0) };
}

let work: (() => number) | undefined;

/** Gate: `size` ids in 4 shards, with twice as many slots as ids. */
export function fill(size: number, seed: string): void {
  const options = { shards: 4, slotsPerShard: size / 2, limit: 4, windowMs: 1_000 };
  const limiter = new ShardedLimiter(new SharedArrayBuffer(ShardedLimiter.bytes(options)), options);
  const ids = Array.from({ length: size }, (_, i) => `${seed}-${i}`);
  work = () => {
    let allowed = 0;
    // Each id is new once, known for three times, and refused for four.
    for (let round = 0; round < 8; round++) for (const id of ids) if (limiter.allow(id, 1_000)) allowed++;
    return allowed;
  };
}

/** Gate: how many were let through. */
export function ask(): number {
  if (work === undefined) throw new Error('fill() comes first');
  return work();
}
