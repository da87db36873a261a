/** Code that a lesson shows is code that exists: what it declares is what the compiler finds in the files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Curriculum, Exercise } from '../core/types.ts';
import { type Declared, describe, type Parameter, parseDeclarations, typeNames } from './quoted.ts';
import { filesInReach, type Surface, type Surfaces } from './surface.ts';

/**
 * Every block that opens with three backticks and `ts`, in the lesson and the hints. It is a list of declarations,
 * each of them as in a file of the exercise or of one that it imports; or it is lines of such a file; or it opens
 * with `ts sketch`, and stands in no file.
 */
export function quoteProblems(exercise: Exercise, curriculum: Curriculum, surfaces: Surfaces): string[] {
  return ['README.md', 'hints.md'].flatMap((name) =>
    blocksOf(join(exercise.directory, name)).flatMap(({ text, line }) =>
      blockProblems(text, exercise, curriculum, surfaces).map((problem) => `${name}:${line} ${problem}`),
    ),
  );
}

/** Whether the exercise shows any code that must be compared; the compiler is asked only then. */
export function showsCode({ directory }: Exercise): boolean {
  return ['README.md', 'hints.md'].some((name) => blocksOf(join(directory, name)).length > 0);
}

interface Block {
  readonly text: string;
  /** Of its first line; from 1. */
  readonly line: number;
}

function blocksOf(file: string): Block[] {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, 'utf8');
  return [...whole.matchAll(/^```ts([^\n]*)\n(.*?)^```/gms)]
    .filter(([, info = '']) => info.trim() !== 'sketch')
    .map(({ index, 2: text = '' }) => ({ text, line: whole.slice(0, index).split('\n').length + 1 }));
}

function blockProblems(
  text: string,
  exercise: Exercise,
  curriculum: Curriculum,
  { stubs, solutions }: Surfaces,
): string[] {
  const quoted = parseDeclarations(text);
  if (quoted === undefined) return lineProblems(text, exercise);
  const declared = declarationsIn(filesInReach(exercise, curriculum, stubs), stubs);
  const solved = declarationsIn(filesInReach(exercise, curriculum, solutions), solutions);
  return quoted.flatMap((each) => {
    const quote = describe(each, typeNames([...declared.written, ...quoted]));
    const there = declared.found.get(quote.name);
    if (there === undefined) return [`no file declares ${quote.kind} ${quote.name}`];
    const answer = solved.found.get(quote.name);
    return [
      ...differences(quote, there, ''),
      ...(answer?.kind !== quote.kind ? [] : differences(quote, answer, ', and that in the solution', true)),
    ];
  });
}

function declarationsIn(files: readonly string[], surface: Surface) {
  const written = files.flatMap((file) => parseDeclarations(surface.get(file) ?? '') ?? []);
  const names = typeNames(written);
  const found = new Map<string, Declared>();
  for (const each of written) {
    const declared = describe(each, names);
    if (!found.has(declared.name)) found.set(declared.name, declared);
  }
  return { written, found };
}

/** `narrower`: what is returned may be of a narrower type, as a solution's may. */
function differences(quote: Declared, there: Declared, where: string, narrower = false): string[] {
  if (!agrees(quote, there, narrower)) return [`"${quote.text}" is in the file: "${there.text}"${where}`];
  return (quote.members ?? []).flatMap((member) => {
    const found = there.members?.find(({ name }) => name === member.name);
    if (found === undefined) return [`${quote.name} has no ${member.name}${where}`];
    return agrees(member, found, narrower)
      ? []
      : [`${quote.name}: "${member.text}" is in the file: "${found.text}"${where}`];
  });
}

/** A quote may leave out types of parameters; it may not say anything else. */
function agrees(quote: Declared, there: Declared, narrower: boolean): boolean {
  const { parameters: wanted, type } = quote;
  const { parameters: given } = there;
  return (
    quote.kind === there.kind &&
    (quote.head === undefined || quote.head === there.head) &&
    wanted?.length === given?.length &&
    (wanted ?? []).every((each, i) => sameParameter(each, given?.[i])) &&
    (type === undefined || type === there.type || (narrower && wanted !== undefined))
  );
}

function sameParameter(quote: Parameter, there: Parameter | undefined): boolean {
  if (there === undefined || quote.optional !== there.optional) return false;
  const sameName = quote.name === undefined || there.name === undefined || quote.name === there.name;
  return sameName && (quote.type === undefined || quote.type === there.type);
}

/** Lines of one file, one after another; `…` stands for some that are left out. */
function lineProblems(text: string, { directory, files, given }: Exercise): string[] {
  const parts = text
    .split(/^\s*(?:\/\/ )?…\s*$/m)
    .map((part) => linesOf(part))
    .filter((part) => part !== '');
  const programs = [...files, ...given].filter((name) => existsSync(join(directory, name)));
  const whole = programs.map((name) => linesOf(readFileSync(join(directory, name), 'utf8')));
  if (whole.some((program) => parts.every((part) => program.includes(part)))) return [];
  const first = text.trim().split('\n')[0];
  return [`"${first}" stands in no file of the exercise; if it should not, open the block with: ts sketch`];
}

function linesOf(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n');
}
