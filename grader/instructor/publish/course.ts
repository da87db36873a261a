/** The course file: `course.json`, which names the remotes that a course may be published to. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { CraftError } from '../../core/errors.ts';

/** What publishing reads of the file; grading reads other fields of it. */
const shape = z.looseObject({
  name: z.string().min(1).max(200).optional(),
  /** A URL, or a path relative to the file; several, of which the first is meant when none is named. */
  remote: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
});

export interface Course {
  /** Absolute. */
  readonly file: string;
  readonly name: string;
  /** Paths are absolute. */
  readonly remotes: readonly string[];
}

export const courseFile = 'course.json';

/** Reads a course file. Throws BAD_MANIFEST with the file and the first problem. */
export function readCourse(file: string): Course {
  if (!existsSync(file)) {
    const message = `it is not there. Write it: { "name": "...", "remote": "git@host:course.git" }`;
    throw new CraftError('BAD_MANIFEST', { file, message });
  }
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new CraftError('BAD_MANIFEST', { file, message }, { cause: error });
  }
  const read = shape.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const message = `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'not as it should be'}`;
    throw new CraftError('BAD_MANIFEST', { file, message });
  }
  const { name = 'course', remote = [] } = read.data;
  const named = typeof remote === 'string' ? [remote] : remote;
  return { file, name, remotes: named.map((each) => addressOf(each, dirname(file), file)) };
}

/** The remote to publish to: the one that was named, if the course file knows it, or the file's first. */
export function chooseRemote({ file, remotes }: Course, named: string | undefined, cwd: string): string {
  const [first] = remotes;
  if (first === undefined) {
    throw new CraftError('BAD_MANIFEST', { file, message: 'it names no "remote" to publish to' });
  }
  if (named === undefined) return first;
  const wanted = addressOf(named, cwd, '--remote');
  const found = remotes.find((remote) => remote === wanted);
  if (found === undefined) throw new CraftError('UNKNOWN_REMOTE', { remote: named, file });
  return found;
}

/** A URL as it is; a path made absolute. Refuses what git would read as an option or as a command to run. */
export function addressOf(text: string, folder: string, where: string): string {
  const refuse = (message: string): CraftError =>
    where.startsWith('--')
      ? new CraftError('BAD_USAGE', { message: `${where}: ${message}.` })
      : new CraftError('BAD_MANIFEST', { file: where, message });
  if (text.startsWith('-')) throw refuse(`"${text}" is an option, not a remote`);
  if (/^[a-z0-9+.-]+::/i.test(text)) throw refuse(`"${text}" would run a program: name a URL or a folder`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    if (/^(?:file|git|https?|ssh):/i.test(text)) return text;
    throw refuse(`"${text}": git reaches remotes by https, ssh, git or file`);
  }
  // As git has it: a colon before any slash makes it user@host:path.
  if (/^[^/]+:/.test(text)) return text;
  if (text === '~' || text.startsWith('~/')) return join(homedir(), text.slice(1));
  return resolve(folder, text);
}
