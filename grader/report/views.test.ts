import { expect, test } from 'vitest';
import { plain, viewOf } from '../fixtures/report.ts';
import { distance, figure } from './gates.ts';
import { render } from './index.ts';
import type { ListJson, UpdateJson } from './json.ts';
import { shownPath } from './paths.ts';

const row: ListJson['exercises'][number] = {
  id: '0-poc/01-queue',
  number: '0.1',
  title: 'A bounded queue',
  summary: 'It waits.',
  minutes: 20,
  status: 'passed',
  missing: [],
  craft: '0-poc',
  attempts: 3,
  hints: 0,
  best: { drain: { value: 1.021, unit: '' } },
};
const store = { ...row, id: '0-poc/02-store', number: '0.2', title: 'Lines', attempts: 1, best: {} };
const ingest = {
  ...store,
  id: '0-poc/03-ingest',
  number: '0.3',
  title: 'A door',
  attempts: 0,
  missing: [store.id],
};

test('list: a line per exercise, grouped by craft, with a bar', async () => {
  const data: ListJson = {
    schema: 1,
    workspace: '/w',
    current: store.id,
    exercises: [row, { ...store, status: 'open' }, { ...ingest, status: 'locked' }],
    crafts: [{ craft: '0-poc', passed: 1, total: 3 }],
  };
  expect(await render('terminal', { view: 'list', data }, plain)).toBe(
    [
      '0-poc  ████░░░░░░░░░░ 1 of 3 passed',
      '  ✓ 0.1  A bounded queue  20 min  3 attempts  best: drain 1.02',
      '→ ○ 0.2  Lines            20 min  1 attempt',
      '  · 0.3  A door           20 min              locked: pass 0.2 first',
      '',
      '→ is where you are. Go on: npx craft next · move: npx craft next <number>',
    ].join('\n'),
  );
});

test('hint: which one it is and whether there is more', async () => {
  const base = {
    schema: 1,
    exercise: row.id,
    number: '0.1',
    title: 'A bounded queue',
    text: 'Who *waits*?',
  } as const;
  const level = { ...base, level: 2, left: 1 };
  expect(await render('terminal', { view: 'hint', data: level }, plain)).toBe(
    'Hint 2 of 3 · 0.1 A bounded queue\n\nWho waits?\n\nOne step further: npx craft hint',
  );
  const check = { ...base, check: 'fifo', left: 3 };
  expect(await render('terminal', { view: 'hint', data: check }, plain)).toMatch(
    /^About the failing check \[fifo\] · 0\.1 .*Still stuck\? npx craft hint$/s,
  );
});

test('doctor: what is wrong and how to mend it', async () => {
  const findings = [
    { id: 'node', title: 'Node.js', status: 'ok', detail: '20.20.2' },
    { id: 'git', title: 'git', status: 'warn', detail: 'not found', mend: 'Install it.' },
  ] as const;
  const data = { schema: 1, findings } as const;
  expect(await render('terminal', { view: 'doctor', data }, plain)).toBe(
    '✓  Node.js  20.20.2\n!  git      not found\n   → Install it.\n\ncraft works here; 1 thing could be better.',
  );
});

test('reset: one line per file that brings the old text back, quoted for a shell', async () => {
  const path = 'exercises/0-poc/01-queue/queue.ts';
  const copies = [{ path, copy: `.craft/resets/1-queue/${path}` }];
  const data = { schema: 1, exercise: row.id, changed: [path], absent: [], copies } as const;
  const text = await render('terminal', { view: 'reset', data, root: "/w/ada's lab", cwd: '/w' }, plain);
  expect(text).toContain(`  cp 'ada'\\''s lab/.craft/resets/1-queue/${path}' 'ada'\\''s lab/${path}'`);
});

test('update: what came, what was left alone, where the old is', async () => {
  const none: UpdateJson = {
    schema: 1,
    from: '0.1.0',
    to: '0.2.0',
    updated: [],
    added: [],
    kept: [],
    absent: [],
    removed: [],
    obsolete: [],
    blocked: [],
    copies: [],
  };
  expect(await render('terminal', { view: 'update', data: none }, plain)).toBe(
    '✓ Nothing to bring in: this is 0.2.0.',
  );
  const data: UpdateJson = {
    ...none,
    updated: ['README.md'],
    kept: [{ path: 'a.ts', offer: '.craft/update/0.2.0/a.ts' }],
    copies: [{ path: 'README.md', copy: '.craft/resets/1-update/README.md' }],
  };
  expect(await render('terminal', { view: 'update', data }, plain)).toBe(
    [
      '✓ 1 file brought up to date: 0.1.0 to 0.2.0.',
      '  updated  README.md',
      '  yours    a.ts  (the new one: .craft/update/0.2.0/a.ts)',
      'The old versions are kept in .craft/resets/1-update',
      'Files marked yours were changed by you and were left alone.',
    ].join('\n'),
  );
});

test('the json reporter prints the data and nothing of its presentation', async () => {
  const view = viewOf({});
  expect(JSON.parse(await render('json', { view: 'attempt', data: view }, plain))).toEqual(view.attempt);
  const data = { schema: 1, error: { code: 'BAD_USAGE', message: 'no', exitCode: 2 } } as const;
  expect(JSON.parse(await render('json', { view: 'error', data }, plain))).toEqual(data);
});

test('the distance of a gate says which way', () => {
  const gate = { ...gateOf(1.35), measured: 1 };
  expect(distance(gate)).toBe('25.9 % to spare');
  expect(distance({ ...gate, measured: 2.7 })).toBe('100 % over');
  expect(distance({ ...gate, measured: 1.35 })).toBe('exactly at the limit');
  expect(distance({ ...gate, limit: 200, measured: 150, better: 'higher' })).toBe('25 % short');
  expect(distance({ ...gate, limit: 0, measured: 3 })).toBe('3 over');
  expect(distance({ ...gate, measured: null })).toBe('nothing measured');
  expect([figure(1234.5), figure(12.34), figure(1.2345), figure(7)]).toEqual(['1,235', '12.3', '1.23', '7']);
});

test('paths are short from where the student stands, and never longer than they are', () => {
  expect(shownPath('/w/lab/a.ts', '/w/lab')).toBe('a.ts');
  expect(shownPath('/w/lab/a.ts', '/w/lab/b/c')).toBe('../../a.ts');
  expect(shownPath('/a.ts', '/w/lab/b/c')).toBe('/a.ts');
});

function gateOf(limit: number) {
  return {
    id: 'g',
    title: '',
    kind: 'count',
    outcome: 'passed',
    limit,
    unit: '',
    better: 'lower',
    reference: '',
    advice: '',
    ms: 1,
  } as const;
}
