/** What `craft publish` and `craft solution` print. */
import { expect, test } from 'vitest';
import type { PublishedBranch, PublishJson } from '../core/publication.ts';
import type { SolutionJson } from './json.ts';
import { publish } from './publish.ts';
import { solution } from './solution.ts';
import { createStyle } from './style.ts';

const style = createStyle({ env: { NO_COLOR: '1' }, isTTY: false, columns: 80 });

const start: PublishedBranch = {
  branch: 'start',
  exercise: null,
  title: 'The start, no solution',
  commit: 'a'.repeat(40),
  state: 'same',
  proof: 'none needed',
  pushed: false,
  files: Array.from({ length: 105 }, (_, i) => ({ path: `file${i}`, added: 1, removed: 0 })),
};
const queue: PublishedBranch = {
  ...start,
  branch: 'solution/0.01-queue',
  exercise: '0-poc/01-queue',
  title: '0.1 A bounded queue',
  commit: 'b'.repeat(40),
  state: 'new',
  proof: 'new',
  pushed: true,
  files: [{ path: 'exercises/0-poc/01-queue/queue.ts', added: 66, removed: 20 }],
};
const data: PublishJson = {
  schema: 1,
  course: 'Systems',
  remote: 'git@example.org:course.git',
  dryRun: false,
  branches: [start, queue],
  others: ['solution/0.02-store'],
};

test('a run: a line per branch, what each changes, what was left alone', () => {
  expect(
    publish(data, style)
      .split('\n')
      .map((line) => line.trimEnd()),
  ).toEqual([
    'Systems, git@example.org:course.git',
    '',
    '  = start                                aaaaaaaaaa  105 files  is there already',
    '  ✓ solution/0.01-queue                  bbbbbbbbbb  1 file     new',
    '      exercises/0-poc/01-queue/queue.ts              +66 -20',
    '',
    '✓ 1 branch published; 1 was there already.',
    'There from before, and left alone: solution/0.02-store',
  ]);
});

test('a dry run says that it was one, what is not proved, and what would be replaced', () => {
  const moved = { ...queue, state: 'moved', was: 'c'.repeat(40), pushed: false, proof: 'to do' } as const;
  const text = publish({ ...data, dryRun: true, branches: [start, moved], others: [] }, style);
  expect(text).toContain('is cccccccccc there: --force-with-lease');
  expect(text).toContain('not proved yet');
  expect(text).toContain('A dry run: nothing was pushed. 1 branch would be, after 1 proof.');
});

test('nothing to do', () => {
  const text = publish({ ...data, branches: [start] }, style);
  expect(text).toContain('Nothing to do: everything is published as it is here.');
});

test('a solution: the difference and the notes, or the whole text; escapes do not reach the terminal', () => {
  const shown: SolutionJson = {
    schema: 1,
    exercise: '0-poc/01-queue',
    shown: true,
    detail: 'From solution/0.01-queue.',
    files: [
      { path: 'exercises/0-poc/01-queue/queue.ts', text: 'good\u001b]52;c;eA==\u0007\n' },
      { path: 'NOTES.md', text: '# Notes\n' },
    ],
    diff: '--- queue.ts (yours)\n+++ queue.ts (solution)\n@@ -1 +1 @@\n-bad\n+good\u001b[2J\n',
  };
  const differs = solution(shown, false, style);
  expect(differs).toContain('-bad\n+good');
  expect(differs).toContain('NOTES.md\n\n# Notes');
  expect(differs).not.toContain('exercises/');
  expect(solution(shown, true, style)).toContain('exercises/0-poc/01-queue/queue.ts\n\ngood');
  for (const text of [differs, solution(shown, true, style)]) expect(text).not.toContain('\u001b');
  expect(solution({ ...shown, diff: '' }, false, style)).toContain('Your text is the published solution.');
  const hidden: SolutionJson = { ...shown, shown: false, detail: 'Not yet.', files: [] };
  expect(solution(hidden, false, style)).toBe('Not yet.');
});
