/**
 * A repository on this machine (`file:`). The git that gives it out runs here, with the rights of whoever grades, and
 * obeys some of what the repository says of itself: where else its objects are, what to fetch from where. One that
 * says such things is refused before git sees it.
 */
import type { Stats } from 'node:fs';
import { lstat, opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from './git.ts';
import { asRefusal } from './open.ts';
import { Refusal, shown } from './refusal.ts';

/** Settings that lead out of the repository, or that name a program which the giving git may start. */
const outward =
  /^(include\.|includeif\.|extensions\.(worktreeconfig|partialclone)|core\.(alternaterefscommand|worktree)|remote\..*\.(promisor|partialclonefilter|uploadpack|vcs)|uploadpack\.packobjectshook|url\.)/;

const MOST_SETTINGS_BYTES = 1_048_576;
const MOST_OBJECTS = 500_000;

/** The repository's own folder; throws a Refusal when there is none that may be read. */
export async function checkLocal(folder: string, git: Git, signal: AbortSignal | undefined): Promise<string> {
  const root = await realpath(folder).catch((error) => {
    throw asAbsent(error, folder) ?? new Refusal(`${shown(folder)} is not there`);
  });
  const dotGit = await look(join(root, '.git'));
  if (dotGit !== undefined && !dotGit.isDirectory()) {
    throw new Refusal(`${shown(folder)} has a .git that leads elsewhere: give the repository itself`);
  }
  const repository = dotGit === undefined ? root : join(root, '.git');
  for (const [name, isRight] of [
    ['objects', (info: Stats) => info.isDirectory()],
    ['refs', (info: Stats) => info.isDirectory()],
    ['HEAD', (info: Stats) => info.isFile()],
    ['config', (info: Stats) => info.isFile() && info.size < MOST_SETTINGS_BYTES],
  ] as const) {
    const info = await look(join(repository, name));
    if (info === undefined) throw new Refusal(`${shown(folder)} is no git repository: it has no ${name}`);
    if (!isRight(info))
      throw new Refusal(`${shown(folder)} has ${name} elsewhere: give the repository itself`);
  }
  const packed = await look(join(repository, 'packed-refs'));
  if (packed !== undefined && !packed.isFile()) {
    throw new Refusal(`${shown(folder)} has packed-refs elsewhere: give the repository itself`);
  }
  for (const name of ['objects/info/alternates', 'objects/info/http-alternates', 'commondir']) {
    if ((await look(join(repository, name))) === undefined) continue;
    throw new Refusal(`${shown(folder)} takes objects from elsewhere (${name}): give the repository itself`);
  }
  for (const name of ['objects', 'refs']) await checkOwn(repository, name, folder);
  await checkSettings(join(repository, 'config'), folder, git, signal);
  return repository;
}

/** A link among its objects would be as good as somebody else's repository. */
async function checkOwn(repository: string, name: string, folder: string): Promise<void> {
  try {
    let entries = 0;
    for await (const entry of await opendir(join(repository, name), { recursive: true })) {
      entries += 1;
      if (!entry.isFile() && !entry.isDirectory()) {
        throw new Refusal(`${shown(folder)} has ${name} elsewhere: give the repository itself`);
      }
      if (entries > MOST_OBJECTS)
        throw new Refusal(`${shown(folder)} has too many loose objects: run git gc in it`);
    }
  } catch (error) {
    throw asRefusal(error, folder);
  }
}

/** git reads the file as text here; what it includes is not read. */
async function checkSettings(
  file: string,
  folder: string,
  git: Git,
  signal: AbortSignal | undefined,
): Promise<void> {
  let names = '';
  const read = ['config', '--file', file, '--no-includes', '--name-only', '-z', '--list'];
  const { code } = await git.run(read, {
    seconds: 20,
    signal,
    onOutput: (chunk) => {
      names += chunk.toString('utf8');
    },
  });
  if (code !== 0) throw new Refusal(`${shown(folder)} has settings that git cannot read`);
  const found = names.split('\0').find((name) => outward.test(name.toLowerCase()));
  if (found === undefined) return;
  throw new Refusal(
    `${shown(folder)} has settings that lead elsewhere (${shown(found)}): give a plain copy of it`,
  );
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const refusal = asAbsent(error, path);
    if (refusal === undefined) return undefined;
    throw refusal;
  }
}

function asAbsent(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  return asRefusal(error, path);
}
