/** `craft publish` and `craft solution` as commands: options, questions, exit codes. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';
import { type FakeIo, fakeIo } from '../grader/fixtures/terminal.ts';
import { main } from './main.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft publish-')));
const workspace = join(folder, 'metricstream');
const queue = 'exercises/0-poc/01-queue/queue.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function craft(
  line: string,
  { cwd = workspace, ...options }: Parameters<typeof fakeIo>[1] & { cwd?: string } = {},
): Promise<FakeIo & { readonly code: number }> {
  const io = fakeIo(cwd, options);
  return { ...io, code: await main(line.split(' '), io) };
}

describe('publish', () => {
  test('without a course file says how to write one, exit 2', async () => {
    const { code, err } = await craft('publish', { cwd: folder });
    expect(code).toBe(2);
    expect(err()).toContain('course.json: it is not there. Write it: { "name"');
  });

  test('a remote that the course file does not name, as JSON', async () => {
    writeFileSync(join(folder, 'other.json'), '{"remote":"one.git"}');
    const { code, out } = await craft('publish --course other.json --remote two.git --json', { cwd: folder });
    expect(code).toBe(2);
    expect(JSON.parse(out())).toMatchObject({ error: { code: 'UNKNOWN_REMOTE', exitCode: 2 } });
  });
});

describe('solution', () => {
  beforeAll(() => main(['init', workspace], fakeIo(folder)));

  test('--give-up asks: no shows nothing, yes shows the difference, --whole the text', async () => {
    const ask = 'solution 0.1 --give-up';
    expect(await craft(ask)).toMatchObject({ code: 2 });
    const no = await craft(ask, { isTTY: true, typed: 'n\n' });
    expect([no.code, no.out()]).toEqual([1, expect.stringContaining('Nothing was shown or recorded.')]);
    const yes = await craft(ask, { isTTY: true, typed: 'y\n' });
    expect(yes.code).toBe(0);
    expect(yes.out()).toContain(`--- ${queue} (yours)\n+++ ${queue} (solution)`);
    const whole = (await craft('solution 0.1 --whole')).out();
    expect(whole).toContain(
      readFileSync(join(packageRoot, 'solutions/0-poc/01-queue/queue.ts'), 'utf8').trim(),
    );
    expect((await craft('list')).out()).toContain('solution seen before a pass');
  });
});

/** The whole way, with the real `craft check` behind it: about 20 s on two idle cores. */
test.skipIf(process.env.CRAFT_PUBLISH !== '1')(
  'a clone of this repository publishes 0.1, proved (CRAFT_PUBLISH=1)',
  () => {
    const clone = join(folder, 'clone');
    const run = (cwd: string, program: string, ...args: string[]): string =>
      execFileSync(program, args, { cwd, stdio: 'pipe' }).toString().trim();
    for (const name of [
      'bin',
      'dist',
      'exercises',
      'grader',
      'package.json',
      'package-lock.json',
      'solutions',
    ])
      cpSync(join(packageRoot, name), join(clone, name), { recursive: true });
    // Copies have the time of the copying: the compiled ones must not be the older.
    utimesSync(join(clone, 'dist/grader/index.js'), new Date(), new Date());
    symlinkSync(join(packageRoot, 'node_modules'), join(clone, 'node_modules'));
    writeFileSync(join(clone, '.gitignore'), 'dist/\nnode_modules\n');
    run(clone, 'git', 'init', '--quiet');
    run(clone, 'git', 'add', '--all');
    run(
      clone,
      'git',
      '-c',
      'user.name=ada',
      '-c',
      'user.email=ada@example.org',
      'commit',
      '--quiet',
      '-m',
      'All',
    );
    const remote = join(folder, 'course.git');
    mkdirSync(remote);
    run(remote, 'git', 'init', '--quiet', '--bare');
    writeFileSync(join(clone, 'course.json'), '{"name":"Sums","remote":"../course.git"}');
    const publish = ['dist/bin/craft.js', 'publish', '--through', '0.1'];
    expect(run(clone, process.execPath, ...publish)).toContain('2 branches published.');
    expect(run(remote, 'git', 'diff', '--name-only', 'start', 'solution/0.01-queue')).toBe(queue);
    expect(run(clone, process.execPath, ...publish)).toContain('Nothing to do');
  },
  600_000,
);
