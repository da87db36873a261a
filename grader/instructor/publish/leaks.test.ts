/** What would give an answer away: found by content, wherever it stands. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../fixtures/progress/workspace.ts';
import { bare, clone, ids, quietHome, sound, text } from '../../fixtures/publish/clone.ts';
import { refusal } from '../../fixtures/publish/refusal.ts';
import { requireNoLeaks } from './leaks.ts';
import { publishCourse } from './publish.ts';
import { ownSource } from './source.ts';
import { type PlannedBranch, planBranches } from './tree.ts';

beforeEach(() => void quietHome());
afterEach(() => vi.unstubAllEnvs());

const mean = 'exercises/0-poc/02-mean';

describe('what gives an answer away', () => {
  const lines = (name: string, from: number, to: number): string =>
    text(name).split('\n').slice(from, to).join('\n');
  const sum = 'exercises/0-poc/01-sum';
  const manifest = (id: string, name: string, given: string): Record<string, string> => ({
    [`exercises/${id}/exercise.json`]: JSON.stringify({
      title: `The ${name}`,
      summary: name,
      minutes: 5,
      files: [`${name}.ts`],
      given: [given],
      checks: ['a'],
      gates: [],
    }),
  });

  test.each<[string, Record<string, string>, string, string]>([
    [
      'a starter that is the solution before it',
      { [`${mean}/mean.ts`]: text('sum') },
      'STARTER_SOLVED',
      '01-sum',
    ],
    [
      'the same, indented otherwise and with a line more',
      { [`${mean}/mean.ts`]: `// TODO(human)\n${text('sum').replaceAll('  ', '\t')}` },
      'STARTER_SOLVED',
      '01-sum',
    ],
    [
      'a starter that is its own solution',
      { 'solutions/0-poc/02-mean/mean.ts': '', [`${mean}/mean.ts`]: '' },
      'STARTER_SOLVED',
      '02-mean',
    ],
    [
      'a solution in a lesson',
      { [`${sum}/README.md`]: `# The sum\n\n${text('mean')}` },
      'WOULD_LEAK',
      '02-mean/mean.ts',
    ],
    ['eight lines of it', { [`${sum}/README.md`]: `# Sum\n${lines('mean', 2, 10)}` }, 'WOULD_LEAK', 'start'],
    [
      'a hidden test under another name',
      { 'exercises/kernel/numbers.ts': text('spreadChecked') },
      'WOULD_LEAK',
      'checks/1-more/01-spread/behaviour.test.ts',
    ],
    [
      'a second design as a given file',
      { ...manifest(ids[0], 'sum', 'example.ts'), [`${sum}/example.ts`]: text('meanOtherwise') },
      'WOULD_LEAK',
      'designs/0-poc/02-mean',
    ],
    [
      'a later solution in an earlier one',
      { 'solutions/0-poc/01-sum/sum.ts': `${text('sum')}${text('spread')}` },
      'WOULD_LEAK',
      'solution/0.01-sum',
    ],
    [
      'a later solution in the notes, which are the message',
      { 'solutions/0-poc/02-mean/NOTES.md': `Next week:\n${text('spread')}` },
      'WOULD_LEAK',
      'its message',
    ],
  ])('%s', async (_, changes, code, words) => {
    const error = await refusal(clone(changes));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  test('is not found where none is: a few lines, or the solution of the exercise before', async () => {
    const author = clone({
      [`${sum}/README.md`]: `# Sum\n${lines('mean', 2, 9)}`,
      'solutions/0-poc/02-mean/mean.ts': `${text('mean')}${lines('sum', 1, 13)}`,
    });
    const course = author.course(bare());
    await publishCourse({ cwd: author.root, course, source: author.source, prove: sound });
  });
});

test('this course gives nothing away, to its last branch', async () => {
  const source = ownSource();
  const { curriculum, library } = source;
  const folder = join(temporaryFolder(), 'init');
  const planned = await planBranches(curriculum, library, curriculum.exercises, folder);
  expect(planned).toHaveLength(curriculum.exercises.length + 1);
  requireNoLeaks(planned, source);
  // And it would be seen: the last exercise's solution in the start.
  const [start, ...others] = planned;
  const stolen = planned.at(-1)?.changed ?? new Map();
  const leaking = { ...(start as PlannedBranch), changed: stolen };
  expect(() => requireNoLeaks([leaking, ...others], source)).toThrow(
    expect.objectContaining({ code: 'STARTER_SOLVED' }),
  );
});
