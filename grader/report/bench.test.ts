/** The reports of `craft bench` as they are printed. CRAFT_RECORD=1 writes the transcripts anew: read them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import { createHistogram } from '../bench/tally.ts';
import type { BenchRun } from '../bench/types.ts';
import { packageRoot } from '../core/paths.ts';
import { comparison, failing, measurement, open, result, run, runWith, sweep } from '../fixtures/bench.ts';
import { plain } from '../fixtures/report.ts';
import { render } from './index.ts';
import { createStyle } from './style.ts';
import { width } from './text.ts';
import type { BenchView } from './views.ts';

const last = {
  number: 3,
  startedAt: '2026-11-22T09:30:00.000Z',
  name: '0.6 The monitor',
  rate: 4_400,
  p50: 2.1,
  p99: 8.8,
};
const guess = {
  answer: '2000 requests/s',
  at: '2026-11-20T08:00:00.000Z',
  beforeFirstBench: true,
  rate: 2_000,
  p99: 2.6,
};
const prediction = {
  prediction: { ...guess, revisions: [] },
  figures: [
    { what: 'rate', predicted: 2_000, measured: result.rate, ratio: result.rate / 2_000 },
    { what: 'p99', predicted: 2.6, measured: 2.69, ratio: 2.69 / 2.6 },
  ],
} as const;
const views: Readonly<Record<string, BenchView>> = {
  closed: { run, last, prediction },
  failing: { run: runWith({ result: failing }) },
  open: { run: runWith(open) },
  sweep: { run: sweep },
  compared: { run: { ...run, comparison }, phase: { ...last, name: '0.3 The front door' } },
  died: {
    run: runWith({
      result: { ...failing, ms: 1_210, interrupted: true },
      died: {
        says: '0.6 The monitor ended under load (exit code 1): TypeError: no such thing (b.ts:1:2). Mend that, then try again.',
        exitCode: 1,
        signal: null,
        output: 'listening\n\nTypeError: no such thing\n    at a (b.ts:1:2)\n',
      },
    }),
  },
  interrupted: { run: runWith({ result: { ...result, ms: 2_300, interrupted: true } }, { name: 'before' }) },
  'broken off': {
    run: runWith(
      { result: { ...result, ms: 1_210, interrupted: true } },
      {
        brokenOff: {
          other: comparison.other,
          measured: {
            ...comparison.measured,
            result: { ...comparison.measured.result, ms: 900, interrupted: true },
          },
          died: {
            says: 'saved "before" ended under load (exit code 1): TypeError: no such thing (b.ts:1:2). Mend that, then try again.',
            exitCode: 1,
            signal: null,
            output: 'listening\n\nTypeError: no such thing\n    at a (b.ts:1:2)\n',
          },
        },
      },
    ),
  },
  unasked: {
    run: runWith({ result: { ...result, unasked: 12, examples: ['unasked: bytes that nobody asked for'] } }),
  },
  'without success': {
    run: runWith({
      result: {
        ...result,
        rate: 0,
        latency: null,
        histogram: '',
        outcomes: { ...failing.outcomes, succeeded: 0 },
        warmup: { requests: 0, ms: 0 },
      },
    }),
  },
};

function golden(name: string, text: string): void {
  const path = join(packageRoot, 'grader', 'fixtures', 'benches', `${name}.txt`);
  if (process.env.CRAFT_RECORD === '1') writeFileSync(path, `${text}\n`);
  expect(`${text}\n`).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '');
}

test.each(Object.keys(views))('the report of %s is as recorded', async (name) => {
  const data = views[name];
  if (data === undefined) throw new Error('unreachable');
  golden(name, await render('terminal', { view: 'bench', data }, plain));
});

test.each(['closed', 'compared', 'open', 'sweep', 'died', 'unasked', 'broken off'])(
  'the table of %s is as recorded',
  async (name) => {
    const data = views[name];
    if (data === undefined) throw new Error('unreachable');
    golden(`${name} table`, await render('terminal', { view: 'bench table', data }, plain));
  },
);

test('a terminal without Unicode gets ASCII only', async () => {
  const ascii = createStyle({ env: { LANG: 'C' }, isTTY: false, columns: 80 });
  for (const [name, data] of Object.entries(views)) {
    const text = await render('terminal', { view: 'bench', data }, ascii);
    expect(/\P{ASCII}|\?/u.exec(text)?.[0], name).toBeUndefined();
  }
  golden('closed in ascii', await render('terminal', { view: 'bench', data: { run } }, ascii));
});

/** Figures at their longest: what fits with these fits with others. */
const wideSweep: BenchRun = {
  ...sweep,
  measurements: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].map((clients) => ({
    ...measurement,
    spec: { ...measurement.spec, clients },
    result: {
      ...failing,
      rate: 123_456.7,
      latency: { min: 1, mean: 2, p50: 12_345.6, p90: 23_456.7, p99: 34_567.8, p999: 45_678.9, max: 119_999 },
    },
    bottleneck: { ...measurement.bottleneck, doubtful: true },
  })),
};
const slow = createHistogram();
slow.recordValueWithCount(90_000_000, 1_234_567);
slow.recordValueWithCount(110_000_000, 7);
const wideRun = runWith({
  target: { ...measurement.target, name: '1.10 The whole of the ingest service, durable and pipelined' },
  result: {
    ...failing,
    latency: {
      min: 90_000,
      mean: 90_000,
      p50: 90_000,
      p90: 90_000,
      p99: 90_000,
      p999: 110_000,
      max: 110_000,
    },
    histogram: encodeIntoCompressedBase64(slow),
  },
});
const wideViews: Readonly<Record<string, BenchView>> = {
  ...views,
  'a long sweep': { run: wideSweep },
  'long figures': { run: { ...wideRun, comparison, name: 'a-longer-name' } },
};

test('no line is wider than the terminal, whatever its width', async () => {
  for (const columns of [40, 47, 60, 80, 100]) {
    const style = createStyle({ env: {}, isTTY: false, columns });
    for (const [name, data] of Object.entries(wideViews)) {
      const lines = (await render('terminal', { view: 'bench', data }, style)).split('\n');
      const widest = lines.reduce((most, line) => (width(line) > width(most) ? line : most), '');
      expect(width(widest), `${name} at ${columns}: ${widest}`).toBeLessThanOrEqual(columns);
    }
  }
});

test('a narrow terminal shows every figure that a wide one shows', async () => {
  // The steps of an axis are no figures, and a curve may be left out.
  const figures = (text: string): string[] =>
    [...new Set(text.replaceAll(/^.*[│└].*$/gmu, '').match(/\d[\d,.]*\d|\d/g))].toSorted();
  for (const [name, data] of Object.entries(wideViews)) {
    const at = async (columns: number): Promise<string> =>
      await render('terminal', { view: 'bench', data }, createStyle({ env: {}, isTTY: false, columns }));
    const narrow = figures(await at(40));
    const missing = figures(await at(100)).filter((figure) => !narrow.includes(figure));
    expect(missing, name).toEqual([]);
  }
});

test('replies that nobody asked for are said of each side of a comparison, and of a sweep', async () => {
  const unasked = { ...measurement, result: { ...result, unasked: 12 } };
  const beside = { run: { ...run, comparison: { ...comparison, measured: unasked } } };
  const swept = { run: { ...run, measurements: [unasked, measurement, unasked] } };
  const said = async (data: BenchView): Promise<string> =>
    (await render('terminal', { view: 'bench', data }, plain)).replaceAll(/\s+/g, ' ');
  expect(await said(beside)).toContain('of the yardstick: 12 replies that nobody asked for');
  expect(await said(swept)).toContain('Warning: 24 replies that nobody asked for');
  expect(await said({ run })).not.toContain('nobody asked for');
});

test('doubt is a warning, and a warning is yellow', async () => {
  const colours = createStyle({ env: { FORCE_COLOR: '1' }, isTTY: true, columns: 80 });
  const text = await render('terminal', { view: 'bench', data: { run: runWith(open) } }, colours);
  expect(text).toContain('\u001b[33mwarning: The load generator was full');
});

test('--json prints the run as it is kept', async () => {
  const data: BenchView = { run, last };
  expect(JSON.parse(await render('json', { view: 'bench', data }, plain)) as BenchRun).toEqual(run);
});

test('the bars say what was recorded: every request is in one row', async () => {
  const text = await render('terminal', { view: 'bench', data: { run } }, plain);
  const rows = [...text.matchAll(/– +\S+ ms {2}\S* +([\d,]+)/gu)].map(([, n = '']) =>
    Number(n.replaceAll(',', '')),
  );
  expect(rows.reduce((sum, n) => sum + n, 0)).toBe(measurement.result.outcomes.succeeded);
});
