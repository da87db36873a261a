/**
 * How does the time to parse grow with the text, and what does a fast parser get wrong?
 *
 *   npx craft run 1.5                            batches of 14 to 440 KB
 *   npx craft run 1.5 '{"metrics":[ … ]}'        three parsers on a text of yours, side by side
 *
 *   JSON.parse   Node's own, in C++
 *   ancestor     looks for what it expects with indexOf (ancestor.ts)
 *   places       finds every string and works out the byte offset of each, from the beginning of the text
 *   yours        parseJson
 *
 * Times are CPU time, the best of three rounds or of as many as fit into a second. The last line is the exponent k in
 * "time grows like n to the power of k".
 */
import { inspect } from 'node:util';
import { findMetrics } from './ancestor.ts';
import { parseJson } from './parser.ts';

/** What an offset costs when it is counted for every value, and not only for the one that is wrong. */
function findPlaces(text: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', text.indexOf('"', at + 1) + 1)) {
    places.push(Buffer.byteLength(text.slice(0, at)));
  }
  return places;
}

const contenders: readonly { name: string; parse: (text: string) => unknown }[] = [
  { name: 'JSON.parse', parse: JSON.parse },
  { name: 'ancestor', parse: findMetrics },
  { name: 'places', parse: findPlaces },
  { name: 'yours', parse: parseJson },
];

const SIZES = [14_000, 55_000, 110_000, 220_000, 440_000];

/** Decoded from bytes, as a text from the network is. */
function batch(size: number): string {
  const metrics: string[] = [];
  for (let i = 0, length = 0; length < size; i++) {
    const tags = { host: `web-${i % 100}`, region: 'eu-west-1', path: `/api/v${i % 3}` };
    const timestamp = 1_700_000_000_000 + i;
    metrics.push(
      JSON.stringify({ name: 'cpu_usage', type: 'gauge', value: (i % 10_007) / 100, timestamp, tags }),
    );
    length += (metrics[i]?.length ?? 0) + 1;
  }
  return Buffer.from(`{"metrics":[${metrics.join(',')}]}`).toString('latin1');
}

/** Milliseconds for one text. */
function timeToParse(parse: (text: string) => unknown, text: string): number {
  const times = Math.ceil(2_000_000 / text.length);
  let best = Number.POSITIVE_INFINITY;
  let spent = 0;
  for (let round = 0; round < 3 && spent < 1_000; round++) {
    let done = 0;
    const before = process.cpuUsage();
    let ms = 0;
    while (done < times && ms < 500) {
      parse(text);
      done++;
      const used = process.cpuUsage(before);
      ms = (used.user + used.system) / 1000;
    }
    best = Math.min(best, ms / done);
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

function measure(): void {
  for (const { parse } of contenders) timeToParse(parse, batch(14_000)); // lets the compiler see the code first
  const times: number[][] = contenders.map(() => []);
  printRow(['bytes', ...contenders.map(({ name }) => name)]);
  for (const size of SIZES) {
    const text = batch(size);
    for (const [i, { parse }] of contenders.entries()) times[i]?.push(timeToParse(parse, text));
    printRow([size.toLocaleString('en'), ...times.map((column) => `${column.at(-1)?.toFixed(2)} ms`)]);
  }
  printRow(['exponent', ...times.map((column) => exponent(SIZES, column).toFixed(2))]);
  const [own = Number.NaN] = (times[0] ?? []).slice(-1);
  printRow(['x JSON.parse', ...times.map((column) => ((column.at(-1) ?? Number.NaN) / own).toFixed(2))]);
}

function compare(text: string): void {
  for (const { name, parse } of contenders) {
    if (name === 'places') continue;
    let outcome: string;
    try {
      outcome = inspect(parse(text), { depth: null, maxArrayLength: null, breakLength: 110 });
    } catch (error) {
      // A TODO(human) is for craft to show.
      if (error instanceof Error && error.message.startsWith('TODO(human)')) throw error;
      outcome = `refused: ${error instanceof Error ? error.message : String(error)}`;
    }
    console.log(`${name.padEnd(11)} ${outcome}`);
  }
}

const [text] = process.argv.slice(2);
if (text === undefined) measure();
else compare(text);
