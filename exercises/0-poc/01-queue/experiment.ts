/**
 * What does it cost to drain a queue of n items, one at a time?
 *
 *   npx craft run 0.1            n = 20,000 40,000 80,000 160,000
 *   npx craft run 0.1 320000     another largest n; the others are a half, a quarter and an eighth of it
 *
 * Three queues: an array and `shift`, an array and a head index, and yours. Times are CPU time, the best of three
 * rounds; slow ones are not repeated.
 * The last line is the exponent k in "time grows like n to the power of k": the slope of log(time) over log(n).
 */
import { BoundedQueue } from './queue.ts';

/** As much of a queue as can be drained. */
interface Drainable {
  readonly size: number;
  take(max: number): Promise<number[]>;
}

class ShiftQueue implements Drainable {
  readonly #items: number[];

  constructor(items: number[]) {
    this.#items = items;
  }

  get size(): number {
    return this.#items.length;
  }

  async take(_one: number): Promise<number[]> {
    const item = this.#items.shift(); // moves every item that stays one place to the front
    return item === undefined ? [] : [item];
  }
}

class HeadIndexQueue implements Drainable {
  readonly #items: number[];
  #head = 0;

  constructor(items: number[]) {
    this.#items = items;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  async take(_one: number): Promise<number[]> {
    const item = this.#items[this.#head]; // moves nothing, and never frees what is gone
    if (item === undefined) return [];
    this.#head++;
    return [item];
  }
}

function yours(items: number[]): Drainable {
  const queue = new BoundedQueue<number>(items.length);
  for (const item of items) queue.push(item);
  return queue;
}

const contenders: readonly { name: string; make: (items: number[]) => Drainable }[] = [
  { name: 'Array.shift', make: (items) => new ShiftQueue(items) },
  { name: 'head index', make: (items) => new HeadIndexQueue(items) },
  { name: 'your queue', make: yours },
];

/** Milliseconds of CPU time, the best of three rounds or of as many as fit into a second; the filling is not counted. */
async function timeToDrain(make: (items: number[]) => Drainable, n: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  let spent = 0;
  for (let round = 0; round < 3 && spent < 1_000; round++) {
    const queue = make(Array.from({ length: n }, (_, i) => i));
    const before = process.cpuUsage();
    while (queue.size > 0) await queue.take(1);
    const used = process.cpuUsage(before);
    const ms = (used.user + used.system) / 1000;
    best = Math.min(best, ms);
    spent += ms;
  }
  return best;
}

/** Slope of the straight line that fits log(time) over log(n) best. */
function exponent(sizes: readonly number[], times: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const xs = sizes.map(Math.log);
  const ys = times.map(Math.log);
  const covariance = mean(xs.map((x, i) => x * (ys[i] ?? Number.NaN))) - mean(xs) * mean(ys);
  const variance = mean(xs.map((x) => x * x)) - mean(xs) ** 2;
  return covariance / variance;
}

function printRow(cells: readonly string[]): void {
  console.log(cells.map((cell) => cell.padStart(13)).join(''));
}

async function measure(largest: number): Promise<void> {
  const sizes = [8, 4, 2, 1].map((part) => Math.floor(largest / part));
  for (const { make } of contenders) await timeToDrain(make, 2_000); // lets the compiler see the code first
  const times: number[][] = contenders.map(() => []);
  printRow(['n', ...contenders.map(({ name }) => name)]);
  for (const n of sizes) {
    for (const [i, { make }] of contenders.entries()) times[i]?.push(await timeToDrain(make, n));
    printRow([n.toLocaleString('en'), ...times.map((column) => `${column.at(-1)?.toFixed(1)} ms`)]);
  }
  printRow(['exponent', ...times.map((column) => exponent(sizes, column).toFixed(2))]);
}

/** Below this the times are too short to tell how they grow. */
const SMALLEST = 80_000;

const [argument = '160000'] = process.argv.slice(2);
const largest = Number(argument);
if (Number.isInteger(largest) && largest >= SMALLEST) {
  await measure(largest);
} else {
  console.error(`n must be a whole number of at least ${SMALLEST}, written without commas, not ${argument}`);
  process.exitCode = 1;
}
