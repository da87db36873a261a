/** `craft solution` in a real workspace, with solutions published by `craft publish` to real repositories. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { craftVersion, packageRoot } from '../core/paths.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { attempt, content, queueId, temporaryFolder } from '../fixtures/progress/workspace.ts';
import { bare, git, heads, quietHome, sound } from '../fixtures/publish/clone.ts';
import { publishCourse } from '../instructor/publish/publish.ts';
import { openProgress } from '../progress/index.ts';
import { workspaceAt } from '../workspace/index.ts';
import { listExercises } from './list.ts';
import type { Place } from './session.ts';
import { showSolution } from './solution.ts';
import { initWorkspace } from './workspace.ts';

const folder = 'exercises/0-poc/01-queue';
const file = `${folder}/queue.ts`;
const solved = readFileSync(join(packageRoot, 'solutions/0-poc/01-queue/queue.ts'), 'utf8');
const branch = 'solution/0.01-queue';

let root = '';
let remote = '';
let notices: string[] = [];
let place: Place;

beforeEach(async () => {
  quietHome();
  notices = [];
  root = join(temporaryFolder(), 'metricstream');
  place = { cwd: root, onNotice: (text) => void notices.push(text) };
  await initWorkspace({ ...place, cwd: temporaryFolder() }, root);
  remote = bare();
});
afterEach(() => vi.unstubAllEnvs());

/** A copy of the real course, committed; publishing changes nothing in it but its proofs. */
let clone = '';
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'craft course-'));
  for (const name of ['exercises', 'solutions'])
    cpSync(join(packageRoot, name), join(clone, name), { recursive: true });
  git(clone, 'init', '--quiet');
  git(clone, 'add', '--all');
  git(clone, '-c', 'user.name=ada', '-c', 'user.email=ada@example.org', 'commit', '--quiet', '-m', 'All');
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** The real course, as far as `through`. */
async function publish(through: string, to = remote): Promise<void> {
  const checks = join(clone, 'checks');
  const library = { solutions: join(clone, 'solutions'), designs: join(clone, 'designs'), checks };
  const curriculum = loadCurriculum(join(clone, 'exercises'));
  const source = { root: clone, curriculum, library, checks, paths: ['exercises', 'solutions'] };
  const course = join(temporaryFolder(), 'course.json');
  writeFileSync(course, JSON.stringify({ remote: to }));
  await publishCourse({ cwd: clone, course, through, source, prove: sound });
}

/** The exercise as passed, with whatever is in its file. */
async function pass(where = root): Promise<void> {
  await openProgress(workspaceAt(where)).recordAttempt(attempt({ craft: craftVersion }), content);
}

/** Everything below a folder, but what is craft's own. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !/\/(?:\.craft|node_modules)\//.test(path))
      hash.update(path).update(readFileSync(path));
  }
  return hash.digest('hex');
}

describe('who may see it', () => {
  test('nobody before a pass: nothing is fetched, nothing is shown', async () => {
    await publish('0.1');
    const data = await showSolution(place, '0.1', { from: remote });
    expect(data).toMatchObject({ shown: false, files: [], detail: expect.stringContaining('--give-up') });
    expect(existsSync(join(root, '.craft/published.json'))).toBe(false);
  });

  test('after a pass, as a diff from the own file to the solution, with the notes', async () => {
    await publish('0.1');
    await pass();
    const before = fingerprint();
    const data = await showSolution(place, '0.1', { from: remote });
    expect(data).toMatchObject({
      shown: true,
      published: { branch, commit: heads(remote)[branch], fresh: true },
    });
    expect(data.files[0]).toEqual({ path: file, text: solved });
    expect(data.files[1]?.text).toContain('Notes');
    const [stub] = readFileSync(join(root, file), 'utf8')
      .split('\n')
      .filter((line) => line.includes('TODO(human)'));
    expect(data.diff).toContain(`--- ${file} (yours)\n+++ ${file} (solution)`);
    expect(data.diff).toContain(`\n-${stub}`);
    // All that changes outside .craft/ is the remote's address in the repository's settings.
    git(root, 'config', '--remove-section', 'remote.course');
    expect(fingerprint()).toBe(before);
    writeFileSync(join(root, file), solved);
    expect((await showSolution(place, '0.1', { from: remote })).diff).toBe('');
  });

  test('or after giving up: asked, recorded, in the list, and not asked again', async () => {
    await publish('0.1');
    const options = { from: remote, giveUp: true };
    const ask = (): Promise<boolean> => Promise.resolve(false);
    const gaveUp = async (): Promise<string | undefined> =>
      (await listExercises(place)).exercises.find(({ id }) => id === queueId)?.gaveUp;
    await expect(showSolution(place, '0.1', { ...options, ask })).rejects.toMatchObject({
      code: 'NEEDS_TERMINAL',
    });
    const no = await showSolution(place, '0.1', { ...options, ask, isTTY: true });
    expect([no.shown, await gaveUp()]).toEqual([false, undefined]);
    const yes = await showSolution(place, '0.1', { ...options, ask: async () => true, isTTY: true });
    expect([yes.shown, await gaveUp()]).toEqual([true, expect.stringMatching(/^20\d\d-/)]);
    expect((await showSolution(place, '0.1')).shown).toBe(true);
    const [at] = [await gaveUp()];
    await pass();
    expect(await gaveUp()).toBe(at);
  });

  test('giving up is not recorded when there is nothing to show, and opens no locked exercise', async () => {
    await publish('0.1');
    await expect(showSolution(place, '0.3', { from: remote, giveUp: true })).rejects.toMatchObject({
      code: 'LOCKED_EXERCISE',
    });
    await pass();
    const data = await showSolution(place, '0.2', { from: remote, giveUp: true });
    // This repository is a clone: what is not published is read from its file.
    expect(data.detail).toContain(join('solutions', '0-poc', '02-store'));
    expect(data.published).toBeUndefined();
  });
});

describe('where it comes from', () => {
  test('once fetched, it is there without a network; newer ones come when there is one', async () => {
    await publish('0.2');
    await pass();
    await showSolution(place, '0.1', { from: remote });
    renameSync(remote, `${remote}.away`);
    const offline = await showSolution(place, '0.1');
    expect(offline).toMatchObject({ shown: true, published: { fresh: false } });
    expect(offline.detail).toContain('as it was fetched on');
    expect(notices.at(-1)).toContain('could not be read');
    renameSync(`${remote}.away`, remote);
    await publish('0.3');
    expect((await showSolution(place, '0.1')).published?.fresh).toBe(true);
    const known = JSON.parse(readFileSync(join(root, '.craft/published.json'), 'utf8'));
    expect(Object.keys(known.solutions)).toHaveLength(3);
    writeFileSync(join(root, '.craft/published.json'), '{"schema":1,"solutions":7}');
    expect((await showSolution(place, '0.1')).published?.fresh).toBe(true);
  });

  test('the git of the workspace learns the course: fetch and diff with git alone', async () => {
    await publish('0.2');
    await pass();
    await showSolution(place, '0.1', { from: remote });
    expect(notices.join()).toContain('git fetch course');
    notices = [];
    git(root, 'fetch', '--quiet', 'course');
    const diff = git(root, 'diff', branch, '--', folder);
    expect(diff).toContain('-  readonly #');
    expect(git(root, 'diff', '--name-only', 'solution/0.01-queue', 'solution/0.02-store')).toBe(
      'exercises/0-poc/02-store/store.ts',
    );
    writeFileSync(join(root, file), solved);
    expect(git(root, 'diff', branch, '--', folder)).toBe('');
    expect(git(root, 'branch', '--all')).toBe('* main');
    await showSolution(place, '0.1', { from: remote });
    expect(notices).toEqual([]);
  });

  test('a course file in the workspace, a remote called course, an origin', async () => {
    await publish('0.1');
    await pass();
    const from = async (): Promise<string | undefined> =>
      (await showSolution(place, '0.1')).published?.remote;
    git(root, 'remote', 'add', 'origin', remote);
    expect(await from()).toBe(remote);
    rmSync(join(root, '.craft/published.json'));
    const second = bare();
    await publish('0.1', second);
    git(root, 'remote', 'add', 'course', second);
    expect(await from()).toBe(second);
    writeFileSync(join(root, 'course.json'), JSON.stringify({ remote }));
    expect(await from()).toBe(remote);
    expect(git(root, 'remote', 'get-url', 'course')).toBe(second);
    expect((await showSolution(place, '0.1', { from: 'course' })).published?.remote).toBe(second);
  });

  test('a clone of the published start is a workspace that knows its origin', async () => {
    await publish('0.1');
    const cloned = join(temporaryFolder(), 'mine');
    git(temporaryFolder(), 'clone', '--quiet', '--branch', 'start', remote, cloned);
    await pass(cloned);
    const data = await showSolution({ ...place, cwd: join(cloned, folder) }, '0.1');
    expect(data).toMatchObject({ shown: true, published: { remote, branch } });
  });

  test('a workspace without git; a remote without solutions; none at all: in this clone, the file', async () => {
    rmSync(join(root, '.git'), { recursive: true });
    await pass();
    for (const options of [{ from: remote }, {}]) {
      const data = await showSolution(place, '0.1', options);
      expect(data).toMatchObject({ shown: true, files: [{ path: file, text: solved }, {}] });
      expect(data.published).toBeUndefined();
    }
    await expect(showSolution(place, '0.1', { from: 'ext::sh -c true' })).rejects.toMatchObject({
      code: 'BAD_USAGE',
    });
  });
});

describe('a repository that means no good', () => {
  test('no hook and no setting of it, of the workspace or of the user runs', async () => {
    await publish('0.1');
    await pass();
    const home = process.env.HOME ?? '';
    const marker = join(home, 'ran');
    const script = `#!/bin/sh\ntouch '${marker}'\n`;
    const names = [
      'post-checkout',
      'post-merge',
      'reference-transaction',
      'pre-auto-gc',
      'post-update',
      'fsmonitor',
    ];
    for (const hooks of [join(remote, 'hooks'), join(root, '.git/hooks'), join(home, 'hooks')]) {
      mkdirSync(hooks, { recursive: true });
      for (const name of names) writeFileSync(join(hooks, name), script, { mode: 0o755 });
    }
    for (const repository of [remote, root]) {
      git(repository, 'config', 'core.fsmonitor', join(remote, 'hooks/fsmonitor'));
      git(repository, 'config', 'uploadpack.packObjectsHook', join(remote, 'hooks/fsmonitor'));
    }
    writeFileSync(join(home, '.gitconfig'), `[core]\n hooksPath = ${join(home, 'hooks')}\n`);
    rmSync(marker, { force: true });
    expect((await showSolution(place, '0.1', { from: remote })).published?.fresh).toBe(true);
    expect(existsSync(marker)).toBe(false);
  });

  test('links and giants in it are not shown', async () => {
    const work = temporaryFolder();
    git(work, 'init', '--quiet');
    mkdirSync(join(work, folder), { recursive: true });
    const push = (): void => {
      git(work, 'add', '--all');
      git(work, '-c', 'user.name=lin', '-c', 'user.email=lin@example.org', 'commit', '--quiet', '-m', 'x');
      git(work, 'push', '--quiet', '--force', remote, `HEAD:refs/heads/${branch}`);
    };
    await pass();
    symlinkSync('/etc/passwd', join(work, file));
    push();
    expect((await showSolution(place, '0.1', { from: remote })).published).toBeUndefined();
    rmSync(join(work, file));
    writeFileSync(join(work, file), Buffer.alloc(1024 * 1024 + 1, 'x'));
    push();
    expect((await showSolution(place, '0.1', { from: remote })).published).toBeUndefined();
  });

  test('killed during the fetch: what was there stays, and the next one completes it', async () => {
    await publish('0.1');
    await pass();
    await showSolution(place, '0.1', { from: remote });
    const before = readFileSync(join(root, '.craft/published.json'));
    await publish('0.2');
    const tools = temporaryFolder();
    const real = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
    const craft = join(packageRoot, 'dist/bin/craft.js');
    for (const word of ['init', 'ls-remote', 'fetch', 'cat-file', 'log']) {
      const lines = [`case " $* " in *" ${word} "*) kill -9 $PPID; exit 1;; esac`, `exec '${real}' "$@"`];
      writeFileSync(join(tools, 'git'), `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
      const env = { ...process.env, PATH: `${tools}:${process.env.PATH}` };
      const run = (): unknown =>
        execFileSync(process.execPath, [craft, 'solution', '0.1'], { cwd: root, env, stdio: 'pipe' });
      expect(run).toThrow(expect.objectContaining({ signal: 'SIGKILL' }));
      expect(readFileSync(join(root, '.craft/published.json'))).toEqual(before);
    }
    await showSolution(place, '0.1');
    const known = JSON.parse(readFileSync(join(root, '.craft/published.json'), 'utf8'));
    expect(Object.keys(known.solutions)).toEqual(['0-poc/01-queue', '0-poc/02-store']);
  });
});
