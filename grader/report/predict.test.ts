import { expect, test } from 'vitest';
import type { Prediction } from '../bench/types.ts';
import { plain } from '../fixtures/report.ts';
import { render } from './index.ts';
import type { PredictJson } from './json.ts';

const first = { answer: 'the store', rate: 5_000, at: '2026-11-23T10:00:00.000Z', beforeFirstBench: true };
const prediction: Prediction = { ...first, revisions: [] };
const data: PredictJson = {
  schema: 1,
  exercise: '0-poc/06-monitor',
  number: '0.6',
  title: 'The monitor',
  question: 'What gives up *first*?',
  serves: true,
  prediction: null,
  recorded: false,
};
const show = async (change: Partial<PredictJson>, asked?: 'now' | 'before'): Promise<string[]> => {
  const view = { view: 'predict', data: { ...data, ...change }, ...(asked ? { asked } : {}) } as const;
  return (await render('terminal', view, plain)).split('\n');
};

test('the question, and how to answer it', async () => {
  expect(await show({})).toEqual([
    'Predict · 0.6 The monitor',
    '',
    'What gives up first?',
    '',
    'Answer before you measure: npx craft predict 0.6 --answer "…" --rate 5000',
  ]);
  expect((await show({ serves: false })).at(-1)).toBe(
    'Answer before you measure: npx craft predict 0.6 --answer "…"',
  );
  expect(await show({}, 'now')).toEqual(['Predict · 0.6 The monitor', '', 'What gives up first?', '']);
  expect(await show({}, 'before')).toEqual(['Nothing was kept.']);
});

test('what was said, and what comes next', async () => {
  expect(await show({ prediction, recorded: true })).toEqual([
    '✓ Your prediction is kept.',
    'Predicted, 2026-11-23 10:00 UTC:',
    '  the store',
    '  5,000 requests/s',
    'Now find out: npx craft bench 0.6',
  ]);
  const late = { ...prediction, beforeFirstBench: false };
  expect((await show({ prediction: late, recorded: true })).at(-1)).toBe(
    'You had measured before; it is marked so.',
  );
});

test('a revision changes nothing', async () => {
  const revision = { answer: 'the\u001b[2J disk', at: '2026-11-24T10:00:00.000Z', beforeFirstBench: false };
  const revised = { ...prediction, revisions: [revision] };
  expect((await show({ prediction: revised, recorded: true })).join(' ')).toMatch(
    /kept as a revision: .* before your first bench +counts\. Predicted, 2026-11-23/,
  );
  expect((await show({ prediction: revised })).slice(4)).toEqual([
    'Predicted, 2026-11-23 10:00 UTC:',
    '  the store',
    '  5,000 requests/s',
    '1 other answer:',
    '  Said after the first bench, 2026-11-24 10:00 UTC:',
    '    the disk',
  ]);
});
