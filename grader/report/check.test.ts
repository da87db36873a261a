/** What an author reads after `craft check`. */
import { expect, test } from 'vitest';
import type { Proof } from '../core/proof.ts';
import { curriculumReport } from './check.ts';
import { createStyle } from './style.ts';

const style = createStyle({ env: { NO_COLOR: '1' }, isTTY: false, columns: 80 });
const proof = (exercise: string, claim: string, ...problems: string[]): Proof => {
  return { exercise, claim, holds: problems.length === 0, problems, ms: 600 };
};

test('a sound exercise takes one line, a broken one says every problem', () => {
  const proofs = [
    proof('0-poc/01-queue', 'stub'),
    proof('0-poc/01-queue', 'mutant no-close'),
    proof('0-poc/02-store', 'files', 'notes.txt is in the folder but not in the manifest'),
    proof('0-poc/02-store', 'mutant lost', 'stop-drains does not kill it: it passes'),
  ];
  expect(curriculumReport({ schema: 1, sound: false, proofs, ms: 2_400 }, style).split('\n')).toEqual([
    '✓ 0-poc/01-queue  2 claims, 1 mutant, 1.2 s',
    '✗ 0-poc/02-store  2 claims, 1 mutant, 1.2 s',
    '  files: notes.txt is in the folder but not in the manifest',
    '  mutant lost: stop-drains does not kill it: it passes',
    '',
    '2 claims of 4 do not hold (2.4 s).',
  ]);
});

test('a sound curriculum says so', () => {
  const proofs = [proof('0-poc/01-queue', 'stub')];
  expect(curriculumReport({ schema: 1, sound: true, proofs, ms: 1_000 }, style)).toContain(
    'The curriculum is sound: 1 claim proved in 1.0 s.',
  );
});
