/** Finds the submissions: the entries of a folder, or the rows of a roster. None of them is opened yet. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CraftError } from '../../core/errors.ts';
import { errno } from '../../core/files.ts';
import { cleanText, foldedId, idOf } from './ids.ts';
import { shown } from './refusal.ts';
import { readRoster } from './roster.ts';
import type { Candidate, DiscoverOptions } from './types.ts';

/**
 * The candidates in the order of their ids, or of the roster's rows. Throws a CraftError (BAD_USAGE) when the input as a
 * whole is not what it should be; what is wrong with one submission is a candidate of kind `refused`.
 */
export async function discover(input: string, options: DiscoverOptions = {}): Promise<Candidate[]> {
  options.signal?.throwIfAborted();
  const path = await realInput(input);
  const info = await lstat(path);
  if (info.isDirectory()) return discoverIn(path, input, options);
  if (info.isFile() && /\.(csv|tsv|txt)$/i.test(path)) return readRoster(path, options.gitAllow);
  const hint = /\.(zip|tar|tgz|gz)$/i.test(path) ? ' Unpack it, or put it into a folder.' : '';
  throw badInput(input, `is neither a folder of submissions nor a roster (.csv).${hint}`);
}

async function realInput(input: string): Promise<string> {
  try {
    return await realpath(input);
  } catch (error) {
    throw badInput(
      input,
      errno(error) === 'ENOENT' ? 'is not there.' : `cannot be opened (${errno(error)}).`,
    );
  }
}

async function discoverIn(folder: string, input: string, options: DiscoverOptions): Promise<Candidate[]> {
  const excluded = new Set<string>();
  for (const path of options.exclude ?? []) excluded.add(await realpath(path).catch(() => resolve(path)));
  const children = (await childrenOf(folder, input)).filter(
    ({ name }) => !name.startsWith('.') && name !== '__MACOSX' && !excluded.has(join(folder, name)),
  );
  if (children.some(({ name }) => name === 'exercises')) {
    throw badInput(input, 'is one workspace: name the folder that the submissions are in.');
  }
  if (children.length === 0) throw badInput(input, 'holds no submissions.');
  const named = children.map((child) => ({ name: child.name, candidate: candidateOf(folder, child) }));
  return withoutTwins(named).sort((a, b) => (a.submission.id < b.submission.id ? -1 : 1));
}

async function childrenOf(folder: string, input: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(errno(error))) throw error;
    throw badInput(input, 'cannot be read (permission denied).');
  }
}

const archives: readonly (readonly [RegExp, 'zip' | 'tar'])[] = [
  [/\.zip$/i, 'zip'],
  [/\.(tar|tar\.gz|tgz)$/i, 'tar'],
];

function candidateOf(folder: string, child: Dirent): Candidate {
  const path = join(folder, child.name);
  const [pattern, kind] = archives.find(([ending]) => ending.test(child.name)) ?? [];
  if (child.name.includes('\ufffd')) {
    const submission = submissionOf(child.name, child.name);
    return { kind: 'refused', submission, reason: `the name ${shown(child.name)} is not UTF-8` };
  }
  if (child.isDirectory()) return { kind: 'folder', submission: submissionOf(child.name, child.name), path };
  if (child.isFile() && pattern !== undefined && kind !== undefined) {
    return { kind, submission: submissionOf(child.name.replace(pattern, ''), child.name), path };
  }
  const what = child.isFile()
    ? 'is neither a folder nor a .zip, .tar, .tar.gz or .tgz'
    : child.isSymbolicLink()
      ? 'is a link: put the submission itself there'
      : 'is neither a file nor a folder';
  const submission = submissionOf(child.name, child.name);
  return { kind: 'refused', submission, reason: `${shown(child.name)} ${what}` };
}

function submissionOf(name: string, source: string): Candidate['submission'] {
  return { id: idOf(name), name: cleanText(name), source: cleanText(source) };
}

interface Named {
  /** Of its entry in the folder. */
  readonly name: string;
  readonly candidate: Candidate;
}

/** `ada` beside `ada.zip`: nobody can say which counts, so none is graded under that id. */
function withoutTwins(all: readonly Named[]): Candidate[] {
  const byId = new Map<string, string[]>();
  for (const { name, candidate } of all) {
    const key = foldedId(candidate.submission.id);
    byId.set(key, [...(byId.get(key) ?? []), name]);
  }
  return all.map(({ name, candidate }) => {
    const names = byId.get(foldedId(candidate.submission.id)) ?? [];
    if (names.length < 2) return candidate;
    const reason = `${names.map(shown).sort().join(' and ')} have the same id: keep one, or rename one`;
    // Names in one folder differ, so the ids made of them do.
    return { kind: 'refused', submission: { ...candidate.submission, id: idOf(`~${name}`) }, reason };
  });
}

function badInput(input: string, what: string): CraftError {
  return new CraftError('BAD_USAGE', { message: `${basename(input) === '' ? input : shown(input)} ${what}` });
}
