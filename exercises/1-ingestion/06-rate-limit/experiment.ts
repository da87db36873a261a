/**
 * Four ways to allow `limit` requests a second, on one trace of one client: what does each let through, how much
 * at the worst moment, and for how many bytes?
 *
 *   npx craft run 1.6            limit 100
 *   npx craft run 1.6 10000      another limit; the trace grows with it
 *   npx craft run 1.6 door       another experiment: the front door of 0.3, with and without a limit (door.ts)
 */
import { type Clock, createRng } from '../../kernel/index.ts';
import { SlidingWindow } from './window.ts';

const WINDOW_MS = 1_000;
const SECONDS = 60;

/** Whether a request at this time may pass. */
type Limiter = (now: number) => boolean;

/** A counter that starts again at every full second. */
function fixedWindow(limit: number): Limiter {
  let [second, count] = [-1, 0];
  return (now) => {
    const current = Math.floor(now / WINDOW_MS);
    if (current !== second) [second, count] = [current, 0];
    if (count >= limit) return false;
    count++;
    return true;
  };
}

/** Two counters: this second's, and as much of the last one's as the window still covers, as if evenly spread. */
function twoBuckets(limit: number): Limiter {
  let [second, count, before] = [-1, 0, 0];
  return (now) => {
    const current = Math.floor(now / WINDOW_MS);
    if (current !== second) [second, before, count] = [current, current === second + 1 ? count : 0, 0];
    const covered = 1 - (now % WINDOW_MS) / WINDOW_MS;
    if (before * covered + count >= limit) return false;
    count++;
    return true;
  };
}

/** A bucket of `limit` tokens, refilled evenly in one second; a request takes one. */
function tokenBucket(limit: number): Limiter {
  let [tokens, last] = [limit, 0];
  return (now) => {
    tokens = Math.min(limit, tokens + ((now - last) * limit) / WINDOW_MS);
    last = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

/** Yours. */
function slidingLog(limit: number): Limiter {
  let reading = 0;
  const clock: Clock = { now: () => reading, sleep: async () => {}, timer: () => () => {} };
  const window = new SlidingWindow(limit, WINDOW_MS, clock);
  return (now) => {
    reading = now;
    return window.allow('client');
  };
}

const contenders = [
  { name: 'fixed window', make: fixedWindow, bytes: () => 16 },
  { name: 'two buckets', make: twoBuckets, bytes: () => 24 },
  { name: 'token bucket', make: tokenBucket, bytes: () => 16 },
  { name: 'your window', make: slidingLog, bytes: (limit: number) => 8 * limit },
];

/**
 * Arrival times of a minute: random ones, in seconds that are quiet (half the limit) and seconds that are not
 * (twice the limit); and every tenth second the whole limit 5 ms before the seam and once more 5 ms after it.
 */
function trace(limit: number): number[] {
  const rng = createRng(6);
  const times: number[] = [];
  for (let second = 1; second <= SECONDS; second++) {
    const start = second * WINDOW_MS;
    const count = Math.round(limit * (second % 10 === 0 ? 0 : rng.next() < 0.5 ? 0.5 : 2));
    for (let i = 0; i < count; i++) times.push(start + Math.floor(rng.next() * WINDOW_MS));
    if (second % 10 !== 0) continue;
    for (let i = 0; i < limit; i++) times.push(start + WINDOW_MS - 5, start + WINDOW_MS + 5);
  }
  return times.sort((a, b) => a - b);
}

interface Verdict {
  readonly passed: number;
  /** Most that were let through within any WINDOW_MS. */
  readonly most: number;
  /** Let through although the limit was reached in the WINDOW_MS before. */
  readonly tooMany: number;
  /** Refused although it was not. */
  readonly tooFew: number;
  readonly nsPerCall: number;
}

function judge(make: (limit: number) => Limiter, limit: number, times: readonly number[]): Verdict {
  const limiter = make(limit);
  const answers = times.map((time) => limiter(time));
  const passed: number[] = [];
  let [oldest, most, tooMany, tooFew] = [0, 0, 0, 0];
  for (const [i, time] of times.entries()) {
    while (time - (passed[oldest] ?? time) >= WINDOW_MS) oldest++;
    const inside = passed.length - oldest;
    if (answers[i] === true) {
      passed.push(time);
      most = Math.max(most, inside + 1);
      if (inside >= limit) tooMany++;
    } else if (inside < limit) tooFew++;
  }
  return { passed: passed.length, most, tooMany, tooFew, nsPerCall: nsPerCall(make, limit, times) };
}

/** CPU time of a call, the best of three rounds of at least a million calls. */
function nsPerCall(make: (limit: number) => Limiter, limit: number, times: readonly number[]): number {
  const repeats = Math.ceil(1_000_000 / times.length);
  const lap = (SECONDS + 3) * WINDOW_MS;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const limiter = make(limit);
    const before = process.cpuUsage();
    for (let i = 0; i < repeats; i++) for (const time of times) limiter(i * lap + time);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, ((user + system) * 1_000) / (repeats * times.length));
  }
  return best;
}

function printRow(cells: readonly (string | number)[]): void {
  console.log(cells.map((cell, i) => cell.toLocaleString('en').padStart(i === 0 ? 13 : 15)).join(''));
}

const [argument = '100'] = process.argv.slice(2);
const limit = Number(argument);
if (argument === 'door') {
  await import('./door.ts');
} else if (Number.isInteger(limit) && limit >= 2 && limit <= 20_000) {
  const times = trace(limit);
  console.log(`limit ${limit} in ${WINDOW_MS} ms; ${times.length} requests in ${SECONDS} s`);
  printRow(['', 'let through', 'most in 1 s', 'too many', 'too few', 'reckoned bytes', 'ns/call']);
  for (const { name, make, bytes } of contenders) {
    const { passed, most, tooMany, tooFew, nsPerCall: ns } = judge(make, limit, times);
    printRow([name, passed, most, tooMany, tooFew, bytes(limit), Math.round(ns)]);
  }
} else {
  console.error(`the limit must be a whole number from 2 to 20000, written without commas, not ${argument}`);
  process.exitCode = 1;
}
