/** Nothing that a student wrote does anything in any format but be read. */
import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import type { GradeReport } from '../../core/grading.ts';
import { gradedClass } from '../../fixtures/grading/class.ts';
import { type Attack, attacks, hostileClass } from '../../fixtures/grading/hostile.ts';
import { gradescopeSchema, prairieLearnSchema, readJunit } from '../../fixtures/grading/read.ts';
import { plain as style } from '../../fixtures/report.ts';
import { gradeFiles, gradeFormats, gradeText } from './index.ts';
import { messageBytes, plain, plainLine } from './plain.ts';

const names = Object.keys(attacks) as Attack[];
/** Every attack alone, and all of them in one text. */
const texts: readonly (readonly [name: string, text: string])[] = [
  ...names.map((name) => [name, attacks[name]] as const),
  ['all at once', names.map((name) => attacks[name]).join('')],
];

/** What no reader of a report may ever meet, in whatever format: escapes, controls, marks that reorder. */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufffe\uffff]|\p{Surrogate}/u;

async function everything(report: GradeReport): Promise<Map<string, string>> {
  const all = new Map((await gradeFiles(report)).map(({ path, content }) => [path, String(content)]));
  for (const format of gradeFormats) all.set(`--format ${format}`, await gradeText(report, format, style));
  return all;
}

/** As the runner of GitHub Actions reads a line: the new form at its beginning, the old one anywhere. */
function isCommand(line: string): boolean {
  return line.trimStart().startsWith('::') || line.includes('##[');
}

describe.each(texts)('%s', (name, text) => {
  const all = everything(hostileClass(text));
  const file = async (path: string): Promise<string> => (await all).get(path) ?? '';

  test('no escape, no control character, no turned text, no half of a pair, anywhere', async () => {
    for (const [path, content] of await all) expect(unseen.exec(content), path).toBeNull();
    expect((await all).size).toBe(6 + 2 * 2 + gradeFormats.length);
  });

  test('names of files stay plain', async () => {
    for (const path of (await all).keys()) {
      if (path.includes('/'))
        expect(path).toMatch(/^(gradescope|prairielearn)\/[A-Za-z0-9_][A-Za-z0-9._-]*\.json$/);
    }
  });

  test('JSON is JSON, and has its shape', async () => {
    expect(JSON.parse(await file('class.json')).students).toHaveLength(2);
    for (const [path, content] of await all) {
      if (path.startsWith('gradescope/')) gradescopeSchema.parse(JSON.parse(content));
      if (path.startsWith('prairielearn/')) prairieLearnSchema.parse(JSON.parse(content));
    }
  });

  test('JUnit is valid, and each text is one text', async () => {
    const suites = readJunit(await file('junit.xml'));
    expect(suites).toHaveLength(6);
    const shown = plain(text);
    const failure = suites.flatMap(({ cases }) => cases).find(({ result }) => result?.kind === 'failure');
    expect(failure?.result?.text).toBe(shown);
  });

  test('CSV has its columns, and no cell that a spreadsheet would run', async () => {
    for (const path of ['grades.csv', 'canvas.csv']) {
      const rows: string[][] = parseCsv(await file(path), { bom: true });
      const width = rows[0]?.length ?? 0;
      for (const row of rows) {
        expect(row).toHaveLength(width);
        for (const cell of row) expect(cell).not.toMatch(/^\s*[=+@\uff1d\uff0b\uff20]|^\s*-(?!\d)|[\r\n\t]/);
      }
    }
    const [record] = parseCsv(await file('grades.csv'), { bom: true, columns: true }) as Record<
      string,
      string
    >[];
    expect(record?.name?.replace(/^'/, '')).toBe(plainLine(text));
  });

  test('on stdout of an Actions step only craft gives commands', async () => {
    for (const line of (await file('--format table')).split('\n')) expect(isCommand(line), line).toBe(false);
    const lines = (await file('--format github')).trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]*$/);
    expect(lines.length).toBeLessThanOrEqual(30);
  });

  test('the summary has its own headings, tables and elements, and no others', async () => {
    const lines = (await file('summary.md')).split('\n');
    const elements = lines.filter((line) => line.includes('<'));
    expect(elements).toEqual(['<details><summary>2 students</summary>', '</details>']);
    const headings = lines.filter((line) => line.startsWith('#'));
    expect(headings).toHaveLength(4);
    const columns = (line: string): number => line.split('|').length;
    const tables = (await file('summary.md'))
      .split('\n\n')
      .map((block) => block.split('\n').filter((l) => l.startsWith('|')));
    for (const table of tables) expect(new Set(table.map(columns)).size).toBeLessThanOrEqual(1);
    expect(lines.join('\n')).not.toMatch(/[[\]`@]|javascript:|https?:/);
  });

  test('the page holds it as text', async () => {
    const page = await file('index.html');
    expect(page).not.toMatch(/<img|onerror=(?!document)|<script>document/);
    expect(page.match(/<script/g)?.length, name).toBe(page.match(/<\/script>/g)?.length);
    const data = /<script type="application\/json" id="class">(.*)<\/script>/.exec(page)?.[1] ?? '';
    expect(JSON.parse(data).students).toHaveLength(2);
  });
});

describe('sizes', () => {
  test('a message of 100 MB takes no time worth mentioning and 8 KiB', async () => {
    const huge = `\u001b[31m${'\u001b]'.repeat(50_000_000)}`;
    const text = plain(huge);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(messageBytes);
    expect(text).toContain('100,000,005 characters in all');
    const all = await everything(hostileClass('x'.repeat(100_000_000)));
    for (const [path, content] of all) expect(Buffer.byteLength(content), path).toBeLessThan(1_000_000);
  });

  test('a cut never falls inside a character, and is said', () => {
    for (const character of ['é', '€', '😀']) {
      for (let length = messageBytes - 5; length < messageBytes + 5; length++) {
        const text = plain('a'.repeat(length % 7) + character.repeat(length));
        expect(text).not.toContain('\ufffd');
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(messageBytes);
      }
    }
    expect(plain('a'.repeat(messageBytes))).toBe('a'.repeat(messageBytes));
    expect(plain('a'.repeat(messageBytes + 1))).toMatch(/a\n… cut: 8,193 characters in all$/);
    expect([...plainLine('é'.repeat(5_000))]).toHaveLength(300);
  });

  test('a student whose every check says a lot has files below 1 MB, and valid ones', async () => {
    const report = gradedClass({ students: 2, exercises: 17 });
    const long = '"\\\n<&\t'.repeat(100_000);
    const students = report.students.map((student) => ({
      ...student,
      records: student.records.map((record) => ({
        ...record,
        checks: Array.from({ length: 40 }, (_each, index) => ({
          ...{
            id: `c${index}`,
            title: '😀'.repeat(300),
            status: 'failed' as const,
            points: 0,
            maxPoints: 0.2,
            ms: 1,
          },
          ...{ message: long, seed: '1a2b3c4d' },
        })),
      })),
    }));
    const files = await gradeFiles({ ...report, students });
    const perStudent = files.filter(({ path }) => path.includes('/'));
    expect(perStudent).toHaveLength(4);
    for (const { path, content } of perStudent) {
      expect(Buffer.byteLength(String(content)), path).toBeLessThanOrEqual(1_000_000);
      const schema = path.startsWith('gradescope') ? gradescopeSchema : prairieLearnSchema;
      const { tests } = schema.parse(JSON.parse(String(content)));
      expect(tests.length).toBeGreaterThan(600);
    }
  });

  test('what tries to make the cleaning slow does not', () => {
    /** CPU time, microseconds: the least of three. */
    const cost = (pattern: string): number => {
      const text = pattern.repeat(10_000_000 / pattern.length);
      const costs = [1, 2, 3].map(() => {
        const started = process.cpuUsage();
        plain(text);
        return process.cpuUsage(started).user;
      });
      return Math.min(...costs);
    };
    const honest = Math.max(500, cost('\u001b[0m'));
    const patterns = [
      '\u001b[0;',
      '\u001b]',
      '\u001b',
      '\u009d',
      '\u001bP',
      '\u001b[ ',
      ' \n',
      '\u001b[\u001b]',
    ];
    // One that tries every end from every beginning costs a thousand times as much.
    for (const pattern of patterns) expect(cost(pattern) / honest, JSON.stringify(pattern)).toBeLessThan(60);
  });
});

test('what is no attack stays: languages, emoji, indentation', () => {
  for (const text of ['Ünïcødé', '日本語', 'العربية', 'עברית', '👩‍👩‍👧', 'a\n  b\n\tc', 'क्‍ष']) {
    expect(plain(text)).toBe(text);
  }
});
