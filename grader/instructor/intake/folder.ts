/**
 * A submission that is a folder: what lies in it, not what a `.git` in it says. A repository's own settings may name
 * programs to run, so git is never started in there; and what the instructor sees in the folder is what is graded.
 */
import type { Dirent } from 'node:fs';
import { lstat, opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { asRefusal, readFileOnce } from './open.ts';
import { Changed } from './refusal.ts';
import type { Survey, Wanted } from './rules.ts';
import type { Content, Source } from './source.ts';
import type { IntakeLimits } from './types.ts';

/** Where a file is, relative to the submission. */
type Place = string;

/** `root` is absolute and no link. */
export function openFolder(root: string, limits: IntakeLimits): Source<Place> {
  return {
    survey: (survey) => walk(root, survey, limits),
    contents: (wanted) => readAll(root, wanted, limits),
    close: async () => {},
  };
}

async function walk(root: string, survey: Survey<Place>, limits: IntakeLimits): Promise<void> {
  if ((await realpath(root).catch(() => '')) !== root) throw new Changed('the folder');
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const below: string[] = [];
    for (const child of await childrenOf(root, folder, limits.scanned)) {
      const path = folder === '' ? child.name : `${folder}/${child.name}`;
      const kind = kindOf(child);
      // A name that is not UTF-8 was decoded to one that is not there; the survey refuses it.
      const counts = kind === 'file' && path.endsWith('.ts') && !path.includes('\ufffd');
      const size = counts ? await lengthOf(join(root, path), path) : 0;
      if (survey.add({ path, kind, size, key: path }) && kind === 'folder') below.push(path);
    }
    waiting.push(...below.reverse());
  }
}

/** Sorted. One more than `most` are enough to be refused. */
async function childrenOf(root: string, folder: string, most: number): Promise<Dirent[]> {
  const children: Dirent[] = [];
  try {
    for await (const child of await opendir(join(root, folder))) {
      children.push(child);
      if (children.length > most) break;
    }
  } catch (error) {
    throw asRefusal(error, folder === '' ? 'the folder' : folder);
  }
  return children.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function kindOf(child: Dirent): 'file' | 'folder' | 'link' | 'device' {
  if (child.isSymbolicLink()) return 'link';
  if (child.isDirectory()) return 'folder';
  return child.isFile() ? 'file' : 'device';
}

async function lengthOf(path: string, name: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    throw asRefusal(error, name);
  }
}

async function* readAll(
  root: string,
  wanted: readonly Wanted<Place>[],
  limits: IntakeLimits,
): AsyncGenerator<Content> {
  for (const each of wanted) {
    const bytes = await readFileOnce(join(root, each.key), each.from, limits.fileBytes);
    if (bytes.length !== each.size) throw new Changed(each.from);
    yield { wanted: each, bytes };
  }
}
