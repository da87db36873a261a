import { lexer } from 'marked';
import { expect, test } from 'vitest';
import type { Gain, Measured } from '../bench/types.ts';
import { failing, measurement, open, result, run, runWith, sweep } from '../fixtures/bench.ts';
import { plain } from '../fixtures/report.ts';
import { render } from './index.ts';
import { resultMarkdown } from './journal.ts';
import type { JournalJson } from './json.ts';

const measured = (of: typeof run): Measured => {
  const [first = measurement] = of.measurements;
  return { run: of, measurement: first };
};
const ingest = { kind: 'exercise', name: '0.3 The front door', exercise: '0-poc/03-ingest' } as const;
const before = measured(runWith({ target: ingest, result: { ...result, rate: 2_665 } }, { number: 2 }));
const after = measured(run);
const gain: Gain = { before, after, ratio: { rate: 2, p50: 1, p99: 0.4, p999: null }, sweep: [] };

/** The cells of each table in the markdown. */
function tables(text: string): string[][][] {
  return lexer(text).flatMap((token) => {
    if (token.type !== 'table') return [];
    const { header, rows } = token as unknown as { header: { text: string }[]; rows: { text: string }[][] };
    return [[header, ...rows].map((row) => row.map((cell) => cell.text))];
  });
}

test('the result: both sides, the ratio, and where it was measured', () => {
  const text = resultMarkdown(gain);
  const [rows = []] = tables(text);
  expect(rows[0]).toEqual(['', 'before: 0.3 The front door', 'after: 0.6 The monitor', 'after / before']);
  expect(rows.map(([label]) => label)).toEqual([
    '',
    'clients',
    'load',
    'requests/s',
    'success',
    'p50',
    'p99',
    'p99.9',
    'machine',
    'date',
    'bench',
  ]);
  expect(rows).toContainEqual(['requests/s', '2,670', '5,330', '2.00 ×']);
  expect(rows).toContainEqual(['success', '100 %', '100 %', '']);
  expect(rows).toContainEqual(['bench', '2', '4', '']);
  const machine = '2 cores of a processor, Node 20.20.2';
  expect(rows).toContainEqual(['machine', machine, machine, '']);
  expect(text).toContain('2.00 times the requests/s of before; p99 is 0.400 times what it was.');
  expect(text).not.toMatch(/^#|not the same|cut short/m);
});

test('one run alone has a table too, and says what to do', () => {
  const text = resultMarkdown({ after, ratio: null, sweep: [] });
  expect(tables(text)[0]?.[0]).toEqual(['', '0.6 The monitor']);
  expect(text).toContain('no earlier bench to compare with: change something, then `npx craft bench 0.6`.');
});

test('what casts doubt is said', () => {
  const doubtful = measured(
    runWith({ ...open, result: { ...failing, interrupted: true } }, { node: '22.0.0' }),
  );
  const text = resultMarkdown({ before, after: doubtful, ratio: null, sweep: [] });
  expect(text).toContain('loaded in different ways, so there is no ratio');
  expect(text).toContain('The machine or the Node was not the same');
  expect(text).toContain('Bench 4: The load generator was full');
  expect(text).toContain('Bench 4 was cut short.');
  const [rows = []] = tables(text);
  expect(rows.find(([label]) => label === 'load')?.[2]).toBe('open loop, 8,000 requests/s offered');
  expect(rows.find(([label]) => label === 'success')?.[2]).not.toBe('100 %');
});

test('a sweep has its curve below', () => {
  const [, curve = []] = tables(resultMarkdown({ ...gain, sweep: sweep.measurements }));
  expect(curve.map(([clients]) => clients)).toEqual(['clients', '1', '10', '50', '100', '500']);
});

test('names cannot break the table or the comment lines', () => {
  const odd = runWith({}, { machine: { ...run.machine, cpu: 'a | b --> <!-- craft:end x 1 -->\n## no' } });
  const text = resultMarkdown({ after: measured(odd), ratio: null, sweep: [] });
  expect(text).not.toMatch(/<!--|-->|^##/m);
  expect(tables(text)[0]?.every((row) => row.length === 2)).toBe(true);
});

test('the command names the file and what it did to each phase', async () => {
  const phase = {
    exercise: 'x',
    number: '0.3',
    title: 'The front door',
    before: null,
    after: 1,
    ratio: null,
  };
  const second = { ...phase, number: '0.6', title: 'The monitor', before: 1, after: 4, ratio: gain.ratio };
  const path = '/w/PERFORMANCE.md';
  const show = (...phases: JournalJson['phases']) =>
    render('terminal', { view: 'journal', cwd: '/w', data: { schema: 1, path, phases } }, plain);
  expect(await show({ ...phase, action: 'added' }, { ...second, action: 'appended' })).toBe(
    [
      '✓ PERFORMANCE.md',
      '  0.3 The front door  new section      bench 1',
      '  0.6 The monitor     result appended  bench 4 after 1: 2.00 times the requests/s',
      'The comment lines around the result of 0.6 were gone: it stands at the end of',
      'its section now.',
      'The rest of each section is yours to write.',
    ].join('\n'),
  );
  expect((await show({ ...phase, action: 'unchanged' })).split('\n')).toEqual([
    'Nothing new for PERFORMANCE.md.',
    '  0.3 The front door  as it was  bench 1',
  ]);
});
