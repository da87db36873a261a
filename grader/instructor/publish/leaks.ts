/**
 * Looks for what a branch must not show: a later exercise's solution or notes, and hidden tests. By content,
 * since a copy under another name, or a part of it in a lesson, is a leak just the same.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import type { Exercise } from '../../core/types.ts';
import { exerciseFolder } from '../../workspace/index.ts';
import { filesBelow, type Source } from './source.ts';
import type { PlannedBranch } from './tree.ts';

/** A text that students may not have yet, or never. */
interface Secret {
  /** Relative to the clone. */
  readonly name: string;
  readonly exercise: Exercise;
  /** Place of its exercise in the course; a solution stops to be a secret when its branch comes. */
  readonly until: number;
  /** Without spaces. */
  readonly text: string;
  /** Its lines that say something and are not in the stub. */
  readonly lines: ReadonlySet<string>;
  /** Those that no earlier solution has: a later one may go on from it. */
  readonly fresh: ReadonlySet<string>;
}

/** A line shorter than this (without spaces) stands in any program. */
const leastLine = 16;

/**
 * What counts as a copy. Solutions of one course resemble each other: of the 17 first exercises, no two texts
 * share more than 5 lines in a row, nor more than 0.67 of a secret's lines, where one is allowed to be seen.
 */
const rowOfLines = 8;
const mostOfIt = { share: 0.8, least: 3 };

/** Throws STARTER_SOLVED or WOULD_LEAK for the first branch that shows what it must not. */
export function requireNoLeaks(branches: readonly PlannedBranch[], source: Source): void {
  const secrets = secretsOf(source);
  for (const [place, { branch, exercise, tree, changed, message }] of branches.entries()) {
    if (exercise !== null) requireAnswer(exercise, branches[place - 1]?.tree, changed);
    const hidden = secrets.filter(({ until }) => until > place);
    const texts = [...changed].map(
      ([path, { content }]) => [path, Buffer.from(content).toString('utf8')] as const,
    );
    for (const [where, text] of [...texts, ['its message', message] as const]) {
      const secret = leakIn(text, hidden);
      if (secret === undefined) continue;
      if (exercise === null && secret.until !== Number.POSITIVE_INFINITY && isStub(where, source))
        throw new CraftError('STARTER_SOLVED', { file: where, solution: secret.name });
      throw new CraftError('WOULD_LEAK', {
        branch,
        where,
        secret: secret.name,
        exercise: secret.exercise.number,
      });
    }
    if (tree.size === 0) throw new CraftError('INTERNAL', { message: `${branch} would be empty` });
  }
}

/** A starter that is its own solution already leaves nothing to do. */
function requireAnswer(
  exercise: Exercise,
  before: PlannedBranch['tree'] | undefined,
  changed: PlannedBranch['tree'],
): void {
  const differs = [...changed].some(([path, { content }]) => {
    const old = before?.get(path);
    return old === undefined || squeezed(old.content) !== squeezed(content);
  });
  const [file = exerciseFolder(exercise)] = changed.keys();
  if (!differs) throw new CraftError('STARTER_SOLVED', { file, solution: `solutions/${exercise.id}` });
}

function secretsOf({ root, curriculum, library, checks }: Source): readonly Secret[] {
  const { exercises } = curriculum;
  const solved = exercises.map(({ id }) =>
    filesBelow(join(library.solutions, id))
      .filter((file) => !file.endsWith('.md'))
      .map(readText),
  );
  return exercises.flatMap((exercise, i) => {
    const stubs = exercise.files.map((name) => readText(join(exercise.directory, name)));
    const unchanged = new Set(stubs.map(squeezed));
    const given = new Set(stubs.flatMap(sayingLines));
    const earlier = new Set(solved.slice(0, i).flat().flatMap(sayingLines));
    const secret = (until: number) => (file: string) => {
      const text = readText(file);
      // A lesson may have a table of the notes; only whole notes are a leak.
      const telling = file.endsWith('.md') ? [] : sayingLines(text);
      const lines = new Set(telling.filter((line) => !given.has(line)));
      const fresh = new Set([...lines].filter((line) => !earlier.has(line)));
      return { name: relative(root, file), exercise, until, text: squeezed(text), lines, fresh };
    };
    return [
      ...filesBelow(join(library.solutions, exercise.id)).map(secret(i + 1)),
      ...filesBelow(join(library.designs, exercise.id)).map(secret(i + 1)),
      ...filesBelow(join(checks, exercise.id)).map(secret(Number.POSITIVE_INFINITY)),
    ].filter(({ text }) => text !== '' && !unchanged.has(text));
  });
}

const readText = (file: string): string => readFileSync(file, 'utf8');

/** The first secret that a text shows. */
function leakIn(text: string, secrets: readonly Secret[]): Secret | undefined {
  const whole = squeezed(text);
  const lines = sayingLines(text);
  return secrets.find((secret) => secret.text === whole || showsLines(lines, secret));
}

/** Many fresh lines in a row, or nearly all lines anywhere in the text. */
function showsLines(text: readonly string[], { lines, fresh }: Secret): boolean {
  const shown = new Set<string>();
  let row = 0;
  for (const line of text) {
    row = fresh.has(line) ? row + 1 : 0;
    if (lines.has(line)) shown.add(line);
    if (row >= rowOfLines) return true;
  }
  return shown.size >= mostOfIt.least && shown.size >= mostOfIt.share * lines.size;
}

/** Lines without spaces; not those of any program: short ones, imports, comments. */
function sayingLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => squeezed(line))
    .filter((line) => line.length >= leastLine && !/^(?:import\b|import\{|\/\/|\/\*|\*)/.test(line));
}

function squeezed(text: string | Uint8Array): string {
  return (typeof text === 'string' ? text : Buffer.from(text).toString('utf8')).replace(/\s+/g, '');
}

function isStub(path: string, { curriculum }: Source): boolean {
  return curriculum.exercises.some((exercise) =>
    exercise.files.some((name) => `${exerciseFolder(exercise)}/${name}` === path),
  );
}
