/** `craft check` finds what an author may get wrong: a sound exercise is broken in one place at a time. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCurriculum } from '../curriculum/index.ts';
import { checkCurriculum } from './check.ts';
import { scaffold } from './scaffold.ts';
import { edit, type Library } from './source.ts';

const stub = `export function double(x: number): number {
  // TODO(human): return twice x. Lesson: "Tasks".
  throw new Error(\`TODO(human): return twice \${x}\`);
}
`;
const headings = 'Why,What you build,Invariants,Predict,Tasks,Tests,Experiment,Checkpoint,Notes,Next'.split(
  ',',
);
const paragraph =
  'Doubling is where all growth begins, and growth is what a platform has to survive in the end. ';
const lesson = `# Double\n\n${headings.map((heading) => `## ${heading}\n${paragraph.repeat(5)}\n`).join('\n')}`;
const manifest = {
  title: 'Double',
  summary: 'A function that doubles.',
  minutes: 10,
  files: ['double.ts'],
  checks: ['doubles'],
  gates: ['cheap'],
};
const mutants = ['x + 2', 'x', '2', '-x', 'x * x'].map((wrong, i) => ({
  id: `wrong-${i}`,
  misconception: 'doubling is something else',
  file: 'double.ts',
  find: '2 * x',
  replace: wrong,
  killedBy: 'doubles',
}));
const sound: Record<string, string> = {
  'exercises/0-poc/01-double/exercise.json': JSON.stringify(manifest),
  'exercises/0-poc/01-double/README.md': lesson,
  'exercises/0-poc/01-double/hints.md':
    '## 1\nWhat is twice?\n## 2\nMultiply.\n## 3\nBy two.\n## check: doubles\nTwo times x.',
  'exercises/0-poc/01-double/double.ts': stub,
  'solutions/0-poc/01-double/double.ts': 'export const double = (x: number): number => 2 * x;\n',
  'solutions/0-poc/01-double/NOTES.md': '# Notes\n',
  'designs/0-poc/01-double/double.ts': 'export const double = (x: number): number => x + x;\n',
  'checks/0-poc/01-double/mutants.js': `export const mutants = ${JSON.stringify(mutants)};\n`,
  'checks/0-poc/01-double/gate.js':
    "export const gates = [{ id: 'cheap', reference: '3 adds (2-core EPYC VM, 2026-11-23)' }];\n",
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-check-test-'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Problems, by claim, of the sound exercise with some of its files changed; null removes a file. */
async function problems(
  changes: Record<string, string | null> = {},
  more: Partial<Library> = {},
): Promise<Record<string, readonly string[]>> {
  for (const [path, text] of Object.entries({ ...sound, ...changes })) {
    if (text === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const report = await checkCurriculum({
    curriculum: loadCurriculum(join(root, 'exercises')),
    library: {
      solutions: join(root, 'solutions'),
      designs: join(root, 'designs'),
      checks: join(root, 'checks'),
      ...more,
    },
    only: 'reading',
  });
  const broken = report.proofs.filter(({ holds }) => !holds);
  expect(report.sound).toBe(broken.length === 0);
  return Object.fromEntries(broken.map(({ claim, problems }) => [claim, problems]));
}

const exercise = 'exercises/0-poc/01-double';

test('a sound exercise has no problems', async () => {
  expect(await problems()).toEqual({});
});

const manifestWith = (change: object): string => JSON.stringify({ ...manifest, ...change });

test.each<[string, Record<string, string | null>, Record<string, readonly string[]>]>([
  [
    'a file that is in no list',
    { [`${exercise}/scratch.ts`]: '' },
    { files: ['scratch.ts is in the folder but not in the manifest'] },
  ],
  [
    'a given file that is not there',
    { [`${exercise}/exercise.json`]: manifestWith({ given: ['experiment.ts'] }) },
    { files: ['experiment.ts is not there'] },
  ],
  [
    'a program to run that is not listed',
    { [`${exercise}/exercise.json`]: manifestWith({ run: 'main.ts' }) },
    { manifest: ['run names main.ts, which is not listed'] },
  ],
  [
    'a server in a file of the student, on a path and with a status that HTTP does not know',
    {
      [`${exercise}/exercise.json`]: manifestWith({
        serves: { file: 'double.ts', method: 'post', path: 'metrics', status: 20 },
      }),
    },
    {
      manifest: [
        'serves names double.ts, which is not a given file',
        'serves: method is "post"',
        'serves: path "metrics" must begin with /',
        'serves: status is 20',
      ],
    },
  ],
  [
    'an import that comes later or never',
    { [`${exercise}/exercise.json`]: manifestWith({ imports: ['0-poc/02-later'] }) },
    {
      manifest: ['imports 0-poc/02-later, not an earlier exercise'],
      imports: ['"imports" names 0-poc/02-later, but no file of the exercise imports from it'],
    },
  ],
  [
    'a stub that is already solved',
    { [`${exercise}/double.ts`]: 'export const double = (x: number): number => 2 * x;\n' },
    { 'stub text': ['double.ts has no comment // TODO(human)'] },
  ],
  [
    'a solution with a stub left in it',
    { 'solutions/0-poc/01-double/double.ts': stub },
    { 'solution files': ['double.ts still has a TODO(human)'] },
  ],
  [
    'a solution under another name, without notes',
    {
      'solutions/0-poc/01-double/double.ts': null,
      'solutions/0-poc/01-double/twice.ts': 'export {};\n',
      'solutions/0-poc/01-double/NOTES.md': null,
    },
    {
      'solution files': [
        'double.ts is missing',
        'NOTES.md is missing',
        'twice.ts is not a file of the exercise',
      ],
    },
  ],
  [
    'a second design that is the first',
    { 'designs/0-poc/01-double/double.ts': sound['solutions/0-poc/01-double/double.ts'] ?? '' },
    { 'design files': ['the second design is the reference solution'] },
  ],
  [
    'a link that leads nowhere, and one that leads out of the workspace',
    {
      [`${exercise}/README.md`]: `${lesson}\n[a](./gone.md) [b](../../../solutions/) [c](https://example.com) [d](#why)`,
    },
    { links: ['README.md: ./gone.md is not there', 'README.md: ../../../solutions/ leaves exercises/'] },
  ],
  [
    'a hint for a check that is not there, one that is too long, and one that is missing',
    { [`${exercise}/hints.md`]: `## 1\nWhat?\n## 2\n${'word '.repeat(61)}\n## check: doubled\nTwice.` },
    {
      hints: [
        'there is no hint 3',
        '"## check: doubled" names no check and no gate',
        'hint 2 has 61 words, allowed are 60',
      ],
    },
  ],
  [
    'a gate that the manifest does not list, without a measured reference',
    {
      'checks/0-poc/01-double/gate.js':
        "export const gates = [{ id: 'fast', reference: 'to be measured' }];\n",
    },
    {
      gates: [
        'fast: its reference must cite a measured value, a machine and a date',
        'the manifest lists cheap; gate.ts has fast',
      ],
    },
  ],
  [
    'a mutant killed by nobody',
    {
      'checks/0-poc/01-double/mutants.js': `export const mutants = ${JSON.stringify(
        mutants.map((mutant, i) => (i === 0 ? { ...mutant, killedBy: 'nobody' } : mutant)),
      )};\n`,
    },
    { mutants: ['wrong-0: nobody is no check and no gate'] },
  ],
])('%s', async (_name, changes, expected) => {
  expect(await problems(changes)).toEqual(expected);
});

test.each<[string, Record<string, string | null>, Record<string, readonly string[]>]>([
  [
    'a signature that the stub does not have',
    { [`${exercise}/README.md`]: `${lesson}\n\`\`\`ts\nfunction double(x: number): string;\n\`\`\`\n` },
    {
      quotes: [expect.stringContaining('"function double(x: number): string;" is in the file')],
    },
  ],
  [
    'code that stands in no file',
    { [`${exercise}/README.md`]: `${lesson}\n\`\`\`ts\nreturn x + x;\n\`\`\`\n` },
    { quotes: [expect.stringContaining('"return x + x;" stands in no file of the exercise')] },
  ],
  [
    'a quote that is true, and a sketch',
    {
      [`${exercise}/README.md`]: `${lesson}\n\`\`\`ts\nfunction double(x): number; // twice\n\`\`\`\n\`\`\`ts sketch\nreturn x + x;\n\`\`\`\n`,
    },
    {},
  ],
  [
    'an import that is not listed',
    {
      'solutions/0-poc/01-double/double.ts': `import { a } from '../../1-b/02-c/d.ts';\n${stub.replaceAll('TODO(human)', 'x')}`,
    },
    { imports: ['the solution: double.ts imports from 1-b/02-c, which is not in "imports"'] },
  ],
  [
    'a folder without an exercise',
    { 'solutions/0-poc/09-gone/a.ts': '' },
    { folders: [expect.stringContaining('0-poc/09-gone belongs to no exercise')] },
  ],
  [
    'what the author has not written',
    { 'solutions/0-poc/01-double/NOTES.md': '# Notes\nTODO(author): the numbers\n' },
    { written: ['solutions: NOTES.md:2 the numbers'] },
  ],
])('%s', async (_name, changes, expected) => {
  expect(await problems(changes)).toEqual(expected);
});

test('the package tells no solution, and holds no file of authors', async () => {
  const secret = [
    'let total = first + second;',
    'for (const each of everything) total += each;',
    'const kept = total * everything.length;',
    'return kept - first * everything.length;',
  ];
  const found = await problems(
    {
      'solutions/0-poc/01-double/double.ts': `export function double(x: number): number {\n${secret.join('\n')}\n}\n`,
      'package.json': '{"name":"course","version":"1.0.0","files":["dist","exercises"]}',
      'dist/grader/help.js': secret.join('\n'),
      'dist/grader/mutants.js': '',
    },
    { packed: root },
  );
  expect(found).toEqual({
    package: [expect.stringContaining('dist/grader/help.js has 4 of 4 lines of double.ts')],
    'packed files': [expect.stringContaining('dist/grader/mutants.js is packed')],
  });
});

test('a new exercise follows the last one, says what is missing, and overwrites nothing', async () => {
  await problems();
  const { exercise: id, files } = scaffold('poc/triple', root);
  expect(id).toBe('0-poc/02-triple');
  expect(files).toContain('exercises/0-poc/02-triple/triple.ts');
  expect(() => scaffold('0-poc/double', root)).toThrow(/already an exercise double/);
  expect(() => scaffold('9-late/quad', root)).toThrow(/the next craft has the number 1/);
  const { exercises } = loadCurriculum(join(root, 'exercises'));
  expect(exercises.map(({ slug }) => slug)).toEqual(['double', 'triple']);
});

test('a lesson has the headings of the skeleton, and a length', async () => {
  const { lesson: found } = await problems({
    [`${exercise}/README.md`]: '# Double\n\n## Why\nBecause.\n\n## Invariants\n',
  });
  expect(found).toEqual([
    expect.stringContaining('"What you build" is not the 2. heading'),
    expect.stringContaining('words (without code blocks), allowed are 600 to 1400'),
  ]);
});

test('a mutant edits one place, literally', () => {
  const sources = new Map([['a.ts', 'one two one']]);
  expect(edit(sources, { file: 'a.ts', find: 'two', replace: '$& $1' })).toEqual({
    edited: new Map([['a.ts', 'one $& $1 one']]),
  });
  expect(edit(sources, { file: 'a.ts', find: 'one', replace: 'x' })).toEqual({
    problem: 'its "find" occurs 2 times in a.ts, not once: one',
  });
  expect(edit(sources, { file: 'b.ts', find: 'one', replace: 'x' })).toEqual({
    problem: 'it edits b.ts, which is not a file of the exercise',
  });
});
