/** The texts of a new exercise. It compiles and passes as it is; each `TODO(author)` is a line of `craft check`. */

const sections: readonly (readonly [heading: string, what: string])[] = [
  ['Why', 'the bottleneck that the last exercise left, with its number and the command that measured it'],
  [
    'What you build',
    'the signatures and the files; what stands in the block above must be what the stub declares',
  ],
  ['Invariants', 'a numbered list of what must always hold; the checks are about these'],
  ['Predict', 'one question with a number, asked before a line is written'],
  ['Tasks', 'one paragraph a task; each opens with the file to change'],
  ['Tests', 'what will be sent and what is expected, in words'],
  ['Experiment', 'one command, its output with machine and date, one change, the output again'],
  ['Checkpoint', 'what the program can do now, and three questions about it'],
  ['Notes', 'what not to build yet; where real systems differ'],
  ['Next', 'the bottleneck that is left, with its number'],
];

/** Texts by path, relative to the clone. */
export function scaffoldTexts(id: string, slug: string): Map<string, string> {
  const file = `${slug}.ts`;
  const name = slug.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const checks = `grader/checks/${id}`;
  return new Map([
    [`exercises/${id}/README.md`, lesson(name)],
    [`exercises/${id}/exercise.json`, manifest(file)],
    [`exercises/${id}/hints.md`, hints],
    [`exercises/${id}/${file}`, stub(name)],
    [
      `solutions/${id}/${file}`,
      solution(name, 'text.toUpperCase()', 'the reference, as short as it can be read'),
    ],
    [`solutions/${id}/NOTES.md`, notes],
    [`grader/fixtures/designs/${id}/${file}`, solution(name, loud, 'a correct solution of another design')],
    [`${checks}/behaviour.test.ts`, behaviour(file, name)],
    [`${checks}/gate.ts`, gate],
    [`${checks}/mutants.ts`, mutants(file)],
  ]);
}

const loud = "[...text].map((letter) => letter.toUpperCase()).join('')";

function lesson(name: string): string {
  const parts = sections.map(([heading, what]) => {
    const code =
      heading === 'What you build' ? `\`\`\`ts\nfunction ${name}(text: string): string;\n\`\`\`\n\n` : '';
    return `## ${heading}\n${code}<!-- TODO(author): ${what} -->\n`;
  });
  return `# TODO(author): the title, which says what is built\n\n${parts.join('\n')}`;
}

function manifest(file: string): string {
  const value = {
    title: 'TODO(author): a few words, as in the lesson',
    summary: 'TODO(author): one line for lists, at most 100 characters',
    minutes: 45,
    files: [file],
    given: [],
    imports: [],
    checks: ['shouts'],
    gates: [],
    forbid: [],
    allow: [],
  };
  return `${JSON.stringify(value, null, 2).replace(/\[\n\s+("[^"]*")\n\s+\]/g, '[$1]')}\n`;
}

const hints = `# Hints

## 1
TODO(author): a question that makes the reader look at the right place; at most 60 words

## 2
TODO(author): a pointer

## 3
TODO(author): nearly the answer

## check: shouts
TODO(author): the commonest mistake behind this check; one such part for each check that needs it
`;

function stub(name: string): string {
  return `/** TODO(author): what this file is, and the rules for whoever calls it */

/** TODO(author): the contract, with units and errors */
export function ${name}(text: string): string {
  // TODO(human): the text in capitals. (README: Tasks)
  throw new Error(\`TODO(human): the text in capitals: \${text.length} letters\`);
}
`;
}

function solution(name: string, value: string, what: string): string {
  return `/** TODO(author): ${what} */
export function ${name}(text: string): string {
  return ${value};
}
`;
}

const notes = `# Notes

TODO(author): why it is built like this, and the measured numbers with machine and date
`;

function behaviour(file: string, name: string): string {
  const harness = '../../../harness/index.ts';
  return `/** TODO(author): what is tried here; given, when, then; through public signatures only */
import { check, expectEqual } from '${harness}';

check('shouts', 'the text comes back in capitals', async ({ subject, random }) => {
  const module = await subject.load('${file}');
  const text = \`letter \${random.integer(1, 100)}\`;
  expectEqual(\`${name}('\${text}')\`, await module.call('${name}', text), text.toUpperCase());
});
`;
}

const gate = `/** TODO(author): the gates: count, else exponent, else ratio, else wall time; each cites what the reference measured */
import type { Gate } from '../../../gate/index.ts';

export const gates: readonly Gate[] = [];
`;

function mutants(file: string): string {
  return `/** TODO(author): at least five wrong solutions, each a small edit of the reference, and the check that refuses it */
import type { Mutant } from '../../../instructor/mutant.ts';

export const mutants: readonly Mutant[] = [
  {
    id: 'lower-case',
    misconception: 'the text comes back in small letters',
    file: '${file}',
    find: 'toUpperCase',
    replace: 'toLowerCase',
    killedBy: 'shouts',
  },
];
`;
}
