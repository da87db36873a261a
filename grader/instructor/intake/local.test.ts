/** Repositories on the grader's own machine, which say things of themselves that git would obey. */
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitFiles, git, whyNoGit } from '../../fixtures/intake/repositories.ts';
import {
  candidateOf,
  makePlace,
  type Place,
  queue,
  reasonOf,
  store,
  takenFiles,
  workspace,
} from '../../fixtures/intake/workspaces.ts';
import type { Intake } from './index.ts';

const noGit = whyNoGit();
if (noGit !== undefined) process.stdout.write(`skipped: ${noGit}\n`);

let place: Place;
let folder: string;
beforeEach(() => {
  place = makePlace();
  folder = join(place.root, 'class', 'ada');
});
afterEach(() => place.remove());

const good = { [queue]: workspace[queue] ?? '', [store]: workspace[store] ?? '' };
const take = (): Promise<Intake> => place.take(candidateOf(pathToFileURL(folder).href));

describe.skipIf(noGit !== undefined)('a repository on this machine', () => {
  /** A program that leaves a trace when anybody starts it. */
  const trap = (): { run: string; ran: string } => {
    const ran = join(place.root, 'ran');
    const run = join(place.put('bin', { run: `#!/bin/sh\necho "$0 $*" >> '${ran}'\n` }), 'run');
    chmodSync(run, 0o755);
    return { run, ran };
  };

  test('has hooks, filters, aliases and an fsmonitor, which nobody starts', async () => {
    commitFiles(folder, { [queue]: 'export const queue = 1;\n', '.gitattributes': '* filter=x\n' });
    const { run, ran } = trap();
    const keys = ['core.fsmonitor', 'core.sshCommand', 'core.pager', 'filter.x.smudge', 'alias.upload-pack'];
    for (const key of [...keys, 'core.gitProxy', 'credential.helper'])
      git(folder, ['config', key, `!${run}`]);
    for (const hook of [
      'post-checkout',
      'pre-receive',
      'post-update',
      'reference-transaction',
      'upload-pack',
    ]) {
      symlinkSync(run, join(folder, '.git/hooks', hook));
    }
    expect(Object.keys(takenFiles(await take()))).toEqual([queue]);
    expect(existsSync(ran)).toBe(false);
  });

  test('is refused for settings that lead out of it, or start programs', async () => {
    commitFiles(folder, workspace);
    const settings = readFileSync(join(folder, '.git/config'));
    const { run, ran } = trap();
    for (const [key, value] of [
      ['include.path', '/etc/passwd'],
      ['includeIf.gitdir:/.path', '/etc/passwd'],
      ['core.alternateRefsCommand', run],
      ['uploadpack.packObjectsHook', run],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.uploadpack', run],
      ['extensions.worktreeConfig', 'true'],
    ] as const) {
      git(folder, ['config', key, value]);
      expect(reasonOf(await take())).toContain(`has settings that lead elsewhere (${key.toLowerCase()}`);
      writeFileSync(join(folder, '.git/config'), settings);
    }
    expect(takenFiles(await take())).toEqual(good);
    expect(existsSync(ran)).toBe(false);
  });

  test('is refused when one of its objects, or of its refs, is a link', async () => {
    commitFiles(folder, workspace);
    const object = git(folder, ['rev-parse', `HEAD:${queue}`]);
    const within = `objects/${object.slice(0, 2)}`;
    for (const name of [`${within}/${object.slice(2)}`, within, 'refs/heads/main', 'HEAD']) {
      const [real, aside] = [join(folder, '.git', name), join(place.root, 'aside')];
      renameSync(real, aside);
      symlinkSync(aside, real);
      expect(reasonOf(await take())).toMatch(
        / has (objects|refs|HEAD) elsewhere: give the repository itself$/,
      );
      rmSync(real);
      renameSync(aside, real);
    }
    expect(takenFiles(await take())).toEqual(good);
  });

  test('is refused when its objects are somebody else’s', async () => {
    const lin = join(place.root, 'class', 'lin');
    const commit = commitFiles(lin, { [queue]: 'by lin' });
    commitFiles(folder, workspace);
    writeFileSync(join(folder, '.git/objects/info/alternates'), `${lin}/.git/objects\n`);
    git(folder, ['update-ref', 'refs/heads/main', commit]);
    expect(reasonOf(await take())).toContain('takes objects from elsewhere (objects/info/alternates)');
    rmSync(join(folder, '.git/objects'), { recursive: true });
    symlinkSync(join(lin, '.git/objects'), join(folder, '.git/objects'));
    expect(reasonOf(await take())).toContain('has objects elsewhere');
    renameSync(join(folder, '.git'), join(folder, 'git'));
    writeFileSync(join(folder, '.git'), `gitdir: ${lin}/.git\n`);
    expect(reasonOf(await take())).toContain('has a .git that leads elsewhere');
  });
});
