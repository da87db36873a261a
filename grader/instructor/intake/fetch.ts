/** Fetches one commit into a bare store of our own, and says in a sentence why when it cannot be had. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CraftError } from '../../core/errors.ts';
import { createGit, type Git, type GitEnd, READ_SECONDS } from './git.ts';
import { checkLocal } from './local.ts';
import { inBytes, Refusal, shown } from './refusal.ts';
import type { IntakeLimits, Repository } from './types.ts';
import { folderOf } from './url.ts';

const TAKEN = 'refs/craft/taken';

const settings = `[transfer]
	fsckObjects = true
[fetch]
	unpackLimit = 1
[protocol]
	version = 2
[gc]
	auto = 0
[maintenance]
	auto = false
[core]
	bigFileThreshold = 1m
	hooksPath = /dev/null
	fsmonitor = false
[pack]
	threads = 1
[http]
	lowSpeedLimit = 1000
	lowSpeedTime = 30
[advice]
	fetchShowForcedUpdates = false
`;

/** `home` is an empty folder of ours. */
export async function fetchCommit(
  repository: Repository,
  home: string,
  limits: IntakeLimits,
  signal: AbortSignal | undefined,
): Promise<{ git: Git; commit: string }> {
  const { url, protocol, ref } = repository;
  const plain = createGit(home, settings, protocol);
  const folder = protocol === 'file' ? await checkLocal(folderOf(url), plain, signal) : undefined;
  const from = folder === undefined ? url : pathToFileURL(folder).href;
  const git = createGit(
    home,
    settings + ownerSettings(folder) + (await loginSettings(repository, home)),
    protocol,
  );
  let format = ref.length === 64 ? 'sha256' : 'sha1';
  for (;;) {
    await makeStore(git, format, signal);
    const few = ['--depth=1', '--no-tags', '--no-recurse-submodules'];
    // Where the other side can, it leaves out what is too long to be taken.
    const fetch = ['fetch', '--quiet', ...few, `--filter=blob:limit=${limits.fileBytes + 1}`];
    const end = await git.run([...fetch, from, `+${ref}:${TAKEN}`], {
      seconds: limits.gitSeconds,
      late: new Refusal(`${shown(url)} did not give out its commit within ${limits.gitSeconds} s`),
      fileBytes: limits.archiveBytes,
      signal,
    });
    if (end.code === 0) {
      await forgetOrigin(git, format);
      return { git, commit: await commitOf(git, ref, signal) };
    }
    const other = /mismatched algorithms: client \w+; server (sha1|sha256)/.exec(end.stderr)?.[1];
    if (other === undefined || other === format) throw asFetchError(end, repository, limits);
    format = other;
  }
}

/** The fetch noted where left-out objects could be had, and git would go there for each one that is asked for. */
async function forgetOrigin(git: Git, format: string): Promise<void> {
  const extensions = format === 'sha1' ? '' : `[extensions]\n\tobjectFormat = ${format}\n`;
  const version = format === 'sha1' ? 0 : 1;
  const config = `[core]\n\trepositoryFormatVersion = ${version}\n\tbare = true\n${extensions}`;
  await writeFile(join(git.store, 'config'), config);
}

/** Students' folders belong to students, which git would take for an attack on whoever runs it: it is told of this one. */
function ownerSettings(folder: string | undefined): string {
  return folder === undefined ? '' : `[safe]\n\tdirectory = ${quoted(folder)}\n`;
}

/** By way of a file that only we read: a command line is there for all to see. git gives it to that host alone. */
async function loginSettings({ url, credentials }: Repository, home: string): Promise<string> {
  if (credentials === undefined) return '';
  const login = new URL(url);
  login.username = encodeURIComponent(credentials.user);
  login.password = encodeURIComponent(credentials.password);
  const { protocol, host, username, password } = login;
  const file = `${home}/login`;
  await writeFile(file, `${protocol}//${username}:${password}@${host}\n`, { mode: 0o600 });
  const helper = `store --file='${file.replaceAll("'", "'\\''")}'`;
  return `[credential]\n\thelper = ${quoted(helper)}\n`;
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

async function makeStore(git: Git, format: string, signal: AbortSignal | undefined): Promise<void> {
  await rm(git.store, { recursive: true, force: true });
  await mkdir(git.store);
  const init = ['init', '--quiet', '--bare', '--template=', `--object-format=${format}`];
  const late = new CraftError('INTERNAL', { message: `git init did not finish within ${READ_SECONDS} s` });
  const { code, stderr } = await git.run(init, { seconds: READ_SECONDS, late, signal });
  if (code !== 0) throw ownError(stderr, git.store);
}

/** The commit that was asked for, or the one that the branch is at. */
async function commitOf(git: Git, ref: string, signal: AbortSignal | undefined): Promise<string> {
  let text = '';
  const parse = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${TAKEN}^{commit}`];
  const { code } = await git.run(parse, {
    seconds: READ_SECONDS,
    signal,
    onOutput: (chunk) => {
      text += chunk.toString('latin1');
    },
  });
  const commit = text.trim();
  if (code !== 0 || !/^[0-9a-f]{40,64}$/.test(commit)) throw new Refusal(`${shown(ref)} is no commit`);
  return commit;
}

/** Says in a sentence why a fetch failed; what only the grader's own machine can mend is an error. */
function asFetchError(end: GitEnd, { url, ref }: Repository, limits: IntakeLimits): Error {
  const own = ownLines(end.stderr);
  if (isFull(own)) return new CraftError('DISK_FULL', { path: 'the store of fetched commits' });
  if (own.includes('File too large')) {
    return new Refusal(
      `what ${shown(url)} holds at one commit is larger than ${inBytes(limits.archiveBytes)}`,
    );
  }
  if (/couldn't find remote ref HEAD/.test(own)) return new Refusal(`${shown(url)} has no commit yet`);
  if (/couldn't find remote ref/.test(own)) return new Refusal(`${shown(url)} has no ${shown(ref)}`);
  if (/not our ref|unadvertised object/.test(end.stderr)) {
    return new Refusal(`${shown(url)} has no commit ${shown(ref)}, or does not give it out`);
  }
  return new Refusal(`${shown(url)} cannot be fetched (${why(end)})`);
}

/** A failure in a folder of our own. */
function ownError(stderr: string, path: string): Error {
  if (isFull(stderr)) return new CraftError('DISK_FULL', { path });
  if (/Permission denied|Read-only/.test(stderr)) {
    return new CraftError('NOT_WRITABLE', { path, why: stderr.trim() });
  }
  return new CraftError('INTERNAL', { message: `git init failed: ${stderr.trim()}` });
}

/** What the other side said is no evidence about this one. */
function ownLines(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => !/^(remote:|fatal: (remote error|protocol error))/.test(line.trim()))
    .join('\n');
}

const isFull = (stderr: string): boolean => /No space left on device|Disk quota exceeded/.test(stderr);

/** The most telling line: git's last words are often only that it could not go on. */
export function why({ stderr, code, endedBy }: GitEnd): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const at = lines.findIndex((line) => /^(fatal|error|ERROR|ssh):/.test(line));
  const line = lines.at(at);
  if (line === undefined) return `git ended by ${endedBy ?? `exit code ${code}`}`;
  const text = line.replace(/^\w+: /, '');
  // Some sentences go on in the next line.
  return (text.endsWith(':') ? `${text} ${lines[at + 1] ?? ''}` : text).slice(0, 200);
}
