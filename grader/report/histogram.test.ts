import { expect, test } from 'vitest';
import { recorded } from '../fixtures/bench.ts';
import { plain } from '../fixtures/report.ts';
import { bar } from './bars.ts';
import { curve } from './curve.ts';
import { histogram } from './histogram.ts';
import { decodeLatencies } from './latencies.ts';
import { count, moment, share, span, three } from './numbers.ts';
import { createStyle } from './style.ts';

const draw = (...latencies: number[]): string[] =>
  histogram(decodeLatencies(recorded(latencies).histogram), [], { ...plain, columns: 60 });

test('one latency is one row, whatever its size', () => {
  for (const ms of [0, 0.001, 0.9, 1, 1_000, 59_000]) {
    const lines = draw(ms);
    expect(lines, `${ms} ms`).toHaveLength(1);
    expect(lines[0]).toMatch(/ {2}1$/);
  }
});

test('rows are no more than a screen, from microseconds to a minute', () => {
  const lines = draw(0.002, 0.02, 0.2, 2, 20, 200, 2_000, 20_000, 59_000);
  expect(lines.length).toBeLessThanOrEqual(14);
  expect(lines[0]).toMatch(/^ 0\.001 – +0\.01 ms /);
});

test('what is on a bound is in the row that ends there', () => {
  const lines = draw(1, 1.5, 2);
  expect(lines.map((line) => line.replace(/█+/u, '').replace(/ +/g, ' '))).toEqual([
    '0.8 – 1 ms 1',
    ' 1 – 1.2 ms 0',
    '1.2 – 1.5 ms 1',
    '1.5 – 2 ms 1',
  ]);
});

test('a stretch of nothing is one line', () => {
  const lines = draw(1, 1, 1, 80);
  expect(lines.filter((line) => line === '⋮')).toHaveLength(1);
  expect(lines.length).toBeLessThan(6);
});

test('a run without a success has no histogram', () => {
  expect(histogram(decodeLatencies(''), [], plain)).toEqual([]);
});

test('latencies come back as they were recorded', () => {
  expect(decodeLatencies(recorded([0.5, 0.5, 7]).histogram)).toEqual([
    { ms: 0.5, count: 2 },
    { ms: expect.closeTo(7, 2), count: 1 },
  ]);
});

test('bars are as long as their share; what is there is seen', () => {
  expect(bar(1, 4, true)).toBe('████');
  expect(bar(0.5, 4, true)).toBe('██');
  expect(bar(0.28, 4, true)).toBe('█▏');
  expect(bar(0.0001, 4, true)).toBe('▏');
  expect(bar(0.0001, 4, false)).toBe('#');
  expect(bar(0, 4, true)).toBe('');
  expect(bar(Number.NaN, 4, true)).toBe('');
});

test('a curve goes from 0 up and has holes where nothing was measured', () => {
  const ascii = createStyle({ env: { LANG: 'C' }, isTTY: false, columns: 40 });
  const points = [
    { label: '1', value: 10 },
    { label: '10', value: null },
    { label: '100', value: 5 },
  ];
  expect(curve('title', points, String, ascii)).toEqual([
    'title',
    '10 |    o',
    '   |',
    '   |',
    '   |',
    ' 5 |                        o',
    '   |',
    '   |',
    '   |',
    ' 0 +------------------------------',
    '        1         10       100',
  ]);
  expect(curve('title', [{ label: '1', value: 0 }], String, ascii)).toEqual([]);
});

test('numbers have three figures, counts all of them', () => {
  expect([0, 0.0314, 0.314, 3.1449, 9.999, 31.42, 99.96, 314.15, 999.6, 3141.5, 53_320].map(three)).toEqual([
    '0',
    '0.031',
    '0.314',
    '3.14',
    '10.0',
    '31.4',
    '100',
    '314',
    '1,000',
    '3,140',
    '53,300',
  ]);
  expect(count(53_320)).toBe('53,320');
});

test('a share is 100 % only when nothing is missing', () => {
  expect([share(5, 5), share(0, 5), share(0, 0)]).toEqual(['100 %', '0 %', '0 %']);
  expect([share(999_999, 1_000_000), share(1, 1_000_000)]).toEqual(['99.99 %', '0.01 %']);
});

test('times are read in their own unit', () => {
  expect([12, 999, 1_000, 1_540, 10_000, 119_000, 300_000].map(span)).toEqual([
    '12 ms',
    '999 ms',
    '1 s',
    '1.5 s',
    '10 s',
    '119 s',
    '5 min',
  ]);
  expect(moment('2026-11-23T12:04:05.678Z')).toBe('2026-11-23 12:04 UTC');
});
