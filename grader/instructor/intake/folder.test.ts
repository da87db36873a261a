/** Folders as they are handed in: what is taken of them, what is refused, and what is never opened. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitFiles, git, whyNoGit } from '../../fixtures/intake/repositories.ts';
import {
  candidateAt,
  filesIn,
  makePlace,
  type Place,
  queue,
  reasonOf,
  store,
  takenFiles,
  workspace,
} from '../../fixtures/intake/workspaces.ts';
import { intakeLimits, takeIn } from './index.ts';
import { readFileOnce } from './open.ts';

const noGit = whyNoGit();
if (noGit !== undefined) process.stdout.write(`skipped: ${noGit}\n`);

let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.remove());

const ada = (): ReturnType<typeof candidateAt> => candidateAt('folder', join(place.root, 'class/ada'));

describe('a folder', () => {
  test('gives its exercises and nothing else, as plain files', async () => {
    place.put('class/ada', workspace);
    place.put('class/ada/node_modules/systems-craft', {
      'exercises/0-poc/01-queue/queue.ts': 'not this one',
    });
    // As craft init makes them.
    mkdirSync(join(place.root, 'class/ada/node_modules/.bin'), { recursive: true });
    symlinkSync('../../craft.mjs', join(place.root, 'class/ada/node_modules/.bin/craft'));
    chmodSync(join(place.root, 'class/ada', queue), 0o4777);
    const umask = process.umask(0o077);
    const intake = await place.take(ada());
    process.umask(umask);
    expect(takenFiles(intake)).toEqual({ [queue]: workspace[queue], [store]: workspace[store] });
    if (intake.outcome !== 'taken') return;
    expect(statSync(join(intake.root, queue)).mode & 0o7777).toBe(0o644);
    expect(statSync(join(intake.root, 'exercises/0-poc')).mode & 0o7777).toBe(0o755);
    expect(intake.submission.tree).toMatch(/^[0-9a-f]{64}$/);
    expect(intake.submission.commit).toBeUndefined();
    expect(place.leftovers()).toEqual(['0']);
  });

  test('has the same tree wherever it lies, and another one with one byte more', async () => {
    place.put('class/ada', workspace);
    place.put('class/lin/wrapped/twice', { ...workspace, 'notes.txt': 'of no interest' });
    place.put('class/s01', { ...workspace, [queue]: 'export const queue = 1;\n\n' });
    const trees = await Promise.all(
      ['ada', 'lin', 's01'].map((id) => place.take(candidateAt('folder', join(place.root, 'class', id)))),
    );
    const [one, same, other] = trees.map(({ submission }) => submission.tree);
    expect(one).toBe(same);
    expect(other).not.toBe(one);
  });

  test('cannot be made to look like another by moving a boundary', async () => {
    place.put('class/ada', { 'exercises/a.ts': 'x', 'exercises/b.ts': 'y' });
    place.put('class/lin', { 'exercises/a.ts': `xexercises/b.ts\0y` });
    const [one, other] = await Promise.all(
      ['ada', 'lin'].map((id) => place.take(candidateAt('folder', join(place.root, 'class', id)))),
    );
    expect(one?.submission.tree).not.toBe(other?.submission.tree);
  });

  test('replaces whole what a killed run left behind', async () => {
    place.put('class/ada', workspace);
    const folder = place.put('out', { 'exercises/old.ts': 'old' });
    await takeIn(ada(), folder);
    expect(Object.keys(filesIn(folder))).toEqual([queue, store]);
  });
});

describe('a folder is refused when', () => {
  const secret = 'export const secret = 42;\n';
  test.each([
    ['a file is a link', queue],
    ['a folder is a link', 'exercises/0-poc/03-ingest'],
    ['exercises itself is a link', 'exercises'],
    ['a link lies outside of what is taken', 'notes'],
    ['a hidden file is a link', '.env'],
  ])('%s', async (_, name) => {
    const outside = place.put('secret', { '01-queue/queue.ts': secret });
    place.put('class/ada', name === 'exercises' ? { 'README.md': '' } : { [store]: '' });
    const at = join(place.root, 'class/ada', name);
    mkdirSync(join(at, '..'), { recursive: true });
    symlinkSync(name.endsWith('.ts') ? join(outside, '01-queue/queue.ts') : outside, at);
    expect(reasonOf(await place.take(ada()))).toBe(`${name} is a link: hand in the files themselves`);
    expect(place.leftovers()).toEqual([]);
  });

  test('a link leads nowhere, or to itself', async () => {
    for (const target of ['nowhere', 'loop.ts']) {
      const folder = place.put(`class/${target}`, { [store]: '' });
      symlinkSync(target, join(folder, 'exercises/loop.ts'));
      expect(reasonOf(await place.take(candidateAt('folder', folder)))).toContain('is a link');
    }
  });

  test('there is a pipe, which nobody waits for', async () => {
    place.put('class/ada', { [store]: '' });
    for (const name of ['exercises/pipe.ts', 'pipe']) {
      execFileSync('mkfifo', [join(place.root, 'class/ada', name)]);
      expect(reasonOf(await place.take(ada()))).toBe(`${name} is neither a file nor a folder`);
    }
  });

  test('there is a socket', async () => {
    const folder = place.put('class/ada', { [store]: '' });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 'exercises/s.ts'), resolve));
    expect(reasonOf(await place.take(ada()))).toBe('exercises/s.ts is neither a file nor a folder');
    await new Promise((resolve) => server.close(resolve));
  });

  test.skipIf(process.getuid?.() !== 0)('there is a device', async () => {
    const folder = place.put('class/ada', { [store]: '' });
    if (spawnSync('mknod', [join(folder, 'exercises/zero.ts'), 'c', '1', '5']).status !== 0) return;
    expect(reasonOf(await place.take(ada()))).toBe('exercises/zero.ts is neither a file nor a folder');
  });

  test('it is empty, or has no exercises', async () => {
    mkdirSync(join(place.root, 'class/ada'), { recursive: true });
    const reason = 'there is no exercises/ folder with .ts files in it: hand in the whole workspace';
    expect(reasonOf(await place.take(ada()))).toBe(reason);
    place.put('class/ada', { 'queue.ts': '', 'exercises/README.md': '' });
    expect(reasonOf(await place.take(ada()))).toBe(reason);
  });

  test('it holds two workspaces side by side', async () => {
    place.put('class/ada', { [`old/${queue}`]: '', [`new/${queue}`]: '' });
    const reason = 'it holds more than one workspace (new/exercises and old/exercises): hand in one';
    expect(reasonOf(await place.take(ada()))).toBe(reason);
  });

  test('two names differ in case or in how an accent is written', async () => {
    place.put('class/ada', { 'exercises/Queue.ts': '', 'exercises/queue.ts': '' });
    expect(reasonOf(await place.take(ada()))).toContain('differ only in case');
    place.put('class/lin', { 'exercises/\u00e9.ts': '', 'exercises/e\u0301.ts': '' });
    const lin = candidateAt('folder', join(place.root, 'class/lin'));
    expect(reasonOf(await place.take(lin))).toContain('is in it twice');
  });

  test.each([
    ['a line break', 'exercises/a\nb.ts'],
    ['a backslash', 'exercises/a\\b.ts'],
    ['a terminal escape', 'exercises/\u001b[31m.ts'],
    ['a direction mark', 'exercises/\u202ets.ts'],
    ['a quote', 'exercises/a"b.ts'],
    ['the look of an option', 'exercises/--config.ts'],
  ])('a name has %s', async (_, name) => {
    place.put('class/ada', { [name]: '' });
    const reason = reasonOf(await place.take(ada()));
    expect(reason).toContain('the name ');
    expect(reason).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('a name is not UTF-8', async () => {
    const folder = place.put('class/ada', { [store]: '' });
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/exercises/`), Buffer.from([0xff]), Buffer.from('.ts')]),
      '',
    );
    expect(reasonOf(await place.take(ada()))).toMatch(/is not UTF-8$/);
  });

  test('it has too many files, too long ones, or too much of them', async () => {
    const limits = { ...intakeLimits, files: 2, fileBytes: 10, totalBytes: 15, entries: 8 };
    const of = async (files: Readonly<Record<string, string>>, id: string): Promise<string> =>
      reasonOf(await place.take(candidateAt('folder', place.put(`class/${id}`, files)), limits));
    const nine = '123456789';
    expect(await of({ 'exercises/a.ts': '', 'exercises/b.ts': '', 'exercises/c.ts': '' }, 'a')).toContain(
      '(3)',
    );
    expect(await of({ 'exercises/a.ts': '12345678901' }, 'b')).toContain(
      'is larger than 10 bytes (11 bytes)',
    );
    expect(await of({ 'exercises/a.ts': nine, 'exercises/b.ts': nine }, 'c')).toContain(
      'larger than 15 bytes (18 bytes)',
    );
    const many = Object.fromEntries([...'123456789'].map((name) => [name, '']));
    expect(await of({ ...many, 'exercises/a.ts': '' }, 'd')).toContain('more than 8 files and folders');
  });

  test('a file is huge, which is told without reading it', async () => {
    const folder = place.put('class/ada', { [store]: '' });
    // Sparse: it has no blocks.
    execFileSync('truncate', ['--size=1T', join(folder, queue.replace('01-queue/', ''))]);
    expect(reasonOf(await place.take(ada()))).toContain('is larger than 1 MiB');
  });
});

describe.skipIf(noGit !== undefined)('a folder with a .git', () => {
  const files = { [queue]: 'export const queue = 1;\n' };

  test('is read as it lies there, and none of its settings are obeyed', async () => {
    const folder = join(place.root, 'class/ada');
    commitFiles(folder, files);
    const ran = join(place.root, 'ran');
    const script = place.put('bin', { run: `#!/bin/sh\necho "$0 $*" >> '${ran}'\n` });
    chmodSync(join(script, 'run'), 0o755);
    const run = join(script, 'run');
    for (const key of [
      'core.fsmonitor',
      'core.sshCommand',
      'core.pager',
      'filter.x.smudge',
      'filter.x.clean',
    ]) {
      git(folder, ['config', key, run]);
    }
    git(folder, ['config', 'alias.ls-tree', `!${run}`]);
    git(folder, ['config', 'includeIf.gitdir:/.path', run]);
    for (const hook of ['post-checkout', 'pre-commit', 'post-index-change', 'reference-transaction']) {
      symlinkSync(run, join(folder, '.git/hooks', hook));
    }
    writeFileSync(join(folder, '.gitattributes'), '* filter=x\n');
    writeFileSync(join(folder, '.git/objects/info/alternates'), '/\n');
    writeFileSync(join(folder, queue), 'export const changed = 1;\n');
    const intake = await place.take(ada());
    expect(takenFiles(intake)).toEqual({ [queue]: 'export const changed = 1;\n' });
    expect(intake.submission.commit).toBeUndefined();
    expect(existsSync(ran)).toBe(false);
  });

  test('that is a file or a link is not looked at', async () => {
    place.put('class/ada', { ...files, '.git': 'gitdir: /etc\n' });
    expect(takenFiles(await place.take(ada()))).toEqual(files);
  });

  test('is refused when it is a bare repository, wherever in it', async () => {
    const bare = join(place.root, 'class/ada');
    mkdirSync(bare, { recursive: true });
    git(bare, ['init', '--quiet', '--bare']);
    place.put('class/ada', files);
    expect(reasonOf(await place.take(ada()))).toContain('it is a bare git repository');
    place.put('class/lin', files);
    mkdirSync(join(place.root, 'class/lin/deep'), { recursive: true });
    git(join(place.root, 'class/lin/deep'), ['init', '--quiet', '--bare']);
    const lin = candidateAt('folder', join(place.root, 'class/lin'));
    expect(reasonOf(await place.take(lin))).toContain('deep is a bare git repository');
  });
});

describe('what was looked at is what is read:', () => {
  test('a folder that became a link is not followed', async () => {
    place.put('class/ada', workspace);
    symlinkSync(join(place.root, 'class/ada'), join(place.root, 'class/lin'));
    const lin = candidateAt('folder', join(place.root, 'class/lin'));
    expect(reasonOf(await place.take(lin))).toContain('the folder changed while it was read');
    const through = join(place.root, 'class/lin', queue);
    await expect(readFileOnce(through, queue, 1_000)).rejects.toThrow(`${queue} changed while it was read`);
  });

  test('a file that became a link, a pipe or a folder is not read', async () => {
    place.put('class', { secret: 'secret' });
    symlinkSync('secret', join(place.root, 'class/link'));
    execFileSync('mkfifo', [join(place.root, 'class/pipe')]);
    for (const name of ['link', 'pipe', '', 'gone']) {
      const reading = readFileOnce(join(place.root, 'class', name), 'x', 1_000);
      await expect(reading).rejects.toThrow('x changed while it was read');
    }
  });
});

describe('a failure of the grader is thrown:', () => {
  test('the folder cannot be made', async () => {
    place.put('class/ada', workspace);
    place.put('out', { file: '' });
    await expect(takeIn(ada(), join(place.root, 'out/file/ada'))).rejects.toMatchObject({
      code: 'NOT_WRITABLE',
    });
  });

  test('it was told to stop', async () => {
    place.put('class/ada', workspace);
    const signal = AbortSignal.abort();
    const taking = takeIn(ada(), join(place.root, 'out'), intakeLimits, { signal });
    await expect(taking).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

test('a hard link is a file like any other', async () => {
  place.put('class/ada', workspace);
  linkSync(join(place.root, 'class/ada', queue), join(place.root, 'class/ada/exercises/again.ts'));
  expect(Object.keys(takenFiles(await place.take(ada())))).toContain('exercises/again.ts');
});
