/** The page as text: what is on it, what is escaped, and that it needs and allows nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { measurement } from '../../fixtures/measurements.ts';
import type { Assets } from './assets.ts';
import { percentileCurve } from './curve.ts';
import type { ReportData, RunFigures } from './data.ts';
import { reportPage } from './page.ts';
import { margin } from './sections/gates.ts';
import { dashes, themes } from './style.ts';

const assets: Assets = {
  library: 'const uPlot = 1;',
  libraryStyle: '.uplot{}',
  scripts: ['start();', 'draw();'],
};

const queue: ReportData['exercises'][number] = {
  id: '0-poc/01-queue',
  number: '0.1',
  title: 'A bounded queue',
  minutes: 20,
  status: 'open',
  missing: [],
  craft: '0-poc',
  attempts: 0,
  hints: 0,
  best: {},
  serves: false,
};
const monitor = { ...queue, id: '0-poc/06-monitor', number: '0.6', title: 'The monitor', serves: true };

const nothing: ReportData = {
  workspace: 'metricstream',
  madeAt: '2026-11-23T18:05:00.000Z',
  craft: '0.1.0',
  node: '20.20.2',
  machine: null,
  current: queue.id,
  crafts: [{ craft: '0-poc', passed: 0, total: 2 }],
  exercises: [queue, monitor],
  attempts: [],
  runs: [],
  comparisons: [],
  predictions: [],
};

function run(change: Partial<RunFigures>): RunFigures {
  return {
    run: 1,
    startedAt: '2026-11-20T10:00:00.000Z',
    part: 'single',
    target: '0.6 The monitor',
    exercise: monitor.id,
    name: null,
    clients: 100,
    pipeline: 1,
    keepAlive: true,
    batch: 1,
    offered: null,
    rate: 12_345,
    succeeded: 20_000,
    failed: 0,
    p50: 7.1,
    p99: 20.5,
    p999: 31,
    max: 40,
    curve: [
      [50, 7.1],
      [99, 20.5],
    ],
    counts: true,
    doubtful: false,
    interrupted: false,
    says: 'the server was the limit',
    ...change,
  };
}

const page = (change: Partial<ReportData> = {}): string => reportPage({ ...nothing, ...change }, assets);

/** The charts as the page's script reads them. */
function chartsOf(
  text: string,
): { id: string; x: { values: number[] }; series: { name: string; values: (number | null)[] }[] }[] {
  return JSON.parse(/<script type="application\/json" id="charts">(.*)<\/script>/.exec(text)?.[1] ?? '')
    .charts;
}

describe('empty', () => {
  test('says what to do in every part, and draws nothing', () => {
    const text = page();
    expect(chartsOf(text)).toEqual([]);
    for (const command of ['bench 0.6', 'bench 0.6 --sweep', 'verify', 'predict']) {
      expect(text).toContain(`npx craft ${command}`);
    }
    expect(text).toContain('0 of 2');
  });

  test('a run without a single success has rows and no curve', () => {
    const failed = run({
      rate: 0,
      succeeded: 0,
      failed: 20,
      p50: null,
      p99: null,
      p999: null,
      max: null,
      curve: [],
    });
    const text = page({ runs: [{ ...failed, counts: false }] });
    expect(chartsOf(text).map(({ id }) => id)).toEqual(['chart-rate', 'chart-p99']);
    expect(text).toContain('20 of 20');
  });
});

describe('what a student wrote', () => {
  const evil = `</script><img src=x onerror=alert(1)>'"&\u202e\u0007<!--`;

  test('is text and nothing else, wherever it stands', () => {
    const text = page({
      workspace: evil,
      exercises: [queue, { ...monitor, title: evil, best: { [evil]: { value: 1, unit: evil } } }],
      machine: { cpu: evil, cores: 2, memoryMb: 8192, platform: evil, load: 0 },
      runs: [run({ target: evil, name: evil, says: evil })],
      comparisons: [
        {
          run: 1,
          startedAt: nothing.madeAt,
          target: evil,
          other: evil,
          rate: { value: 1, low: 1, high: 1 },
          p50: null,
          p99: null,
        },
      ],
      predictions: [
        {
          exercise: monitor.id,
          target: evil,
          answer: evil,
          at: nothing.madeAt,
          beforeFirstBench: true,
          run: null,
          figures: [],
        },
      ],
      attempts: [
        {
          number: 1,
          exercise: queue.id,
          startedAt: nothing.madeAt,
          outcome: 'failed',
          whole: true,
          gates: [
            { id: evil, title: evil, outcome: 'failed', limit: 1, measured: 2, unit: evil, better: 'lower' },
          ],
        },
      ],
    });
    expect(text).not.toContain('<img');
    for (const unseen of ['\u202e', '\u0007']) expect(text).not.toContain(unseen);
    expect(text.match(/<\/script>/g)).toHaveLength(4);
    expect(text).not.toContain('<!--');
    // It is all there to be read.
    expect(text).toContain('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&quot;&amp;');
    expect(JSON.stringify(chartsOf(text))).toContain('</script><img src=x');
  });
});

describe('policy', () => {
  test('only what is in the page may run and be looked at, by hash', () => {
    const text = page();
    const policy =
      /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1]?.replaceAll('&#39;', "'") ?? '';
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const inside = [...text.matchAll(/<(?:script|style)(?: type="module")?>([\s\S]*?)<\/(?:script|style)>/g)];
    expect(inside).toHaveLength(4);
    for (const [, content = ''] of inside) {
      expect(policy).toContain(createHash('sha256').update(content).digest('base64'));
    }
  });

  test('no handler, no style and no address outside the page', () => {
    const text = page({ runs: [run({})] });
    expect(text).not.toMatch(/\s(?:on[a-z]+|style)="/);
    expect(text).not.toMatch(/(?:src|href)="(?!#|data:image)/);
  });

  test('a library that would end its element does not', () => {
    const text = reportPage(nothing, { ...assets, library: 'const a = "</script>"; // <!--' });
    expect(text).toContain('const a = "\\x3C/script>"; // \\x3C!--');
  });
});

describe('figures', () => {
  test('a phase shows its best run and its latest; a run with failures is no best', () => {
    const runs = [
      run({ run: 1, rate: 10_000 }),
      run({ run: 2, rate: 30_000, counts: false, failed: 4 }),
      run({ run: 3, rate: 8_000 }),
      run({ run: 4, rate: 2_000, offered: 2_000 }),
      run({ run: 5, rate: 90_000, part: 'other', target: 'the yardstick', exercise: null }),
    ];
    const rate = chartsOf(page({ runs })).find(({ id }) => id === 'chart-rate');
    expect(rate?.series).toMatchObject([
      { name: 'best run', values: [10_000] },
      { name: 'latest run', values: [8_000] },
    ]);
  });

  test('curves stand on an axis of nines, one per server and way of loading', () => {
    const runs = [
      run({
        run: 1,
        curve: [
          [50, 1],
          [90, 2],
          [99, 3],
          [99.9, 4],
        ],
      }),
      run({
        run: 2,
        offered: 2_000,
        curve: [
          [50, 1],
          [99, 9],
        ],
      }),
    ];
    const chart = chartsOf(page({ runs })).find(({ id }) => id === 'chart-latency');
    expect(chart?.x.values).toEqual([0.30103, 1, 2, 3]);
    expect(chart?.series.map(({ values }) => values)).toEqual([
      [1, null, 9, null],
      [1, 2, 3, 4],
    ]);
  });

  test('a sweep rises by clients, whatever the order it ran in', () => {
    const runs = [100, 1, 10].map((clients) => run({ part: 'sweep', clients, rate: clients * 100 }));
    const chart = chartsOf(page({ runs })).find(({ id }) => id === 'chart-sweep-rate');
    expect(chart?.x.values).toEqual([1, 10, 100]);
    expect(chart?.series).toMatchObject([{ values: [100, 1_000, 10_000] }]);
  });

  test('marks say what a figure is not', () => {
    const text = page({
      runs: [run({ doubtful: true, counts: false }), run({ run: 2, interrupted: true, counts: false })],
    });
    expect(text).toContain('† The load generator may have been the limit');
    expect(text).toContain('‡ Ended early');
  });

  test('an interval around 1 decides nothing', () => {
    const compared = (value: number, low: number, high: number): string =>
      page({
        comparisons: [
          {
            run: 1,
            startedAt: nothing.madeAt,
            target: 'mine',
            other: 'the yardstick',
            rate: { value, low, high },
            p50: null,
            p99: null,
          },
        ],
      });
    expect(compared(1.04, 0.97, 1.1)).toContain('no difference from the yardstick that shows');
    expect(compared(1.5, 1.4, 1.6)).toContain('50 % more requests/s than the yardstick');
    expect(compared(0.8, 0.7, 0.9)).toContain('20 % fewer requests/s than the yardstick');
  });

  test('a prediction is worded by its factor', () => {
    const predicted = (value: number, measured: number): string =>
      page({
        predictions: [
          {
            exercise: monitor.id,
            target: '0.6 The monitor',
            answer: 'The disk.',
            at: nothing.madeAt,
            beforeFirstBench: false,
            run: 1,
            figures: [{ what: 'rate', predicted: value, measured, ratio: measured / value }],
          },
        ],
      });
    expect(predicted(20_000, 5_000)).toContain('4.00× too high');
    expect(predicted(5_000, 20_000)).toContain('4.00× too low');
    expect(predicted(5_000, 5_100)).toContain('spot on');
    expect(predicted(5_000, 5_100)).toContain('Said after a first run had been seen.');
  });

  test.each([
    [{ measured: 5, limit: 10, better: 'lower' }, 0.5],
    [{ measured: 0.25, limit: 0.5, better: 'higher' }, 2],
    [{ measured: 0, limit: 0, better: 'lower' }, 1],
    [{ measured: 3, limit: 0, better: 'lower' }, null],
    [{ measured: 0, limit: 5, better: 'higher' }, null],
    [{ measured: null, limit: 5, better: 'lower' }, null],
  ] as const)('the margin of %o is %o', (gate, expected) => {
    expect(margin({ id: 'g', title: 'g', unit: '', outcome: 'passed', ...gate })).toBe(expected);
  });
});

describe('percentile curves', () => {
  test('give what the run says, as far as its requests carry it', () => {
    const { result } = measurement('c1', { rate: 1_000, median: 5 });
    const curve = new Map(percentileCurve(result.histogram));
    expect(curve.get(50)).toBe(result.latency?.p50);
    expect(curve.get(99)).toBe(result.latency?.p99);
    expect(curve.get(99.9)).toBe(result.latency?.p999);
    expect([...curve.keys()]).toEqual([...curve.keys()].sort((a, b) => a - b));
  });

  test('are empty for what is no histogram', () => {
    expect(percentileCurve('')).toEqual([]);
    expect(percentileCurve('aGVsbG8=')).toEqual([]);
  });
});

describe('colours', () => {
  const light = (hex: string): number => {
    const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
    const [r = 0, g = 0, b = 0] = parts.map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [dark = 0, bright = 0] = [light(a), light(b)].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
  };

  test.each(['light', 'dark'] as const)('of the %s theme can be seen', (name) => {
    const { surface, page: paper, text, soft, accent, limit, series } = themes[name];
    for (const colour of [...series, limit])
      expect(contrast(colour, surface), colour).toBeGreaterThanOrEqual(3);
    for (const back of [surface, paper]) {
      for (const colour of [text, soft, accent])
        expect(contrast(colour, back), colour).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('every series has a dash of its own as well', () => {
    expect(new Set(dashes.map((dash) => dash.join())).size).toBe(themes.light.series.length);
    expect(themes.dark.series).toHaveLength(themes.light.series.length);
  });
});
