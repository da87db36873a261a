import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CraftError } from '../core/errors.ts';
import type { Progress } from '../core/types.ts';
import { findExercise, loadCurriculum, nextExercise, readHints, statusOf } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-curriculum-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const plain = { title: 'T', summary: 'S', minutes: 10, files: ['a.ts'], checks: ['c'], gates: [] };

function exercise(id: string, manifest: object = {}): void {
  mkdirSync(join(root, id), { recursive: true });
  writeFileSync(join(root, id, 'exercise.json'), JSON.stringify({ ...plain, ...manifest }));
}

function progressWith(...passed: string[]): Progress {
  const entry = { attempts: 1, hints: 0, best: {}, passed: 1 };
  return {
    schema: 1,
    craft: '0.1.0',
    current: null,
    nextAttempt: 2,
    exercises: Object.fromEntries(passed.map((id) => [id, entry])),
  };
}

function errorOf(action: () => unknown): CraftError {
  try {
    action();
  } catch (error) {
    if (error instanceof CraftError) return error;
  }
  throw new Error('no CraftError was thrown');
}

describe('order', () => {
  test('follows the numbers, not the alphabet', () => {
    for (const id of ['0-poc/10-last', '0-poc/02-second', '10-late/01-a', '2-mid/01-b']) exercise(id);
    const { exercises } = loadCurriculum(root);
    expect(exercises.map(({ number }) => number)).toEqual(['0.2', '0.10', '2.1', '10.1']);
  });

  test('an exercise opens after its imports and the one before it; a craft opens after craft 0', () => {
    exercise('0-poc/01-queue');
    exercise('0-poc/02-store');
    exercise('0-poc/03-ingest', { imports: ['0-poc/01-queue'] });
    exercise('1-ingestion/01-parser');
    const curriculum = loadCurriculum(root);
    const status = (...passed: string[]): string[] =>
      [...statusOf(curriculum, progressWith(...passed)).values()].map((entry) => entry.status);
    expect(status()).toEqual(['open', 'locked', 'locked', 'locked']);
    expect(status('0-poc/01-queue')).toEqual(['passed', 'open', 'locked', 'locked']);
    expect(status('0-poc/03-ingest')).toEqual(['open', 'locked', 'passed', 'open']);
    const missing = statusOf(curriculum, progressWith('0-poc/02-store')).get('0-poc/03-ingest')?.missing;
    expect(missing).toEqual(['0-poc/01-queue']);
    expect(nextExercise(curriculum, progressWith('0-poc/01-queue'))?.slug).toBe('store');
  });
});

test('what was once unlocked stays open when an earlier exercise breaks', () => {
  exercise('0-poc/01-queue');
  exercise('0-poc/02-store');
  const broken = progressWith('0-poc/01-queue');
  const { passed: _, ...lost } = { ...broken.exercises['0-poc/01-queue'], lastPassed: 1 };
  const progress = {
    ...broken,
    exercises: { '0-poc/01-queue': { attempts: 2, hints: 0, best: {}, ...lost } },
  };
  const status = statusOf(loadCurriculum(root), progress);
  expect([...status.values()].map((entry) => entry.status)).toEqual(['open', 'open']);
});

describe('a name', () => {
  beforeEach(() => {
    for (const id of ['0-poc/01-queue', '0-poc/02-store', '1-in/09-http-server', '1-in/10-http-parser'])
      exercise(id);
  });

  test.each([
    ['0.1', '0-poc/01-queue'],
    ['0-poc/01-queue', '0-poc/01-queue'],
    ['exercises/0-poc/01-queue/', '0-poc/01-queue'],
    ['/a/ws/exercises/0-poc/02-store/store.ts', '0-poc/02-store'],
    ['queue', '0-poc/01-queue'],
    ['Queue', '0-poc/01-queue'],
    ['que', '0-poc/01-queue'],
    ['1.10', '1-in/10-http-parser'],
    ['parser', '1-in/10-http-parser'],
  ])('%s means %s', (name, id) => {
    expect(findExercise(loadCurriculum(root), name).id).toBe(id);
  });

  test('that is misspelt gets a suggestion', () => {
    const error = errorOf(() => findExercise(loadCurriculum(root), 'qeue'));
    expect(error.code).toBe('UNKNOWN_EXERCISE');
    expect(error.message).toContain('Did you mean "queue"?');
  });

  test('that is nothing like any gets none', () => {
    expect(errorOf(() => findExercise(loadCurriculum(root), 'zzzzzzzz')).message).not.toContain(
      'Did you mean',
    );
    expect(errorOf(() => findExercise(loadCurriculum(root), '')).code).toBe('UNKNOWN_EXERCISE');
  });

  test('that fits two is refused with both', () => {
    const error = errorOf(() => findExercise(loadCurriculum(root), 'http'));
    expect(error.code).toBe('AMBIGUOUS_EXERCISE');
    expect(error.message).toContain('1.9 http-server or 1.10 http-parser');
  });
});

describe('a broken manifest', () => {
  test.each([
    ['{', /exercise\.json/],
    [JSON.stringify({ ...plain, minutes: 'ten' }), /"minutes" is missing or not of its type/],
    [JSON.stringify({ ...plain, mintes: 3 }), /no field "mintes"/],
  ])('%s is named with its problem', (text, message) => {
    exercise('0-poc/01-queue');
    writeFileSync(join(root, '0-poc/01-queue/exercise.json'), text);
    const error = errorOf(() => loadCurriculum(root));
    expect(error.code).toBe('BAD_MANIFEST');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('exercises/0-poc/01-queue/exercise.json');
  });
});

test('hints are read by level and by check', () => {
  exercise('0-poc/01-queue');
  writeFileSync(
    join(root, '0-poc/01-queue/hints.md'),
    '# Hints\n\n## 1\n\nWhy?\n\n## 2\n\nLook.\n\n## 3\n\nDo.\n\n## check: fifo\n\nOther end.\n',
  );
  const [first] = loadCurriculum(root).exercises;
  if (first === undefined) throw new Error('the exercise was not read');
  const hints = readHints(first);
  expect(hints.levels).toEqual(['Why?', 'Look.', 'Do.']);
  expect(hints.checks.get('fifo')).toBe('Other end.');
});
