/** Jails with real programs in them. Without bubblewrap (Debian: bubblewrap) there is none, and this says so. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import { survivors } from '../fixtures/survivors.ts';
import { howToInstall, whyNotStarted } from './advice.ts';
import {
  handOver,
  hasJail,
  probeTier,
  runJailed,
  slotUser,
  subjectLimits,
  withPrivateNetwork,
} from './index.ts';

const missing = !hasJail();
if (missing) process.stdout.write('jails: skipped, they need bubblewrap and util-linux\n');

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-jails-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const once = { timeoutMs: 20_000, mostBytes: 65_536 };

/** A program of Node's in a jail: what it printed. */
async function inJail(code: string, more: Partial<Parameters<typeof runJailed>[0]> = {}, run = once) {
  const command = [process.execPath, '--input-type=module', '-e', code] as const;
  return runJailed({ command, cwd: '/', read: [], write: [], env: {}, limits: subjectLimits, ...more }, run);
}

/** Resolves when nothing with this folder in its command line is left; a jail ends a moment after its leader. */
async function expectNothingLeft(folder: string): Promise<void> {
  await expect.poll(() => survivors(folder), { timeout: 10_000 }).toEqual([]);
}

describe.skipIf(missing)('a jail', () => {
  test('holds against every attack that is known', async () => {
    const { tier, reason, probes } = await probeTier();
    expect(reason).toBeUndefined();
    expect(probes.filter(({ held }) => !held)).toEqual([]);
    expect(probes.length).toBeGreaterThan(12);
    expect(tier).toBe('sealed');
  });

  test('shows what it was given, and nothing else', async () => {
    mkdirSync(join(root, 'given'));
    writeFileSync(join(root, 'given', 'text'), 'hello');
    writeFileSync(join(root, 'hidden'), 'secret');
    process.env.CRAFT_TEST_SECRET = 'hunter2';
    const code = `import fs from 'node:fs';
      const refused = (body) => { try { body(); return false; } catch (error) { return error.code; } };
      const [given, hidden] = ${JSON.stringify([join(root, 'given'), join(root, 'hidden')])};
      console.log(JSON.stringify({
        text: fs.readFileSync(given + '/text', 'utf8'),
        beside: fs.readdirSync(given + '/..'),
        hidden: refused(() => fs.readFileSync(hidden)),
        write: refused(() => fs.writeFileSync(given + '/new', '')),
        root: fs.readdirSync('/').sort(),
        etc: refused(() => fs.readdirSync('/etc')),
        rootIsWritable: refused(() => fs.mkdirSync('/new')),
        link: refused(() => fs.symlinkSync('/', '/tmp/link')),
        env: process.env,
        processes: fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length,
      }));`;
    const { stdout, stderr } = await inJail(code, { read: [join(root, 'given')], env: { A: '1' } });
    delete process.env.CRAFT_TEST_SECRET;
    expect(stderr).toBe('');
    const seen = JSON.parse(stdout);
    expect(seen).toMatchObject({
      text: 'hello',
      beside: ['given'],
      hidden: 'ENOENT',
      write: 'EROFS',
      etc: 'ENOENT',
      rootIsWritable: 'EROFS',
      link: 'EPERM',
      processes: 2,
    });
    expect(Object.keys(seen.env).filter((name) => name !== 'PWD')).toEqual(['A']);
    for (const name of ['home', 'root', 'etc', 'var', 'work']) expect(seen.root).not.toContain(name);
  });

  test('lets out only what is written to the folder that is given for it', async () => {
    const folder = join(root, 'given for writing');
    mkdirSync(folder);
    const code = `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(join(folder, 'a'))}, 'a'); fs.writeFileSync('/tmp/craft-jail-test', 'b');`;
    expect(await inJail(code, { write: [folder] })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual(['a']);
    expect(existsSync('/tmp/craft-jail-test')).toBe(false);
  });

  test('ends a program that has had its CPU time', async () => {
    const limits = { ...subjectLimits, cpuSeconds: 1 };
    // SIGXCPU is 24.
    expect(await inJail('for (;;);', { limits })).toMatchObject({ exitCode: 128 + 24, timedOut: false });
  });

  test('gives a program no more memory and disk than it may have', async () => {
    const limits = { ...subjectLimits, dataMb: 768, memoryFolderMb: 4 };
    const code = `import fs from 'node:fs';
      const said = (body) => { try { body(); return 'nothing'; } catch (error) { return error.code ?? error.message; } };
      const many = () => { for (let i = 0; i < 99; i++) fs.writeFileSync('/tmp/' + i, Buffer.alloc(1e6)); };
      console.log(said(() => Buffer.allocUnsafe(1e9)), said(many), said(() => fs.writeFileSync('/dev/shm/a', Buffer.alloc(1e6))));`;
    const { stdout } = await inJail(code, { limits });
    expect(stdout.trim()).toBe('Array buffer allocation failed ENOSPC ENOSPC');
  });

  test('ends when its time is over, with all that it started', async () => {
    const code = `import { spawn } from 'node:child_process';
      const daemon = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
      spawn(process.execPath, ['-e', daemon, ${JSON.stringify(root)}], { detached: true, stdio: 'ignore' }).unref();
      setInterval(() => {}, 1000);`;
    expect(await inJail(code, {}, { ...once, timeoutMs: 700 })).toMatchObject({ timedOut: true });
    await expectNothingLeft(root);
  });
});

const fixture = join(packageRoot, 'grader', 'fixtures', 'jail', 'judge.mjs');

/** A judge as `craft grade` starts it, and what it says about an attack. */
async function judgeOn(source: string, ms: number) {
  const cell = mkdtempSync(join(root, 'cell-'));
  const folder = join(cell, 'exercises', '0-poc', '01-attack');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(cell, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'attack.js'), source);
  if (slotUser(0) !== undefined) handOver(root, 0);
  const dist = join(packageRoot, 'dist');
  const { command, args } = withPrivateNetwork(process.execPath, [fixture, dist, 'attack', cell, `${ms}`], {
    slot: 0,
  });
  const child = execa(command, args, { reject: false, cwd: cell, env: { TMPDIR: cell } });
  return { cell, child };
}

async function saidOn(source: string, ms = 10_000) {
  const { cell, child } = await judgeOn(source, ms);
  const { stdout, stderr } = await child;
  expect(stderr).toBe('');
  await expectNothingLeft(cell);
  return JSON.parse(stdout.split('\n').at(-1) ?? '');
}

describe.skipIf(missing)('a judge in its own network', () => {
  test('ends a fork bomb of programs that are in the jail', async () => {
    const bomb = `import { spawn } from 'node:child_process';
      export async function attack() {
        const again = "const { spawn } = require('node:child_process'); for (;;) spawn(process.execPath, ['-e', process.argv[1], process.argv[1]]).on('error', () => {})";
        for (let i = 0; i < 40; i++) spawn(process.execPath, ['-e', again, again], { detached: true }).on('error', () => {});
        await new Promise(() => {});
      }`;
    expect(await saidOn(bomb, 30_000)).toMatchObject({ code: 'PROCESS_LIMIT' });
  });

  test('and what it jails reach neither this machine nor the outside', async () => {
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const source = `import { connect } from 'node:net'; import { networkInterfaces } from 'node:os';
      const attempt = (port, host) => new Promise((resolve) => connect({ port, host })
        .on('connect', () => resolve('connected')).on('error', (error) => resolve(error.code)));
      export const attack = async () => [await attempt(${port}, '127.0.0.1'), await attempt(80, '192.0.2.1'), Object.keys(networkInterfaces())];`;
    expect(await saidOn(source)).toEqual({ value: ['ECONNREFUSED', 'ENETUNREACH', ['lo']] });
    server.close();
  });

  test('takes its jails with it when it is killed', async () => {
    const { cell, child } = await judgeOn('export const attack = () => { for (;;); };', 60_000);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await child;
    await expectNothingLeft(cell);
  });

  test('judges an exercise whose checks speak to a server', async () => {
    const cell = mkdtempSync(join(root, 'exercise-'));
    if (slotUser(0) !== undefined) handOver(root, 0);
    const what = [
      fixture,
      join(packageRoot, 'dist'),
      'exercises',
      join(cell, 'work'),
      'behaviour',
      'jail',
      '0.3',
    ];
    const { command, args } = withPrivateNetwork(process.execPath, what, { slot: 0 });
    const { stdout, stderr } = await execa(command, args, { reject: false, cwd: cell });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { outcome: 'passed' }, checks: 29 });
    await expectNothingLeft(cell);
  });
});

test('who has no jail learns what to do', () => {
  expect(whyNotStarted('bwrap: setting up uid map: Permission denied')).toMatch(/\/etc\/apparmor\.d\/bwrap/);
  expect(whyNotStarted('bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted')).toMatch(/AppArmor/);
  expect(whyNotStarted('bwrap: No permissions to create new namespace')).toMatch(/userns_clone=1.*Docker/);
  expect(whyNotStarted('bwrap: Unknown option --disable-userns')).toMatch(/0\.8 or newer/);
  expect(whyNotStarted("Error: EACCES: permission denied, open '/x'")).toMatch(/everybody may read/);
  expect(howToInstall(['bwrap'])).toMatch(process.platform === 'linux' ? /bubblewrap/ : /Linux container/);
});
