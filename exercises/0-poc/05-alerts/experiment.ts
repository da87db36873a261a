/**
 * How often should an alert loop tick? Two prices, one table.
 *
 *   npx craft run 0.5                 ticks of 1, 2, 5, 10, 30 and 60 s over a file of 300,000 rows
 *   npx craft run 0.5 1000000         the same with a million rows
 *   npx craft run 0.5 300000 15       a window of 15 s instead of 60 s
 *
 * The delay comes from your AlertLoop on a simulated clock: a metric steps from 20 to 100, the rule is
 * "average above 80", and the step comes at every possible second between two ticks. The load is real: one
 * query is your scan() of exercise 0.4 over a file of that many rows.
 */
import { appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cancel, Clock } from '../../kernel/index.ts';
import { scan } from '../04-query/query.ts';
import { AlertLoop, type Rule } from './alerts.ts';

const rows = Number(process.argv[2] ?? 300_000);
const windowMs = Number(process.argv[3] ?? 60) * 1_000;
const intervals = [1, 2, 5, 10, 30, 60];
const rulesInTheTable = 3;

/** A clock that jumps from timer to timer. */
class JumpingClock implements Clock {
  #now = 0;
  #timers: { at: number; fn: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.timer(ms, resolve));
  }

  timer(ms: number, fn: () => void): Cancel {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets everything that was begun come to rest, then fires the next timer. False when no timer waits. */
  async jump(): Promise<boolean> {
    await turn();
    const [first, ...others] = this.#timers;
    if (first === undefined) return false;
    const next = others.reduce((soonest, timer) => (timer.at < soonest.at ? timer : soonest), first);
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#now = next.at;
    next.fn();
    await turn();
    return true;
  }
}

/** One turn of the event loop: everything that is not waiting for a timer has run by then. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Without an event there is nothing to measure. */
function giveUp(why: string): never {
  console.error(`${why}. What does npx craft verify say?`);
  process.exit(1);
}

/** Simulated milliseconds from the step to FIRING. */
async function delayOf(intervalMs: number, stepAt: number): Promise<number> {
  const rule: Rule = { id: 'step', metric: 'step', op: '>', threshold: 80, windowMs };
  const clock = new JumpingClock();
  let firedAt: number | undefined;
  const samples = async (_metric: string, start: number, end: number): Promise<number[]> => {
    const values: number[] = [];
    for (let at = Math.ceil(start / 1_000) * 1_000; at <= end; at += 1_000)
      values.push(at >= stepAt ? 100 : 20);
    return values;
  };
  const note = (): void => {
    firedAt ??= clock.now();
  };
  const loop = new AlertLoop(samples, [rule], clock, note, { intervalMs });
  loop.start();
  while (firedAt === undefined) {
    if (!(await clock.jump())) giveUp(`at ${clock.now() / 1_000} s no timer waits: the loop has set none`);
    if (clock.now() > stepAt + 2 * (windowMs + intervalMs)) giveUp('the loop ticks, but FIRING never comes');
  }
  await loop.stop();
  return firedAt - stepAt;
}

/** Real milliseconds of one query over a file of `rows` rows, one row a second and metric, three metrics. */
async function costOfOneQuery(): Promise<number> {
  const path = join(tmpdir(), `craft-alerts-${process.pid}.jsonl`);
  const names = ['cpu_usage', 'memory_usage', 'error_rate'];
  const line = (row: number): string => {
    const metric = { name: names[row % 3], value: row % 100, timestamp: Math.floor(row / 3) * 1_000 };
    return `${JSON.stringify(metric)}\n`;
  };
  for (let row = 0; row < rows; row += 10_000) {
    const count = Math.min(10_000, rows - row);
    await appendFile(path, Array.from({ length: count }, (_, index) => line(row + index)).join(''));
  }
  try {
    const end = Math.floor(rows / 3) * 1_000;
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      for await (const _ of scan(path, { name: 'cpu_usage', start: end - windowMs + 1, end })) {
        // Only the time counts here.
      }
      best = Math.min(best, performance.now() - began);
    }
    return best;
  } finally {
    await rm(path);
  }
}

const queryMs = await costOfOneQuery();
console.log(
  `one query over ${rows} rows: ${queryMs.toFixed(1)} ms; window ${windowMs / 1_000} s; ${rulesInTheTable} rules\n`,
);
console.log('tick (s)   delay, mean (s)   delay, worst (s)   queries an hour   share of one core');
for (const interval of intervals) {
  const delays: number[] = [];
  // The step comes long enough after start() for the window to be full, at each second between two ticks.
  const first = Math.ceil(windowMs / (interval * 1_000)) * interval * 1_000;
  for (let offset = 1; offset <= interval; offset++)
    delays.push(await delayOf(interval * 1_000, first + offset * 1_000));
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length / 1_000;
  const queries = (3_600 / interval) * rulesInTheTable;
  const share = (queries * queryMs) / 3_600_000;
  console.log(
    [
      String(interval).padStart(8),
      mean.toFixed(1).padStart(18),
      (Math.max(...delays) / 1_000).toFixed(0).padStart(19),
      String(queries).padStart(18),
      `${(share * 100).toFixed(1)} %`.padStart(20),
    ].join(''),
  );
}
