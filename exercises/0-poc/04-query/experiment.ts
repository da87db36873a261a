/**
 * How does the cost of a question grow with the file? Files of 1,000 to 1,000,000 rows are written, and each is
 * asked for its first minute: the same 60 rows, however large the file.
 *
 *   npx craft run 0.4 [largest]        default 1000000 rows (82 MB in the temporary folder, removed afterwards)
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metric } from '../../kernel/index.ts';
import { percentile, scan } from './query.ts';

const largest = Number(process.argv[2] ?? 1_000_000);
const sizes = [1_000, 10_000, 100_000, 1_000_000].filter((size) => size <= largest);
const EPOCH = 1_700_000_000_000;
/** Rows of the first minute: what every answer must have. */
const WANTED = 60;
/** Every size is asked several times; the fastest counts, because other programs only ever add time. */
const ROUNDS = 3;

const folder = await mkdtemp(join(tmpdir(), 'craft-query-'));
try {
  const points: { rows: number; ms: number }[] = [];
  console.log('     rows  file MB       ms    rows/s  found  peak MB');
  for (const rows of sizes) {
    const path = join(folder, `${rows}.jsonl`);
    await write(path, rows);
    // Code is slow until it has run for a while. Without a warm-up, small files would seem dear.
    for (let i = 0; i < 20 && rows <= 10_000; i++) await ask(path);
    const { ms, found, peakMb } = await ask(path);
    if (found !== WANTED) {
      console.log(
        `A scan of ${rows} rows found ${found} instead of ${WANTED}: npx craft verify 0.4 says why.`,
      );
      process.exitCode = 1;
      break;
    }
    points.push({ rows, ms });
    const columns = [
      rows.toLocaleString('en').padStart(9),
      ((await stat(path)).size / 1e6).toFixed(1).padStart(7),
      ms.toFixed(1).padStart(7),
      Math.round((rows / ms) * 1_000)
        .toLocaleString('en')
        .padStart(8),
      String(found).padStart(5),
      peakMb.toFixed(0).padStart(7),
    ];
    console.log(columns.join('  '));
    await rm(path);
  }
  if (points.length > 1) console.log(`ms grows as rows^${exponent(points).toFixed(2)}`);
} finally {
  await rm(folder, { recursive: true });
}

/** One row a second, from ten hosts in turn. */
async function write(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path);
  for (let i = 0; i < rows; i++) {
    const tags = { host: `web-${i % 10}` };
    const metric: Metric = { name: 'cpu_usage', value: (i * 7) % 101, timestamp: EPOCH + i * 1_000, tags };
    if (!file.write(`${JSON.stringify(metric)}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

async function ask(path: string): Promise<{ ms: number; found: number; peakMb: number }> {
  const question = { name: 'cpu_usage', start: EPOCH, end: EPOCH + 59_000 };
  let ms = Infinity;
  let found = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    const values: number[] = [];
    for await (const { value } of scan(path, question)) values.push(value);
    percentile(Float64Array.from(values), 95);
    ms = Math.min(ms, performance.now() - started);
    found = values.length;
  }
  // The most memory that the process ever had, this program's own 40 MB included.
  return { ms, found, peakMb: process.resourceUsage().maxRSS / 1_024 };
}

/** Slope of log ms over log rows by least squares: 1 means that ten times the rows take ten times as long. */
function exponent(points: readonly { rows: number; ms: number }[]): number {
  const x = points.map(({ rows }) => Math.log(rows));
  const y = points.map(({ ms }) => Math.log(ms));
  const meanX = x.reduce((sum, v) => sum + v, 0) / x.length;
  const meanY = y.reduce((sum, v) => sum + v, 0) / y.length;
  const over = x.reduce((sum, v, i) => sum + (v - meanX) * ((y[i] ?? 0) - meanY), 0);
  return over / x.reduce((sum, v) => sum + (v - meanX) ** 2, 0);
}
