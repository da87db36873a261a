import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../core/paths.ts';
import { loadCurriculum } from '../../curriculum/index.ts';
import { pointsIn, readCourse, selectExercises } from './course.ts';
import { fingerprintOf, newKey, seedOf, shardOf } from './seeds.ts';

const folder = mkdtempSync(join(tmpdir(), 'craft-course-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const curriculum = loadCurriculum();
const students = Array.from({ length: 1_000 }, (_, i) => `s${i}`);

describe('seeds', () => {
  test('are of the student, the exercise and the key, and always the same', () => {
    const seed = seedOf('a key', '0-poc/01-queue', 'ada');
    expect(seed).toMatch(/^[0-9a-f]{8}$/);
    expect(seedOf('a key', '0-poc/01-queue', 'ada')).toBe(seed);
    const others = [
      seedOf('another', '0-poc/01-queue', 'ada'),
      seedOf('a key', '0-poc/02-store', 'ada'),
      seedOf('a key', '0-poc/01-queue', 'lin'),
    ];
    expect(new Set([seed, ...others]).size).toBe(4);
  });

  test('of a key that nobody named are new each time; the fingerprint tells keys apart and nothing else', () => {
    expect(newKey()).not.toBe(newKey());
    expect(fingerprintOf('a key')).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf('a key')).not.toBe(fingerprintOf('b key'));
    // Told by another program: a class that was graded must get the same seeds from the next craft.
    expect(seedOf('a key', '0-poc/01-queue', 'ada')).toBe('6054162b');
  });
});

describe('shards', () => {
  test('have each student once, whoever else is there, and are about as large', () => {
    for (const count of [1, 2, 4, 7]) {
      const sizes = Array.from({ length: count }, () => 0);
      for (const student of students) {
        const index = shardOf(student, count);
        expect(index).toBeGreaterThanOrEqual(1);
        expect(index).toBeLessThanOrEqual(count);
        sizes[index - 1] = (sizes[index - 1] ?? 0) + 1;
      }
      expect(Math.min(...sizes)).toBeGreaterThan((1_000 / count) * 0.75);
    }
    expect([shardOf('ada', 4), shardOf('lin', 4), shardOf('s01', 4)]).toEqual([3, 2, 3]);
  });
});

describe('exercises', () => {
  const numbers = (...names: string[]): string[] =>
    selectExercises(curriculum, names).map(({ number }) => number);

  test('are selected by ranges, lists, names and crafts, in the order of the curriculum', () => {
    expect(numbers('0.1-0.3')).toEqual(['0.1', '0.2', '0.3']);
    expect(numbers('0.6-1.2')).toEqual(['0.6', '0.7', '1.1', '1.2']);
    expect(numbers('1.10,0.2, queue')).toEqual(['0.1', '0.2', '1.10']);
    expect(numbers('0-poc')).toEqual(numbers('0.1-0.7'));
    expect(numbers('0')).toEqual(numbers('0.1-0.7'));
    expect(selectExercises(curriculum, undefined)).toEqual(curriculum.exercises);
  });

  test('that are not there are named', () => {
    expect(() => numbers('0.9-1.2')).toThrow(expect.objectContaining({ code: 'UNKNOWN_EXERCISE' }));
    expect(() => numbers('0.3-0.1')).toThrow('--exercises 0.3-0.1 ends before it begins.');
    expect(() => numbers(',')).toThrow(expect.objectContaining({ code: 'BAD_USAGE' }));
  });
});

describe('a course file', () => {
  const course = (text: string): string => {
    const file = join(folder, 'course.json');
    writeFileSync(file, text);
    return file;
  };
  const exercise = (number: string) => selectExercises(curriculum, [number])[0] as never;

  test('gives points by exercise, and leaves the fields of other commands alone', () => {
    const file = course(
      '{"name":"Systems","remote":"file:///x","points":{"default":20,"0.1":5,"queue":5,"0.2":{"checks":3,"gates":9}}}',
    );
    const pointsOf = pointsIn(readCourse(file), curriculum);
    expect(pointsOf(exercise('0.1'))).toEqual({ checks: 4, gates: 1 });
    expect(pointsOf(exercise('0.2'))).toEqual({ checks: 3, gates: 9 });
    expect(pointsOf(exercise('0.3'))).toEqual({ checks: 16, gates: 4 });
  });

  test('is as the documentation shows it', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'grading', 'course.md'), 'utf8');
    const shown = readCourse(course(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? ''));
    expect(selectExercises(curriculum, shown.exercises).map(({ number }) => number)).toContain('1.1');
    expect(pointsIn(shown, curriculum)(exercise('1.10'))).toEqual({ checks: 16, gates: 4 });
    expect(pointsIn(shown, curriculum)(exercise('0.2'))).toEqual({ checks: 8, gates: 2 });
  });

  test.each([
    ['{', 'JSON'],
    ['[]', 'expected object'],
    ['{"key":"short"}', '"key"'],
    ['{"points":{"0.1":-1}}', '"points.0.1"'],
    ['{"limits":{"files":0}}', '"limits.files"'],
    ['{"limits":{"flies":9}}', '"limits"'],
  ])('that is wrong is refused with its name and the place: %s', (text, place) => {
    const file = course(text);
    expect(() => readCourse(file)).toThrow(expect.objectContaining({ code: 'BAD_MANIFEST' }));
    expect(() => readCourse(file)).toThrow(file);
    expect(() => readCourse(file)).toThrow(place);
  });

  test('that is not there is told', () => {
    expect(() => readCourse(join(folder, 'no.json'))).toThrow('there is no such file');
  });
});
