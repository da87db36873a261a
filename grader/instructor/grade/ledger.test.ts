import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GradeRecord } from '../../core/grading.ts';
import { ledgerName, openLedger, readLedger } from './ledger.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'craft-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const recordOf = (key: string, score: number): GradeRecord => ({
  schema: 1,
  key,
  submission: { id: 'ada', name: 'ä ☃', source: 'ada' },
  exercise: '0-poc/01-queue',
  number: '0.1',
  title: 'A bounded queue',
  verdict: 'PASSED',
  reason: 'all',
  score,
  maxScore: 10,
  checks: [{ id: 'a', title: 'a', status: 'passed', points: 1, maxPoints: 1, ms: 1, seed: '0' }],
  gates: [],
  seed: '0badcafe',
  tier: 'sealed',
  craft: '0.1.0',
  node: '20',
  lab: 'x',
  startedAt: '2026-11-24T00:00:00.000Z',
  ms: 1,
  attempts: 1,
});

function write(...records: GradeRecord[]): void {
  const ledger = openLedger(folder);
  for (const record of records) ledger.append(record);
  ledger.close();
}

describe('run.jsonl', () => {
  test('keeps records, of which the last of a key counts', () => {
    write(recordOf('a', 1), recordOf('b', 2), recordOf('a', 3));
    const { records, unreadable } = readLedger(folder);
    expect([...records].map(([key, { score }]) => [key, score])).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    expect(unreadable).toBe(0);
    expect(records.get('a')).toEqual(recordOf('a', 3));
  });

  test('cut anywhere loses the cut record only, and goes on', () => {
    write(recordOf('a', 1), recordOf('b', 2));
    const path = join(folder, ledgerName);
    const whole = readFileSync(path);
    const first = whole.indexOf(0x0a) + 1;
    const near = (length: number): boolean => [first, whole.length].some((at) => Math.abs(at - length) < 4);
    for (let length = 0; length <= whole.length; length++) {
      if (length % 11 !== 0 && !near(length)) continue;
      writeFileSync(path, whole);
      truncateSync(path, length);
      const ledger = openLedger(folder);
      const expected = length < first ? [] : length < whole.length ? ['a'] : ['a', 'b'];
      expect([...ledger.records.keys()]).toEqual(expected);
      ledger.append(recordOf('c', 3));
      ledger.close();
      const after = readLedger(folder);
      expect([length, after.unreadable, [...after.records.keys()]]).toEqual([length, 0, [...expected, 'c']]);
    }
  });

  test('leaves a line alone that is no record', () => {
    write(recordOf('a', 1));
    appendFileSync(join(folder, ledgerName), 'garbage\n{"schema":2}\n[]\n');
    write(recordOf('b', 2));
    const { records, unreadable } = readLedger(folder);
    expect([[...records.keys()], unreadable]).toEqual([['a', 'b'], 3]);
  });
});
