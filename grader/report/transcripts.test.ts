/**
 * What a wrong student reads. Each folder in grader/fixtures/students is a beginner's mistake, with the text that
 * `craft verify` answers it beside it. CRAFT_RECORD=1 writes these texts anew: read them aloud before they are
 * committed. Is it clear what was expected, what came instead, where, and what to do next?
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';

const fixtures = join(packageRoot, 'grader', 'fixtures');
const folder = join(fixtures, 'students');
const students = readdirSync(folder).flatMap((exercise) =>
  readdirSync(join(folder, exercise)).map((name) => `${exercise}/${name}`),
);
const texts = new Map<string, string>();

/** Takes out what differs from run to run, and nothing else. */
function normalise(text: string): string {
  return (
    text
      .replace(/(attempt \d+, )\d+\.\d s/, '$1N s')
      .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
      .replace(/instead of \d+,/, 'instead of PORT,')
      .replace(/on port \d{4,5}/g, 'on port PORT')
      .replace(/date: .* GMT/g, 'date: NOW')
      .replace(/\/tmp\/craft-check-\w+/g, 'SCRATCH')
      .replace(/\(node:\d+\)/g, '(node:PID)')
      // Later versions of Node add this to the same message.
      .replace(/( at position \d+) \(line \d+ column \d+\)/g, '$1')
  );
}

beforeAll(async () => {
  const program = spawn(process.execPath, [join(fixtures, 'transcribe.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: program.stdout })) {
    const { student, text } = JSON.parse(line) as { student: string; text: string };
    // How fast this machine happens to be is in the answers of a load generator.
    const known = student.startsWith('loadgen/') ? text.replace(/received {2}\d+/, 'received  N') : text;
    texts.set(student, `${normalise(known)}\n`);
  }
}, 300_000);

test('there are wrong students of every exercise', () => {
  expect(students.length).toBeGreaterThanOrEqual(24);
});

test.each(students)('%s', (student) => {
  const file = join(folder, student, 'expected.txt');
  const text = texts.get(student) ?? 'no transcript';
  if (process.env.CRAFT_RECORD === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
});
