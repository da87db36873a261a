/** What can be proved about an exercise by reading it: manifest, files, lesson, hints, notes. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Curriculum, Exercise, Serves } from '../core/types.ts';
import { readHints, readLesson } from '../curriculum/index.ts';
import { type Library, loadGateNames, loadMutants, namesIn, readSources } from './source.ts';

/** A claim and the problems found with it. */
export type Claim = readonly [claim: string, problems: readonly string[]];

const headings = [
  'Why',
  'What you build',
  'Invariants',
  'Predict',
  'Tasks',
  'Tests',
  'Experiment',
  'Checkpoint',
  'Notes',
  'Next',
];
const lessonWords = { least: 600, most: 1_400 };
const hintWords = 60;
const fewestMutants = 5;
const mostTodos = 12;

/** Everything that needs no run. */
export async function readingClaims(
  exercise: Exercise,
  curriculum: Curriculum,
  library: Library,
): Promise<Claim[]> {
  return [
    ['manifest', manifestProblems(exercise, curriculum)],
    ['files', fileProblems(exercise)],
    ['stub text', stubProblems(exercise)],
    ['solution files', solutionProblems(exercise, library)],
    ['design files', designProblems(exercise, library)],
    ['lesson', lessonProblems(readOr(exercise, 'README.md', () => readLesson(exercise)))],
    ['links', linkProblems(exercise, curriculum)],
    ['hints', hintProblems(exercise)],
    ['gates', await gateProblems(exercise, library)],
    ['mutants', await mutantProblems(exercise, library)],
  ];
}

/** What the schema of the manifest cannot say. */
function manifestProblems(exercise: Exercise, curriculum: Curriculum): string[] {
  const { title, summary, minutes, files, given, imports, checks, gates, run, serves } = exercise;
  const problems: string[] = [];
  if (title.trim() === '' || title.includes('\n')) problems.push('title must be one line');
  if (summary.trim() === '' || summary.length > 100)
    problems.push('summary must be one line of at most 100 characters');
  if (!(minutes >= 5 && minutes <= 480)) problems.push(`minutes is ${minutes}`);
  if (files.length === 0) problems.push('files is empty: the student has nothing to write');
  if (checks.length === 0) problems.push('checks is empty');
  for (const [what, ids] of Object.entries({ files: [...files, ...given], imports, checks, gates })) {
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) problems.push(`${what} names ${twice} twice`);
  }
  for (const id of [...checks, ...gates]) {
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id)) problems.push(`"${id}" is not lower case with hyphens`);
  }
  if (run !== undefined && ![...files, ...given].includes(run))
    problems.push(`run names ${run}, which is not listed`);
  if (serves !== undefined) problems.push(...servesProblems(serves, given));
  const order = curriculum.exercises.map(({ id }) => id);
  for (const id of imports) {
    if (!order.slice(0, order.indexOf(exercise.id)).includes(id))
      problems.push(`imports ${id}, not an earlier exercise`);
  }
  return problems;
}

function servesProblems({ file, method, path, status }: Serves, given: readonly string[]): string[] {
  const problems: string[] = [];
  // What starts the server is the same for everybody; what it starts is the student's.
  if (!given.includes(file)) problems.push(`serves names ${file}, which is not a given file`);
  if (!/^[A-Z]+$/.test(method)) problems.push(`serves: method is "${method}"`);
  if (!path.startsWith('/')) problems.push(`serves: path "${path}" must begin with /`);
  if (!Number.isInteger(status) || status < 200 || status > 599) problems.push(`serves: status is ${status}`);
  return problems;
}

function fileProblems({ directory, files, given }: Exercise): string[] {
  const listed = ['README.md', 'exercise.json', 'hints.md', ...files, ...given];
  const there = namesIn(directory);
  return [
    ...listed.filter((name) => !there.includes(name)).map((name) => `${name} is not there`),
    ...there
      .filter((name) => !listed.includes(name))
      .map((name) => `${name} is in the folder but not in the manifest`),
  ];
}

function stubProblems({ directory, files }: Exercise): string[] {
  const stubs = readSources(directory, files);
  const problems = [...stubs].flatMap(([name, text]) => {
    if (!text.includes('// TODO(human)')) return [`${name} has no comment // TODO(human)`];
    return /new Error\(\s*[`'"]TODO\(human\): /.test(text)
      ? []
      : [`${name} never throws new Error('TODO(human): …')`];
  });
  const todos = [...stubs.values()].reduce((sum, text) => sum + text.split('// TODO(human)').length - 1, 0);
  if (todos > mostTodos) problems.push(`${todos} TODO(human), more than ${mostTodos}`);
  return problems;
}

function solutionProblems({ id, files }: Exercise, library: Library): string[] {
  const folder = join(library.solutions, id);
  const problems = sameNames(folder, [...files, 'NOTES.md']);
  for (const [name, text] of readSources(folder, [...files, 'NOTES.md'])) {
    if (text.includes('TODO(human)')) problems.push(`${name} still has a TODO(human)`);
    if (text.trim() === '') problems.push(`${name} is empty`);
  }
  return problems;
}

function designProblems({ id, files }: Exercise, library: Library): string[] {
  const folder = join(library.designs, id);
  if (namesIn(folder).length === 0) return [`no second design in ${id}`];
  const reference = readSources(join(library.solutions, id), files);
  const same = [...readSources(folder, files)].every(([name, text]) => reference.get(name) === text);
  return [...sameNames(folder, files), ...(same ? ['the second design is the reference solution'] : [])];
}

function sameNames(folder: string, wanted: readonly string[]): string[] {
  const there = namesIn(folder);
  return [
    ...wanted.filter((name) => !there.includes(name)).map((name) => `${name} is missing`),
    ...there.filter((name) => !wanted.includes(name)).map((name) => `${name} is not a file of the exercise`),
  ];
}

/** The skeleton's headings in order, and a length that can be read in one sitting. */
export function lessonProblems(text: string): string[] {
  const prose = text.replace(/^```.*?^```/gms, '');
  const problems: string[] = [];
  const title = prose.match(/^# .+$/gm) ?? [];
  if (title.length !== 1 || !prose.startsWith('# ')) problems.push('it must open with its one "# " title');
  const found = [...prose.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading.trim());
  if (found.join('|') !== headings.join('|')) {
    const first = headings.findIndex((heading, i) => found[i] !== heading);
    const at =
      first < 0
        ? `"${found[headings.length]}" is too many`
        : `"${headings[first]}" is not the ${first + 1}. heading`;
    problems.push(`headings must be ${headings.join(', ')}: ${at}`);
  }
  const words = prose.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
  if (words < lessonWords.least || words > lessonWords.most) {
    problems.push(
      `${words} words (without code blocks), allowed are ${lessonWords.least} to ${lessonWords.most}`,
    );
  }
  return problems;
}

/** Relative links lead to files that a workspace has: its `exercises/` and nothing above. */
function linkProblems({ directory }: Exercise, curriculum: Curriculum): string[] {
  return ['README.md', 'hints.md'].flatMap((name) => {
    const file = join(directory, name);
    if (!existsSync(file)) return [];
    const text = readFileSync(file, 'utf8').replace(/^```.*?^```/gms, '');
    return [...text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].flatMap(([, link = '']) => {
      const path = link.split('#')[0] ?? '';
      if (path === '' || /^[a-z]+:/.test(path)) return [];
      const target = resolve(dirname(file), decodeURIComponent(path));
      if (relative(curriculum.directory, target).startsWith('..'))
        return [`${name}: ${link} leaves exercises/`];
      return existsSync(target) ? [] : [`${name}: ${link} is not there`];
    });
  });
}

function hintProblems(exercise: Exercise): string[] {
  if (!existsSync(join(exercise.directory, 'hints.md'))) return ['hints.md is not there'];
  const { levels, checks } = readHints(exercise);
  const problems = [1, 2, 3].filter((n) => !levels[n - 1]).map((n) => `there is no hint ${n}`);
  if (levels.length > 3) problems.push(`${levels.length} levels, three are shown`);
  const known = [...exercise.checks, ...exercise.gates];
  const named: [string, string][] = levels.map((text, i) => [`hint ${i + 1}`, text ?? '']);
  for (const [id, text] of checks) {
    named.push([`the hint for ${id}`, text]);
    if (!known.includes(id)) problems.push(`"## check: ${id}" names no check and no gate`);
    if (text === '') problems.push(`the hint for ${id} is empty`);
  }
  for (const [name, text] of named) {
    const words = text.split(/\s+/).filter((word) => word !== '').length;
    if (words > hintWords) problems.push(`${name} has ${words} words, allowed are ${hintWords}`);
  }
  return problems;
}

async function gateProblems(exercise: Exercise, library: Library): Promise<string[]> {
  const gates = await loadGateNames(library, exercise);
  const problems = gates
    .filter(({ reference }) => !/\d.*\d{4}-\d{2}-\d{2}/.test(reference))
    .map(({ id }) => `${id}: its reference must cite a measured value, a machine and a date`);
  const ids = gates.map(({ id }) => id);
  if (ids.join() !== exercise.gates.join()) {
    problems.push(
      `the manifest lists ${exercise.gates.join(', ') || 'none'}; gate.ts has ${ids.join(', ') || 'none'}`,
    );
  }
  return problems;
}

async function mutantProblems(exercise: Exercise, library: Library): Promise<string[]> {
  const { mutants = [] } = (await loadMutants(library, exercise)) ?? {};
  const problems =
    mutants.length < fewestMutants ? [`${mutants.length} mutants, ${fewestMutants} are the least`] : [];
  const known = [...exercise.checks, ...exercise.gates];
  for (const [i, { id, killedBy }] of mutants.entries()) {
    if (!known.includes(killedBy)) problems.push(`${id}: ${killedBy} is no check and no gate`);
    if (mutants.findIndex((other) => other.id === id) !== i) problems.push(`two mutants are called ${id}`);
  }
  return problems;
}

function readOr({ directory }: Exercise, name: string, read: () => string): string {
  return existsSync(join(directory, name)) ? read() : '';
}
