/** Workspaces in odd states, by the built program: one clear line, the right exit code, nothing lost. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../grader/core/paths.ts';

const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'craft ödd-')));
const solution = readFileSync(join(packageRoot, 'solutions/0-poc/01-queue/queue.ts'), 'utf8');
const file = 'exercises/0-poc/01-queue/queue.ts';
let number = 0;
let workspace = '';
let queue = '';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function inside(...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [craft, ...args], {
    cwd: workspace,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

/** The sentence, however it was wrapped. */
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
const attempts = (): number => JSON.parse(inside('list', '--json').out).exercises[0].attempts;

beforeEach(() => {
  number += 1;
  workspace = join(folder, `työ ${number}`);
  queue = join(workspace, file);
  execFileSync(process.execPath, [craft, 'init', workspace], { cwd: folder });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the stub', () => {
  test('deleted: every command says so or copes, reset puts it back unasked', () => {
    const stub = readFileSync(queue);
    rmSync(queue);
    const sentence = `${file} is not there. Put it back with: npx craft reset 0.1`;
    const judged = inside('verify');
    expect({ code: judged.code, err: judged.err }).toEqual({ code: 1, err: '' });
    expect(flat(judged.out)).toContain(sentence);
    expect(inside('run')).toEqual({ code: 1, out: '', err: expect.stringContaining(sentence) });
    expect(inside('diff').out).toContain('+++ /dev/null');
    expect(inside('reset')).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(queue)).toEqual(stub);
  });

  test('binary junk: named as such, reset keeps it', () => {
    const junk = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff]);
    writeFileSync(queue, junk);
    const judged = inside('verify');
    expect(judged.code).toBe(1);
    expect(flat(judged.out)).toMatch(
      /queue\.ts is not text \(.*\)\. Put the stub back with: npx craft reset 0\.1/,
    );
    expect(inside('run')).toMatchObject({ code: 1, out: '' });
    expect(inside('diff').out).toContain(`Binary files differ: ${file}`);
    const [{ copy }] = JSON.parse(inside('reset', '--yes', '--json').out).copies;
    expect(readFileSync(join(workspace, copy))).toEqual(junk);
  });

  test('a link or a folder in its place is left alone', () => {
    rmSync(queue);
    symlinkSync('/etc/hosts', queue);
    const reset = inside('reset', '--yes');
    expect(reset.code).toBe(2);
    expect(reset.err).toContain('it is a link, and craft does not follow links). Move it away');
    expect(flat(inside('verify').out)).toContain('could not be loaded: it is a link to a file outside');
    rmSync(queue);
    mkdirSync(queue);
    expect(inside('reset', '--yes').err).toContain('it is not a file). Move it away');
  });

  test('CRLF: judged as any other, and diff shows what was really changed', () => {
    const stub = readFileSync(queue, 'utf8');
    writeFileSync(queue, stub.replaceAll('\n', '\r\n'));
    expect(inside('diff').out).toContain(`Only the line endings differ: ${file}`);
    writeFileSync(queue, solution.replaceAll('\n', '\r\n'));
    expect(inside('verify', '--only', 'behaviour')).toMatchObject({ code: 0, err: '' });
    writeFileSync(queue, `${stub}// mine\n`.replaceAll('\n', '\r\n'));
    expect(
      inside('diff')
        .out.split('\n')
        .filter((line) => /^[+-](?![+-])/.test(line)),
    ).toEqual(['+// mine']);
  });
});

describe('the workspace', () => {
  test('cloned by git, without node_modules: npx finds the launcher, craft mends the rest', () => {
    const clone = join(folder, 'clone');
    execFileSync('git', ['clone', '--quiet', workspace, clone]);
    workspace = clone;
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
    const launched = spawnSync(process.execPath, ['craft.mjs', 'list'], { cwd: clone, encoding: 'utf8' });
    expect({ code: launched.status, out: launched.stdout }).toEqual({ code: 2, out: '' });
    expect(launched.stderr).toContain('craft is not linked into this workspace. Run: npm install');
    expect(inside('list')).toMatchObject({ code: 0, err: '' });
    const linked = spawnSync(process.execPath, ['craft.mjs', 'next'], { cwd: clone, encoding: 'utf8' });
    expect({ code: linked.status, err: linked.stderr }).toEqual({ code: 0, err: '' });
  });

  test('a broken progress file is set aside, a newer one refused', () => {
    const progress = join(workspace, '.craft/progress.json');
    writeFileSync(progress, '{"schema":');
    const next = inside('next');
    expect(next.code).toBe(0);
    expect(next.err).toMatch(/^! progress\.json was broken .* is kept as .*\n$/);
    const [aside = ''] = readdirSync(join(workspace, '.craft')).filter((name) => name.includes('broken'));
    expect(readFileSync(join(workspace, '.craft', aside), 'utf8')).toBe('{"schema":');
    const newer = '{"schema":99,"craft":"9.0.0"}';
    writeFileSync(progress, newer);
    for (const command of ['list', 'next', 'hint', 'verify', 'diff', 'run', 'update', 'solution']) {
      const { code, out, err } = inside(command);
      expect({ command, code, out }).toEqual({ command, code: 2, out: '' });
      expect(err).toMatch(/was written by a newer craft \(9\.0\.0\)\. Update this one: npm install/);
    }
    expect(readFileSync(progress, 'utf8')).toBe(newer);
  });

  test('that cannot be written: one line, exit 2; what only reads still works', () => {
    // Root writes everywhere: then another user tries.
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? { uid: 65_534, gid: 65_534 } : {};
    chmodSync(folder, 0o755);
    if (!isRoot) for (const path of [workspace, join(workspace, '.craft')]) chmodSync(path, 0o555);
    const tried = (...args: string[]): Ran => {
      const options = {
        cwd: workspace,
        encoding: 'utf8',
        env: { ...process.env, HOME: folder },
        ...user,
      } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, [craft, ...args], options);
      return { code: status, out: stdout, err: stderr };
    };
    for (const line of ['next', 'verify', 'hint', 'update', 'run', 'reset --yes']) {
      const { code, out, err } = tried(...line.split(' '));
      expect({ line, code, out }).toEqual({ line, code: 2, out: '' });
      expect(err).toMatch(
        /^✗ .* cannot be written \(permission denied\)\. Check its permissions, then try again\.\n/,
      );
    }
    expect(tried('list')).toMatchObject({ code: 0 });
    expect(tried('diff')).toMatchObject({ code: 0 });
    expect(tried('doctor').out).toContain('cannot be written (EACCES)');
    for (const path of [join(workspace, '.craft'), workspace]) chmodSync(path, 0o755);
  });
});

describe('several at once, and sudden ends', () => {
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [craft, ...args], { cwd: workspace, stdio: 'ignore' });
  const ended = (child: ChildProcess): Promise<number | null> =>
    new Promise((resolve) => child.once('exit', resolve));

  test('two verify at once wait for each other: both are recorded', async () => {
    writeFileSync(queue, solution);
    const codes = [1, 2].map(() => ended(start('verify', '--only', 'behaviour')));
    expect(await Promise.all(codes)).toEqual([0, 0]);
    expect(attempts()).toBe(2);
  });

  test('kill -9 during verify: list works at once, the next verify too, nothing is left behind', async () => {
    writeFileSync(queue, solution.replace('export class', 'while (true) {}\nexport class'));
    const child = start('verify');
    const gone = ended(child);
    const build = join(workspace, '.craft/build/0-poc/01-queue/output/exercises/0-poc/01-queue/queue.js');
    while (!existsSync(build)) await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGKILL');
    await gone;
    // The student's code loops; it must not outlive the craft that watched it.
    const left = (): boolean =>
      spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.includes(`${workspace}/.craft`);
    while (left()) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(inside('list')).toMatchObject({ code: 0, err: '' });
    expect(attempts()).toBe(0);
    writeFileSync(queue, solution);
    expect(inside('verify', '--only', 'behaviour')).toMatchObject({ code: 0, err: '' });
    expect(attempts()).toBe(1);
    const files = readdirSync(join(workspace, '.craft'), { recursive: true }).filter((name) =>
      /(^|\/)(progress\.)?lock(\.|$)|craft-tmp/.test(String(name)),
    );
    expect(files).toEqual([]);
  });
});

const disk = join(folder, 'disk');
mkdirSync(disk);
const canMount =
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1500k', 'tmpfs', disk]).status === 0;
if (!canMount) console.log('odd.test.ts skips the full disk: no small one can be mounted here.');

describe.skipIf(!canMount)('a full disk', () => {
  afterAll(() => void spawnSync('umount', ['-l', disk]));

  test('is one clear error at whatever write it strikes, and nothing is lost', { timeout: 120_000 }, () => {
    cpSync(workspace, join(disk, 'work'), { recursive: true, verbatimSymlinks: true });
    workspace = join(disk, 'work');
    queue = join(workspace, file);
    writeFileSync(queue, solution);
    const fill = join(disk, 'fill');
    let failures = 0;
    // From nothing free to enough: the lock, the build, the compiler, the attempt and the progress fail in turn.
    for (const kilobytes of [0, 36, 48, 60, 68, 76]) {
      for (const path of [fill, join(workspace, '.craft/build')])
        rmSync(path, { recursive: true, force: true });
      const free = Number(
        spawnSync('df', ['-k', '--output=avail', disk], { encoding: 'utf8' }).stdout.split('\n')[1],
      );
      writeFileSync(fill, Buffer.alloc((free - kilobytes) * 1024));
      const { code, out, err } = inside('verify', '--only', 'behaviour');
      if (code === 0) continue;
      failures += 1;
      expect({ kilobytes, code, out }).toEqual({ kilobytes, code: 2, out: '' });
      expect(err).toMatch(
        /^✗ The disk is full: .* could not be written\. Free some space; nothing was lost\.\n {2}\(DISK_FULL\)\n$/,
      );
      expect(inside('list')).toMatchObject({ code: 0, err: '' });
      expect(readFileSync(queue, 'utf8')).toBe(solution);
      if (kilobytes === 0) expect(inside('doctor').out).toContain('cannot be written (the disk is full)');
    }
    expect(failures).toBeGreaterThan(2);
    rmSync(fill);
    expect(inside('verify', '--only', 'behaviour')).toMatchObject({ code: 0, err: '' });
  });
});
