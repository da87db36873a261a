/** What can be proved about an exercise by reading it: manifest, files, lesson, hints, notes. */
import { join } from 'node:path';
import type { Curriculum, Exercise, Serves } from '../core/types.ts';
import { quoteProblems, showsCode } from './lesson.ts';
import { leakProblems, type Pack, packedProblems, packOf } from './pack.ts';
import { hintProblems, lessonProblems, linkProblems } from './prose.ts';
import {
  builtProblems,
  importProblems,
  strayCheckProblems,
  strayFolders,
  unwrittenProblems,
} from './reach.ts';
import { type Library, loadGateNames, loadMutants, namesIn, readSources } from './source.ts';
import { type Surfaces, surfacesOf } from './surface.ts';

/** A claim and the problems found with it. */
export type Claim = readonly [claim: string, problems: readonly string[]];

const fewestMutants = 5;
const mostTodos = 12;

/** Everything that needs no run. */
export async function readingClaims(
  exercise: Exercise,
  curriculum: Curriculum,
  library: Library,
  { surfaces, pack }: Course,
): Promise<Claim[]> {
  return [
    ['written', unwrittenProblems(exercise, library)],
    ['built', builtProblems(exercise, library)],
    ['manifest', manifestProblems(exercise, curriculum)],
    ['files', fileProblems(exercise)],
    ['stub text', stubProblems(exercise)],
    ['solution files', solutionProblems(exercise, library)],
    ['design files', designProblems(exercise, library)],
    ['lesson', lessonProblems(exercise)],
    ['links', linkProblems(exercise, curriculum)],
    ['hints', hintProblems(exercise)],
    ['gates', await gateProblems(exercise, library)],
    ['mutants', await mutantProblems(exercise, library)],
    ['imports', importProblems(exercise, curriculum, library)],
    ['check files', strayCheckProblems(exercise, library)],
    ['quotes', surfaces === undefined ? [] : quoteProblems(exercise, curriculum, surfaces)],
    ...(pack === undefined ? [] : [['package', leakProblems(exercise, library, pack)] as const]),
    ...(curriculum.exercises[0]?.id === exercise.id ? wholeCourse(curriculum, library, pack) : []),
  ];
}

/** What is read once for all exercises. */
export interface Course {
  /** Absent when no lesson shows code. */
  readonly surfaces?: Surfaces;
  readonly pack?: Pack;
}

export async function readCourse(
  exercises: readonly Exercise[],
  curriculum: Curriculum,
  library: Library,
): Promise<Course> {
  const { packed } = library;
  return {
    ...(exercises.some(showsCode) ? { surfaces: await surfacesOf(curriculum, library) } : {}),
    ...(packed === undefined ? {} : { pack: await packOf(packed) }),
  };
}

/** Claims that are about no one exercise stand with the first. */
function wholeCourse(curriculum: Curriculum, library: Library, pack: Pack | undefined): Claim[] {
  return [
    ['folders', strayFolders(curriculum, library)],
    ...(pack === undefined ? [] : [['packed files', packedProblems(pack)] as const]),
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
