/** `craft publish` on real repositories: what is on the branches, what a second run does, what others did meanwhile. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PublishJson } from '../../core/publication.ts';
import { temporaryFolder } from '../../fixtures/progress/workspace.ts';
import {
  bare,
  branches,
  type Clone,
  clone,
  git,
  heads,
  ids,
  quietHome,
  sound,
  text,
} from '../../fixtures/publish/clone.ts';
import { gitDaemon, hasDaemon } from '../../fixtures/publish/servers.ts';
import { initWorkspace } from '../../workspace/index.ts';
import { type PublishOptions, publishCourse } from './publish.ts';

beforeEach(() => void quietHome());
afterEach(() => vi.unstubAllEnvs());

const publish = (
  { root, source }: Clone,
  course: string,
  more: Partial<PublishOptions> = {},
): Promise<PublishJson> => publishCourse({ cwd: root, course, source, prove: sound, ...more });
const pushed = ({ branches: all }: PublishJson): string[] =>
  all.filter((branch) => branch.pushed).map(({ branch }) => branch);

describe('the branches', () => {
  test('a branch per exercise, each the one before it and one answer more', async () => {
    const [author, remote] = [clone(), bare()];
    const data = await publish(author, author.course(remote));
    expect(pushed(data)).toEqual(branches);
    expect(Object.keys(heads(remote)).sort()).toEqual([...branches].sort());
    const [, ...solutions] = branches;
    for (const [i, branch] of solutions.entries()) {
      const before = branches[i] ?? '';
      expect(git(remote, 'rev-parse', `${branch}^`)).toBe(git(remote, 'rev-parse', before));
      const name = basename(ids[i] ?? '').slice(3);
      const path = `exercises/${ids[i]}/${name}.ts`;
      expect(git(remote, 'diff', '--name-status', before, branch)).toBe(`M\t${path}`);
      expect(git(remote, 'show', `${branch}:${path}`)).toBe(text(name).trim());
      expect(git(remote, 'log', '-1', '--format=%B', branch)).toContain(`Why ${name} is written so.`);
    }
    expect(git(remote, 'rev-list', '--parents', '-1', 'start').split(' ')).toHaveLength(1);
  });

  test('the start is what craft init makes, file for file', async () => {
    const [author, remote] = [clone(), bare()];
    await publish(author, author.course(remote));
    const directory = join(temporaryFolder(), 'metricstream');
    await initWorkspace({ directory, curriculum: author.source.curriculum });
    const listed = (folder: string, ref: string): string[] =>
      git(folder, 'ls-tree', '-r', ref)
        .split('\n')
        .filter((line) => !line.endsWith('workspace.json'));
    expect(listed(remote, 'start')).toEqual(listed(directory, 'HEAD'));
    // It differs in nothing but the moment, which the content fixes.
    expect(JSON.parse(git(remote, 'show', 'start:.craft/workspace.json')).created).toBe(
      '2020-01-01T00:00:00.000Z',
    );
  });

  test('a dry run shows branches, commits and lines, and changes nothing', async () => {
    const [author, remote] = [clone(), bare()];
    const course = author.course(remote);
    const never = (): never => expect.unreachable('a dry run proves nothing');
    const dry = await publish(author, course, { dryRun: true, prove: never });
    expect(heads(remote)).toEqual({});
    expect(pushed(dry)).toEqual([]);
    expect(dry.branches.map(({ state, proof }) => `${state}, ${proof}`)).toEqual([
      'new, none needed',
      'new, to do',
      'new, to do',
      'new, to do',
    ]);
    expect(dry.branches[1]?.files).toEqual([
      { path: 'exercises/0-poc/01-sum/sum.ts', added: 13, removed: 2 },
    ]);
    const real = await publish(author, course);
    expect(real.branches.map(({ commit }) => commit)).toEqual(dry.branches.map(({ commit }) => commit));
  });
});

describe('again', () => {
  test('week by week: what was published stays, the rest is added', async () => {
    const [author, remote] = [clone(), bare()];
    const course = author.course(remote);
    expect(pushed(await publish(author, course, { through: '0.1' }))).toEqual(branches.slice(0, 2));
    const first = heads(remote);
    expect(pushed(await publish(author, course, { through: '0.1' }))).toEqual([]);
    expect(pushed(await publish(author, course))).toEqual(branches.slice(2));
    expect(heads(remote)).toMatchObject(first);
    const { others } = await publish(author, course, { through: '0.1' });
    expect(others).toEqual(branches.slice(2));
  });

  test('the same content gives the same commits: another clone, another day, another user, odd settings', async () => {
    const [author, remote] = [clone(), bare()];
    await publish(author, author.course(remote));
    const other = clone({ 'README.md': 'Something else.\n' }, '2027-02-03T00:00:00Z');
    const home = quietHome();
    writeFileSync(
      join(home, '.gitconfig'),
      '[user]\n name = lin\n[commit]\n gpgsign = true\n[core]\n autocrlf = input\n[init]\n defaultObjectFormat = sha256\n[push]\n followTags = true\n',
    );
    vi.stubEnv('GIT_AUTHOR_DATE', '2001-01-01T00:00:00Z');
    vi.stubEnv('GIT_DIR', '/nowhere');
    vi.stubEnv('TZ', 'Pacific/Kiritimati');
    expect(pushed(await publish(other, other.course(remote)))).toEqual([]);
  });

  test('a branch that is not what would be published is refused, and replaced only when that is said', async () => {
    const [author, remote] = [clone(), bare()];
    const course = author.course(remote);
    await publish(author, course);
    const before = heads(remote);
    author.commit({ 'solutions/0-poc/02-mean/mean.ts': text('better') });
    await expect(publish(author, course)).rejects.toMatchObject({ code: 'BRANCH_MOVED' });
    expect(heads(remote)).toEqual(before);
    const dry = await publish(author, course, { dryRun: true });
    expect(dry.branches.map(({ state }) => state)).toEqual(['same', 'same', 'moved', 'moved']);
    expect(dry.branches[2]?.was).toBe(before['solution/0.02-mean']);
    const replaced = await publish(author, course, { force: true });
    expect(pushed(replaced)).toEqual(branches.slice(2));
    expect(heads(remote)).toEqual(
      Object.fromEntries(replaced.branches.map((each) => [each.branch, each.commit])),
    );
  });

  test.each([true, false])('what somebody pushes in between is not lost (force: %s)', async (force) => {
    const [author, remote] = [clone(), bare()];
    const course = author.course(remote);
    await publish(author, course, { through: '0.1' });
    if (force) author.commit({ 'solutions/0-poc/01-sum/sum.ts': text('better') });
    const branch = force ? 'solution/0.01-sum' : 'solution/0.02-mean';
    const foreign = git(remote, 'rev-parse', 'start');
    const onProgress = (line: string): void => {
      if (line.startsWith(`pushing ${branch}`)) git(remote, 'update-ref', `refs/heads/${branch}`, foreign);
    };
    const error = await publish(author, course, { force, onProgress }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'PUBLISH_STOPPED', details: { branch, done: 0 } });
    expect(heads(remote)[branch]).toBe(foreign);
  });

  test('a push that the remote refuses stops the run; what was pushed stays, the next run goes on there', async () => {
    const [author, remote] = [clone(), bare()];
    const course = author.course(remote);
    const hook = join(remote, 'hooks', 'update');
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\ncase "$1" in *mean*) echo "no mean today" >&2; exit 1;; esac\n', {
      mode: 0o755,
    });
    await expect(publish(author, course)).rejects.toMatchObject({
      code: 'PUBLISH_STOPPED',
      details: { branch: 'solution/0.02-mean', done: 2, count: 4 },
      message: expect.stringContaining('hook declined'),
    });
    expect(Object.keys(heads(remote)).sort()).toEqual(branches.slice(0, 2).sort());
    rmSync(hook);
    expect(pushed(await publish(author, course))).toEqual(branches.slice(2));
  });
});

describe('remotes', () => {
  test('by file://, by a path beside the course file, by one of several names', async () => {
    const [author, first, second] = [clone(), bare(), bare()];
    const course = author.course(`file://${encodeURI(first)}`, second);
    await publish(author, course, { through: '0.1', remote: second });
    expect([Object.keys(heads(first)), Object.keys(heads(second)).length]).toEqual([[], 2]);
    await publish(author, course, { through: '0.1' });
    expect(heads(first)).toEqual(heads(second));
    const beside = author.course('course.git');
    git(dirname(beside), 'init', '--quiet', '--bare', 'course.git');
    await publish(author, beside);
    expect(heads(join(dirname(beside), 'course.git'))).toMatchObject(heads(first));
  });

  test.skipIf(!hasDaemon)(
    'over the network, by a real git daemon (git has no daemon here: skipped)',
    async () => {
      const [author, remote] = [clone(), bare()];
      const url = `${await gitDaemon(dirname(remote))}/${basename(remote)}`;
      expect(pushed(await publish(author, author.course(url)))).toEqual(branches);
      expect(pushed(await publish(author, author.course(url)))).toEqual([]);
    },
  );

  test('one that is not there or refuses to be read', async () => {
    const author = clone();
    const nowhere = join(temporaryFolder(), 'nowhere.git');
    await expect(publish(author, author.course(nowhere))).rejects.toMatchObject({
      code: 'REMOTE_UNREACHABLE',
    });
    const secret = 'http://ada:hunter2@127.0.0.1:1/course.git';
    const error = await publish(author, author.course(secret)).catch(String);
    expect(error).toContain('http://127.0.0.1:1/course.git');
    expect(error).not.toContain('hunter2');
  });

  test('no hook of the instructor runs, nothing of the run is left', async () => {
    const [author, remote, home] = [clone(), bare(), quietHome()];
    const marker = join(home, 'ran');
    const hooks = join(home, 'hooks');
    mkdirSync(hooks);
    for (const name of ['pre-push', 'reference-transaction', 'post-index-change'])
      writeFileSync(join(hooks, name), `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 });
    writeFileSync(join(home, '.gitconfig'), `[core]\n hooksPath = ${hooks}\n`);
    // git push to a folder starts git in that folder; what runs there is the remote's own business.
    git(remote, 'config', 'core.hooksPath', '/dev/null');
    const temporary = temporaryFolder();
    const course = author.course(remote);
    vi.stubEnv('TMPDIR', temporary);
    expect(pushed(await publish(author, course))).toEqual(branches);
    expect(readdirSync(temporary)).toEqual([]);
    expect(existsSync(marker)).toBe(false);
  });
});
