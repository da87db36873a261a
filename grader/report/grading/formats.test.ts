/** Each format says what the records say, in the shape that its readers want. */
import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import type { GradeReport } from '../../core/grading.ts';
import { gradedClass, studentOf } from '../../fixtures/grading/class.ts';
import { gradescopeSchema, prairieLearnSchema, readJunit } from '../../fixtures/grading/read.ts';
import { plain } from '../../fixtures/report.ts';
import { createStyle } from '../style.ts';
import { classFigures } from './figures.ts';
import { fileNames } from './filenames.ts';
import { type GradeFormat, gradeFiles, gradeFormats, gradeText } from './index.ts';

const report = gradedClass({ students: 12, exercises: 4 });
const [ada] = report.students;
if (ada === undefined) throw new Error('no student');
/** Rows of cells, the header first. */
const cells = (csv: string): string[][] => parseCsv(csv, { bom: true });
const rowsOf = (csv: string): Record<string, string>[] => parseCsv(csv, { bom: true, columns: true });
const text = (format: GradeFormat, of: GradeReport = report): Promise<string> => gradeText(of, format, plain);
const files = async (of: GradeReport): Promise<Map<string, string>> =>
  new Map((await gradeFiles(of)).map(({ path, content }) => [path, String(content)]));

/** A class of one, whose first record is changed. */
function one(change: Partial<GradeReport['students'][number]['records'][number]>): GradeReport {
  const [first, ...rest] = ada?.records ?? [];
  if (ada === undefined || first === undefined) throw new Error('no record');
  return { ...report, students: [studentOf(ada.submission, [{ ...first, ...change }, ...rest])] };
}

describe('files', () => {
  test('one of each kind, and two for each student', async () => {
    const all = await files(report);
    const paths = [...all.keys()];
    const fixed = ['class.json', 'grades.csv', 'canvas.csv', 'junit.xml', 'summary.md', 'index.html'];
    expect(paths.filter((path) => !path.includes('/'))).toEqual(fixed);
    expect(paths.filter((path) => path.startsWith('gradescope/'))).toHaveLength(12);
    expect(paths.filter((path) => path.startsWith('prairielearn/'))).toHaveLength(12);
    expect(JSON.parse(all.get('class.json') ?? '')).toEqual(JSON.parse(JSON.stringify(report)));
  });

  test('a class of nobody, or of no exercise, has every format', async () => {
    for (const empty of [
      { ...report, students: [] },
      { ...report, exercises: [], students: [{ ...ada, records: [], score: 0, maxScore: 0, ungraded: 0 }] },
    ]) {
      const all = await files(empty);
      expect(JSON.parse(all.get('class.json') ?? '').students).toHaveLength(empty.students.length);
      expect(readJunit(all.get('junit.xml') ?? '')).toEqual([]);
      for (const format of gradeFormats) expect(typeof (await text(format, empty))).toBe('string');
    }
  });

  test('names of files come from ids, and never leave the folder or meet each other', () => {
    const ids = [
      'ada',
      'Ada',
      '../../x',
      '..',
      '',
      'a/b',
      'a:b',
      '-rf',
      '.git',
      'con',
      'é',
      'x'.repeat(300),
      'lin.',
    ];
    const names = fileNames(ids.map((id) => ({ ...ada, submission: { ...ada.submission, id } })));
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(ids.length);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,100}$/);
    const plainNames = fileNames(report.students);
    expect(plainNames).toEqual(report.students.map(({ submission }) => submission.id));
    // The same ids have the same names, whoever else is in the class.
    expect(fileNames([{ ...ada, submission: { ...ada.submission, id: 'a/b' } }])).toEqual([names[5]]);
  });
});

describe('csv', () => {
  test('the long form has a row for each record and reads back as it was', async () => {
    const rows = rowsOf(await text('csv'));
    const records = report.students.flatMap((student) => student.records);
    expect(rows).toHaveLength(records.length);
    rows.forEach((row, index) => {
      const record = records[index];
      expect(row).toMatchObject({
        student_id: record?.submission.id,
        email: record?.submission.email,
        exercise: record?.exercise,
        score: record?.score === null ? '' : String(Math.round((record?.score ?? 0) * 100) / 100),
        verdict: record?.verdict,
        reason: record?.reason,
        seed: record?.seed,
        key: record?.key,
      });
    });
  });

  test('a gate in the way speaks for the exercise', async () => {
    const [record] = ada.records;
    const [gate] = record?.gates ?? [];
    if (gate === undefined) throw new Error('no gate');
    const gates = [gate, { ...gate, id: 'second', status: 'failed' as const, measured: 2.5, limit: 1 }];
    const [row] = rowsOf(await text('csv', one({ gates })));
    expect(row).toMatchObject({ gate: 'second', gate_status: 'failed', gate_value: '2.5', gate_limit: '1' });
  });

  test('Canvas: the header, the points possible, a line for each student', async () => {
    const [head = [], possible, first = [], ...others] = cells(await text('canvas'));
    expect(head.slice(0, 5)).toEqual(['Student', 'ID', 'SIS User ID', 'SIS Login ID', 'Section']);
    expect(head.slice(5)).toEqual(report.exercises.map(({ number, title }) => `${number} ${title}`));
    expect(possible).toEqual(['    Points Possible', '', '', '', '', '10', '10', '10', '10']);
    expect(first.slice(0, 5)).toEqual([ada.submission.name, '', 's01', 's01@example.org', '']);
    expect(others).toHaveLength(11);
  });

  test('Canvas: what was not graded leaves the grade as it is; an ungraded gate counts neither way', async () => {
    const ungraded = await text('canvas', one({ verdict: 'UNGRADED', score: null }));
    expect(cells(ungraded)[2]?.[5]).toBe('');
    const refused = await text('canvas', one({ verdict: 'REJECTED', score: 0 }));
    expect(cells(refused)[2]?.[5]).toBe('');
    const unsure = await text('canvas', one({ verdict: 'PERF_UNSURE', score: 8, maxScore: 8 }));
    expect(cells(unsure)[2]?.[5]).toBe('10');
  });

  test('a byte order mark only where there is more than ASCII', async () => {
    expect((await text('csv')).startsWith('student_id')).toBe(false);
    expect((await text('csv')).startsWith('"student_id"')).toBe(true);
    const other = {
      ...report,
      students: [{ ...ada, records: ada.records.map((each) => ({ ...each, title: 'Über' })) }],
    };
    const csv = await text('csv', other);
    expect(csv.startsWith('\ufeff"student_id"')).toBe(true);
    expect(rowsOf(csv)[0]?.title).toBe('Über');
    expect(csv).toMatch(/\r\n$/);
  });
});

describe('gradescope', () => {
  test('every student has a valid file whose tests add up to the score', async () => {
    const all = await files(report);
    for (const student of report.students) {
      const results = gradescopeSchema.parse(
        JSON.parse(all.get(`gradescope/${student.submission.id}.json`) ?? ''),
      );
      const sum = results.tests.reduce((total, { score = 0 }) => total + score, 0);
      expect(sum).toBeCloseTo(student.score, 2);
      if (student.ungraded === 0) expect(results.score).toBeCloseTo(student.score, 2);
      expect(results.score / 40).toBeCloseTo(student.score / student.maxScore, 4);
      const possible = results.tests.reduce((total, { max_score = 0 }) => total + max_score, 0);
      if (student.ungraded === 0) expect(possible).toBeCloseTo(student.maxScore, 2);
      expect(results.tests.every(({ visibility }) => visibility === 'visible')).toBe(true);
    }
  });

  test.each(['visible', 'after_due_date', 'after_published', 'hidden'] as const)(
    'what hidden checks say is %s when asked for; the overview then says neither it nor points',
    async (visibility) => {
      const all = await gradeFiles(report, { visibility });
      const results = all
        .filter(({ path }) => path.startsWith('gradescope/'))
        .map(({ content }) => gradescopeSchema.parse(JSON.parse(String(content))));
      expect(new Set(results.flatMap(({ tests }) => tests.map((each) => each.visibility)))).toEqual(
        new Set([visibility]),
      );
      const overviews = results.map(({ output }) => output).join('\n');
      expect(/\d checks failed/.test(overviews)).toBe(visibility === 'visible');
      expect(/\d of \d+/.test(overviews)).toBe(visibility === 'visible');
      // What they have to mend to be graded at all is no secret.
      expect(overviews).toContain('is a symbolic link');
    },
  );

  test('a grader error takes no points away and gives none', async () => {
    const ungraded = one({
      verdict: 'UNGRADED',
      score: null,
      reason: 'The judge ended.',
      checks: [],
      gates: [],
    });
    const results = gradescopeSchema.parse(JSON.parse(await text('gradescope', ungraded)));
    expect(results.tests[0]).toMatchObject({
      name: expect.stringContaining('not graded'),
      output: 'The judge ended.',
    });
    expect(results.tests[0]).not.toHaveProperty('score');
    expect(results.output).toContain('could not be graded');
  });

  test('on stdout: one student alone, many by their ids', async () => {
    expect(Object.keys(JSON.parse(await text('gradescope')))).toEqual(
      report.students.map((each) => each.submission.id),
    );
    expect(gradescopeSchema.safeParse(JSON.parse(await text('gradescope', one({})))).success).toBe(true);
  });
});

test('PrairieLearn: a share of the points, tests with points, a refused submission is not gradable', async () => {
  const all = await files(report);
  for (const student of report.students) {
    const results = prairieLearnSchema.parse(
      JSON.parse(all.get(`prairielearn/${student.submission.id}.json`) ?? ''),
    );
    const rejected = student.records.some(({ verdict }) => verdict === 'REJECTED');
    expect(results.gradable).toBe(!rejected);
    expect(results.format_errors === undefined).toBe(!rejected);
    if (!rejected) expect(results.score).toBeCloseTo(student.score / student.maxScore, 4);
  }
});

describe('junit', () => {
  test('valid, a suite for each record, with its true counts', async () => {
    const suites = readJunit(await text('junit'));
    const records = report.students.flatMap((student) => student.records);
    expect(suites).toHaveLength(records.length);
    suites.forEach(({ name, counts, cases, properties }, index) => {
      const record = records[index];
      expect(name).toBe(`${record?.submission.id} ${record?.number} ${record?.title}`);
      const of = (kind: string): number => cases.filter(({ result }) => result?.kind === kind).length;
      expect(counts).toEqual({
        tests: cases.length,
        failures: of('failure'),
        errors: of('error'),
        skipped: of('skipped'),
      });
      expect(properties).toMatchObject({ verdict: record?.verdict, student: record?.submission.id });
      const passed = record?.verdict === 'PASSED' || record?.verdict === 'PERF_UNSURE';
      expect(counts.failures === 0, record?.verdict).toBe(passed || record?.verdict === 'UNGRADED');
      expect(counts.errors).toBe(record?.verdict === 'UNGRADED' ? 1 : 0);
    });
  });

  test('messages keep their lines and every character that XML has', async () => {
    const [check, ...rest] = ada.records[0]?.checks ?? [];
    if (check === undefined) throw new Error('no check');
    const message = 'expected <a href="x">\n  received & \'b\'\ttab ]]> é 😀';
    const checks = [{ ...check, status: 'failed' as const, title: 'a "b" <c> & d', message }, ...rest];
    const [suite] = readJunit(await text('junit', one({ verdict: 'TEST_FAIL', checks })));
    expect(suite?.cases[0]).toMatchObject({
      name: `a "b" <c> & d [${check.id}]`,
      result: { kind: 'failure', type: 'TEST_FAIL', text: message, message: message.replaceAll(/\s+/g, ' ') },
    });
  });
});

describe('github', () => {
  test('a class: graders’ errors, refusals, what fails most; at most ten of a type', async () => {
    const many = gradedClass({ students: 200, exercises: 17 });
    const lines = (await text('github', many)).trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) title=[^:,]*::[^\r\n]*$/);
    const of = (type: string): string[] => lines.filter((line) => line.startsWith(`::${type} `));
    const { attention } = classFigures(many);
    expect(of('error')).toHaveLength(10);
    const ungraded = attention.filter(({ kind }) => kind === 'ungraded').length;
    expect(of('error')[9]).toContain(`title=and ${ungraded - 9} more::`);
    expect(of('warning')).toHaveLength(10);
    expect(of('notice')).toHaveLength(5);
  });

  test('one student: errors stand beside the line that they name', async () => {
    const [check] = ada.records[0]?.checks ?? [];
    if (check === undefined) throw new Error('no check');
    const message = 'Not as expected, 100 %\nwhere exercises/0-poc/01-queue/queue.ts:31:5';
    const checks = [{ ...check, status: 'failed' as const, title: 'a: b, c', message }];
    const [first] = (await text('github', one({ verdict: 'TEST_FAIL', checks, gates: [] }))).split('\n');
    expect(first).toBe(
      '::error file=exercises/0-poc/01-queue/queue.ts,line=31,col=5,title=0.1 A bounded queue%3A a%3A b%2C c::' +
        'Not as expected, 100 %25%0Awhere exercises/0-poc/01-queue/queue.ts:31:5',
    );
  });

  test('an unsealed run is a warning', async () => {
    const open = { ...report, tier: 'process' as const, tierReason: 'bubblewrap is not installed' };
    expect(await text('github', open)).toContain('::warning title=not sealed::bubblewrap is not installed\n');
    expect(await text('summary', open)).toContain('**not sealed**: bubblewrap is not installed');
    expect(await text('table', open)).toContain('! Not sealed: bubblewrap is not installed');
  });

  test('the summary puts first what nobody could judge, and has every student', async () => {
    const summary = await text('summary');
    const at = (heading: string): number => summary.indexOf(heading);
    expect(at('## To see to first')).toBeGreaterThan(0);
    expect(at('## What to teach next')).toBeGreaterThan(at('## To see to first'));
    expect(at('## Exercises')).toBeGreaterThan(at('## What to teach next'));
    for (const { submission } of report.students) expect(summary).toContain(`| ${submission.id} |`);
  });

  test('a summary of thousands stays within what GitHub takes, and says what it left out', async () => {
    const name = '|'.repeat(300);
    const students = Array.from({ length: 1_000 }, () => ({
      ...ada,
      submission: { ...ada.submission, name },
    }));
    const summary = await text('summary', { ...report, students });
    expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024);
    expect(summary).toMatch(/[\d,]+ more students: see grades\.csv\.\n\n<\/details>\n$/);
  });
});

describe('table', () => {
  test('a small class: who is where, what fails, who needs a person', async () => {
    expect(await text('table')).toMatchInlineSnapshot(`
      "Systems, autumn 2026
      12 students · 1 passed everything · 61 % of the points on average · 23.5 min
      sealed: submissions could reach nothing but themselves

        student    0.1     0.2     0.3   0.4    points
        s01       ✓ 10    ✓ 10    ✓ 10  ✓ 10     40/40
        s02       ✓ 10    ✓ 10  ◐ 4.57   ○ 0  24.57/40
        s03       ✓ 10     ✗ 0     ○ 0   ○ 0     10/40
        s04       ✓ 10    ✓ 10     ▲ 8   ○ 0     28/40
        s05        ⊘ 0     ⊘ 0     ⊘ 0   ⊘ 0      0/40
        s06       ✓ 10    ✓ 10    ✓ 10   ▲ 8     38/40
        s07       ✓ 10    ✓ 10     ✗ 0   ○ 0     20/40
        s08        ▲ 8    ✓ 10    ✓ 10   ◐ 6     34/40
        s09       ✓ 10  ◐ 6.67     ○ 0   ○ 0  16.67/40
        s10       ✓ 10    ✓ 10     ✗ 0   ○ 0     20/40
        s11      ◐ 3.2    ✓ 10    ✓ 10  ✓ 10   33.2/40
        s12        ○ 0  ◐ 5.33     ○ 0   ○ 0   5.33/40

      ✓ passed · ▲ all checks passed, a gate did not · ◐ passed partly · ✗ no points ·
      ○ not written, or not handed in · ⊘ submission refused

                                        passed  partly  none  no grade  stop
        0.1  A bounded queue   ██████▋       8       2     1         1     1
        0.2  A store of lines  ██████▋       8       2     1         1     2
        0.3  The front door    ███▍          4       2     5         1     4
        0.4  Questions         █▋            2       2     7         1     2

      What fails most
           2 of 10   0.2 an error leaves everything as it was [check-6]
           1 of 4    0.4 an error leaves everything as it was [check-6]
           1 of 4    0.4 waits, and does not poll [check-7]
           1 of 6    0.3 refuses what it does not allow [check-2]
           1 of 6    0.3 a thousand at once: none lost, none doubled [check-5]

      To see to first
        ⊘ s05: rejected: exercises/0-poc/01-queue/queue.ts is a symbolic link.
      "
    `);
  });

  test.each([40, 60, 80, 100])('no line is wider than a terminal of %i columns', async (columns) => {
    const style = createStyle({ env: {}, isTTY: false, columns });
    const table = await gradeText(gradedClass(), 'table', style);
    for (const line of table.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
  });

  test('without Unicode it is ASCII but for what people wrote', async () => {
    const style = createStyle({ env: { LC_ALL: 'C' }, isTTY: false, columns: 80 });
    const table = await gradeText(report, 'table', style);
    expect(table).toMatch(/s01 +\+ 10/);
    expect(table).not.toMatch(/[✓◐✗█]/);
  });

  test('a large class is told by exercise', async () => {
    const table = await text('table', gradedClass({ students: 300 }));
    expect(table).not.toContain('s001  ');
    expect(table).toContain('Each student: index.html and grades.csv.');
    expect(table.split('\n').length).toBeLessThan(80);
  });
});
