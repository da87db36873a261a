import { expect, test } from 'vitest';
import { plain } from '../fixtures/report.ts';
import { clean, shorten } from './clean.ts';
import { createLive } from './live.ts';
import { markdown } from './markdown.ts';
import { colorLevel, createStyle } from './style.ts';
import { field, table, width, wrap } from './text.ts';

test('width counts columns, not code units', () => {
  expect(width('abc')).toBe(3);
  expect(width('\u001b[31mabc\u001b[0m')).toBe(3);
  expect(width('漢字')).toBe(4);
  expect(width('e\u0301')).toBe(1);
  expect(width('🚀')).toBe(2);
});

test('wrap breaks at spaces and leaves long words whole', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
  expect(wrap('a-very-long-word b', 6)).toEqual(['a-very-long-word', 'b']);
  expect(wrap('', 10)).toEqual(['']);
});

test('fields hang under their label', () => {
  expect(field('why', 'one two three four five six', 5, 27)).toEqual([
    'why    one two three four',
    '       five six',
  ]);
});

test('tables line up, also with colours and wide characters', () => {
  expect(
    table([
      ['a', 'x'],
      ['漢', 'y'],
    ]),
  ).toEqual(['a   x', '漢  y']);
});

test('clean keeps text, newlines and tabs', () => {
  expect(clean('a\tb\nc\u0000\u001b[1md\u001b[0m')).toBe('a\tb\ncd');
  expect(clean('50 %\rdone')).toBe('50 %\ndone');
});

test('shorten says what it left out', () => {
  expect(shorten('a\nb\nc', 2)).toBe('a\nb\n… 1 more line');
  expect(shorten('x'.repeat(30), 2, 10)).toBe(`${'x'.repeat(10)}…\n… 20 more characters`);
});

test('NO_COLOR wins, FORCE_COLOR comes next, otherwise the terminal decides', () => {
  expect(colorLevel({ env: {}, isTTY: false })).toBe(0);
  expect(colorLevel({ env: {}, isTTY: true })).toBe(1);
  expect(colorLevel({ env: { TERM: 'xterm-256color' }, isTTY: true })).toBe(2);
  expect(colorLevel({ env: { TERM: 'dumb' }, isTTY: true })).toBe(0);
  expect(colorLevel({ env: { FORCE_COLOR: '1' }, isTTY: false })).toBe(1);
  expect(colorLevel({ env: { FORCE_COLOR: '0' }, isTTY: true })).toBe(0);
  expect(colorLevel({ env: { NO_COLOR: '1', FORCE_COLOR: '1' }, isTTY: true })).toBe(0);
  expect(colorLevel({ env: { NO_COLOR: '' }, isTTY: true })).toBe(1);
});

test('links are there only for terminals that know them', () => {
  const linking = createStyle({ env: { FORCE_HYPERLINK: '1' }, isTTY: true, columns: 80 });
  expect(linking.link('queue.ts', '/a b/queue.ts')).toBe(
    '\u001b]8;;file:///a%20b/queue.ts\u001b\\queue.ts\u001b]8;;\u001b\\',
  );
  expect(plain.link('queue.ts', '/a b/queue.ts')).toBe('queue.ts');
});

test('markdown of a lesson becomes plain paragraphs, lists, code and tables', async () => {
  const text = [
    '# A queue',
    '## Why',
    'A *queue* decouples `push` and **take**, see [the text](https://example.org/q).',
    '',
    '1. first &amp; best',
    '2. second',
    '   - inner',
    '',
    '| n | ms |',
    '|---|---:|',
    '| 20 | 1.5 |',
    '',
    '```ts',
    'const a  = 1;',
    '```',
    '> quoted',
    '',
    '<details><summary>Answer</summary>',
    '',
    'It is 42.',
    '</details>',
  ].join('\n');
  expect(await markdown(text, plain)).toEqual([
    'A queue',
    '',
    'Why',
    '',
    'A queue decouples push and take, see the text (https://example.org/q).',
    '',
    '1. first & best',
    '2. second',
    '   • inner',
    '',
    'n    ms',
    '──  ───',
    '20  1.5',
    '',
    '    const a  = 1;',
    '',
    '│ quoted',
    '',
    'Answer',
    '',
    'It is 42.',
  ]);
});

test('the live line is rewritten in place and never wraps', () => {
  const written: string[] = [];
  const live = createLive({ write: (text) => void written.push(text), columns: 20 });
  live.status('compile');
  live.status('compile');
  live.status('a line that is much wider than the terminal');
  live.body('text');
  live.close();
  expect(written).toEqual([
    '\r\u001b[2Kcompile',
    '\r\u001b[2Ka line that is much',
    '\u001b[H\u001b[2Jtext\n\na line that is much',
    '\r\u001b[2K',
  ]);
});

test('details are folded to their summary until they may be seen', async () => {
  const text =
    'Guess.\n\n<details><summary>Our numbers</summary>\n\n| n | ms |\n|---|---|\n| 1 | 2 |\n\n</details>\n\nGo on.';
  expect(await markdown(text, plain, { open: false })).toEqual([
    'Guess.',
    '',
    '▸ Our numbers: shown once you have passed.',
    '',
    'Go on.',
  ]);
  const open = (await markdown(text, plain)).join('\n');
  expect(open).toContain('Our numbers');
  expect(open).toMatch(/n {2}ms/);
  expect(open).not.toContain('details');
});

test('a table wider than the terminal wraps its cells', async () => {
  const narrow = createStyle({ env: {}, isTTY: false, columns: 44 });
  const lines = await markdown(
    '| what | answer |\n|---|---|\n| a rather long request line of many words | 400 and a code that says why it was refused |\n',
    narrow,
  );
  expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(44);
  expect(lines.length).toBeGreaterThan(4);
});

test('a command of ours is never broken into two lines', () => {
  const text = 'queue.ts is not there. Put it back with: npx craft reset 0.1';
  expect(wrap(text, 50)).toEqual(['queue.ts is not there. Put it back with:', 'npx craft reset 0.1']);
  expect(wrap('All of it: npx craft verify 0.1 --only gate. Then rest.', 20)).toEqual([
    'All of it:',
    'npx craft verify 0.1 --only gate.',
    'Then rest.',
  ]);
});
