/** A class from its folder to its records, with real judges; sealed where this machine can. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GradeReport } from '../../core/grading.ts';
import { handIn } from '../../fixtures/class.ts';
import { type GradeOptions, gradeClass, mergeRuns } from './index.ts';
import { readLedger } from './ledger.ts';
import { readSettings, writeSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'craft class ä-'));
const submissions = join(folder, 'submissions');
/** Six, cheap to grade, for shards. */
const several = join(folder, 'several');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  handIn(submissions, 'ada', 'right');
  handIn(submissions, 'lin', 'wrong');
  handIn(submissions, 's01', 'stub');
  handIn(submissions, 's02', 'broken');
  handIn(submissions, 's03', 'forbidden');
  handIn(submissions, 's04');
  writeFileSync(join(submissions, 's05.txt'), 'my homework');
  handIn(several, 'ada', 'right');
  for (const student of ['lin', 's01', 's02', 's03']) handIn(several, student, 'broken');
  writeFileSync(join(several, 's05.txt'), 'my homework');
});

type Some = Partial<GradeOptions> & { readonly out: string };

const grade = (options: Some): Promise<GradeReport> => fresh({ seed: 'the seed of this test', ...options });

function fresh(options: Some): Promise<GradeReport> {
  return gradeClass({
    input: submissions,
    exercises: ['0.1'],
    jobs: 2,
    gates: false,
    allowUnsealed: true,
    signal: new AbortController().signal,
    ...options,
    out: join(folder, options.out),
  });
}

const ledgerSize = (out: string): number => statSync(join(folder, out, 'run.jsonl')).size;

function summary({ students }: GradeReport): unknown[] {
  return students.map(({ submission, records, score, maxScore }) => [
    submission.id,
    records[0]?.verdict,
    score,
    maxScore,
    records[0]?.seed,
    records[0]?.checks.map(({ id, status, points }) => [id, status, points]),
  ]);
}

describe('a class', () => {
  let report: GradeReport;
  beforeAll(async () => {
    report = await grade({ out: 'whole', gates: true });
  });

  test('gets a verdict and points for each, whatever it is', () => {
    const verdicts = report.students.map(({ submission, records, score, maxScore }) => {
      return [submission.id, records[0]?.verdict, score, maxScore];
    });
    expect(verdicts).toEqual([
      ['ada', 'PASSED', 10, 10],
      ['lin', 'TEST_FAIL', 6.5, 10],
      ['s01', 'NOT_WRITTEN', 0, 10],
      ['s02', 'COMPILE_ERROR', 0, 10],
      ['s03', 'FORBIDDEN', 0, 10],
      ['s04', 'MISSING', 0, 10],
      [expect.stringContaining('s05'), 'REJECTED', 0, 10],
    ]);
    expect(report.students.every(({ ungraded }) => ungraded === 0)).toBe(true);
  });

  test('has records that say what they depend on', () => {
    const [ada] = report.students;
    const [record] = ada?.records ?? [];
    expect(ada?.submission.tree).toMatch(/^[0-9a-f]{64}$/);
    expect(record).toMatchObject({
      number: '0.1',
      attempts: 1,
      node: process.versions.node,
      tier: report.tier,
    });
    expect(record?.seed).toMatch(/^[0-9a-f]{8}$/);
    expect(record?.gates[0]).toMatchObject({ status: 'passed', points: 2, measured: expect.any(Number) });
    expect(new Set(report.students.map(({ records }) => records[0]?.seed)).size).toBe(7);
  });

  test('is not graded again, but for what has changed', async () => {
    const before = ledgerSize('whole');
    const again = await grade({ out: 'whole', gates: true });
    expect(ledgerSize('whole')).toBe(before);
    expect(summary(again)).toEqual(summary(report));
    handIn(submissions, 's01', 'broken');
    const changed = await grade({ out: 'whole', gates: true });
    handIn(submissions, 's01', 'stub');
    expect(changed.students[2]?.records[0]?.verdict).toBe('COMPILE_ERROR');
    const lines = readFileSync(join(folder, 'whole', 'run.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(8);
  });

  test('leaves nothing behind but what was asked for', () => {
    expect(readdirSync(join(folder, 'whole')).sort()).toEqual(['run.json', 'run.jsonl']);
    const { work, key } = readSettings(join(folder, 'whole')) ?? {};
    expect([work, key]).toEqual([undefined, undefined]);
  });
});

describe('seeds that nobody named', () => {
  test('are fresh for each run, kept when it is taken up again, and for the instructor only', async () => {
    const input = join(folder, 'one');
    handIn(input, 'lin', 'broken');
    const seed = async (out: string, name = {}): Promise<string | undefined> =>
      (await fresh({ out, input, ...name })).students[0]?.records[0]?.seed;
    const first = await seed('fresh');
    expect(await seed('fresh')).toBe(first);
    expect(await seed('other')).not.toBe(first);
    expect(statSync(join(folder, 'fresh', 'run.json')).mode & 0o077).toBe(0);
    expect(
      readFileSync(join(folder, 'fresh', 'run.jsonl'), 'utf8')
        .trimEnd()
        .split('\n'),
    ).toHaveLength(1);
  });
});

describe('shards', () => {
  let whole: GradeReport;
  const parts = [1, 2].map((index) => join(folder, `part${index}`));
  beforeAll(async () => {
    whole = await grade({ out: 'plain', input: several });
    for (const index of [1, 2]) {
      await grade({ out: `part${index}`, input: several, shard: { index, count: 2 } });
    }
  });

  test('give together what one machine gives', async () => {
    const merged = await mergeRuns(parts, join(folder, 'merged'));
    expect(summary(merged)).toEqual(summary(whole));
    expect({ ...merged, students: [], ms: 0, startedAt: '' }).toEqual({
      ...whole,
      students: [],
      ms: 0,
      startedAt: '',
    });
    const sizes = parts.map((part) => readLedger(part).records.size);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(6);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    // What is merged can be merged again, and graded again: nothing is left to do.
    expect(summary(await mergeRuns([join(folder, 'merged')], join(folder, 'again')))).toEqual(summary(whole));
    const size = ledgerSize('merged');
    await grade({ out: 'merged', input: several });
    expect(ledgerSize('merged')).toBe(size);
  });

  test.each([
    ['other seeds', { seed: 'another seed than theirs' }, 'its seeds come from another key'],
    ['other exercises', { exercises: ['0.1-0.2'] }, 'other exercises were asked for'],
    ['gates', { gates: true }, '0.1 had other checks, points or limits'],
  ])('of %s are not merged', async (name, options, why) => {
    // Nobody is graded: the shard has a submission without a queue only.
    const input = join(folder, `input ${name}`);
    mkdirSync(input, { recursive: true });
    writeFileSync(join(input, 'x.txt'), '');
    await grade({ out: name, input, ...options });
    await expect(mergeRuns([...parts, join(folder, name)], join(folder, 'never'))).rejects.toThrow(why);
  });

  test('that are missing, unfinished or none are named', async () => {
    const never = join(folder, 'never');
    await expect(mergeRuns(parts.slice(1), never)).rejects.toThrow('of 2 shards, 1 is missing');
    const cut = join(folder, 'cut');
    mkdirSync(cut);
    const settings = readSettings(parts[0] ?? '');
    if (settings === undefined) throw new Error('no settings');
    writeSettings(cut, settings);
    writeFileSync(join(cut, 'run.jsonl'), '');
    await expect(mergeRuns([cut, ...parts.slice(1)], never)).rejects.toThrow(/not graded yet: run the same/);
    await expect(mergeRuns([submissions], never)).rejects.toMatchObject({ code: 'CANNOT_MERGE' });
  });
});
