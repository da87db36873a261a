import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { builtGraderRoot } from '../core/paths.ts';
import type { Workspace } from '../core/types.ts';
import { bareWorkspace } from '../fixtures/progress/workspace.ts';
import { withLock } from './lock.ts';
import { bootId, startedAt } from './processes.ts';

const childScript = join(import.meta.dirname, '../fixtures/progress/locked-counter.mjs');
const lockFile = (workspace: Workspace): string => join(workspace.state, 'lock');

function start(workspace: Workspace, rounds: string): ChildProcess {
  const args = [childScript, builtGraderRoot, workspace.root, rounds];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A process that holds the lock. */
async function holder(workspace: Workspace): Promise<ChildProcess> {
  const child = start(workspace, 'hold');
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

const token = (digit: string): string => digit.repeat(16);
const leftovers = (workspace: Workspace): string[] =>
  readdirSync(workspace.state).filter((name) => /lock/.test(name));

describe('withLock', () => {
  test('gives the result, and the lock back, also after a failure', async () => {
    const workspace = bareWorkspace();
    expect(await withLock(workspace, () => existsSync(lockFile(workspace)))).toBe(true);
    await expect(withLock(workspace, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(leftovers(workspace)).toEqual([]);
  });

  test('waits for a live holder, says so once, then names it', async () => {
    const workspace = bareWorkspace();
    const { pid } = await holder(workspace);
    const waited: number[] = [];
    const options = { waitMs: 300, onWait: (other: { pid: number }) => void waited.push(other.pid) };
    const attempt = withLock(workspace, () => 'mine', options);
    await expect(attempt).rejects.toMatchObject({ code: 'LOCKED_WORKSPACE', details: { pid } });
    expect(waited).toEqual([pid]);
  });

  test('takes the lock of a holder that was killed, while it waits', async () => {
    const workspace = bareWorkspace();
    const child = await holder(workspace);
    const mine = withLock(workspace, () => 'mine', { onWait: () => void child.kill('SIGKILL') });
    expect(await mine).toBe('mine');
    expect(leftovers(workspace)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('sees that a process id was used again', async () => {
    const workspace = bareWorkspace();
    const reused = { pid: process.pid, started: '1', boot: bootId(), token: token('a') };
    writeFileSync(lockFile(workspace), JSON.stringify(reused));
    expect(await withLock(workspace, () => 'mine', { waitMs: 0 })).toBe('mine');
    const otherBoot = { ...reused, started: startedAt(process.pid), boot: 'another' };
    writeFileSync(lockFile(workspace), JSON.stringify(otherBoot));
    expect(await withLock(workspace, () => 'mine', { waitMs: 0 })).toBe('mine');
    const alive = { ...otherBoot, boot: bootId() };
    writeFileSync(lockFile(workspace), JSON.stringify(alive));
    await expect(withLock(workspace, () => 'mine', { waitMs: 0 })).rejects.toThrow(String(process.pid));
  });

  test.each([
    '',
    'garbage',
    '{"pid":1,"token":"../../../../tmp/x"}',
    'null',
    '{"pid":-1,"token":"aaaaaaaaaaaaaaaa"}',
  ])('takes a lock that names nobody (%j) once it is old', async (text) => {
    const workspace = bareWorkspace();
    writeFileSync(lockFile(workspace), text);
    await expect(withLock(workspace, () => 'mine', { waitMs: 0 })).rejects.toMatchObject({
      code: 'LOCKED_WORKSPACE',
    });
    utimesSync(lockFile(workspace), 1, 1);
    expect(await withLock(workspace, () => 'mine', { waitMs: 0 })).toBe('mine');
    expect(leftovers(workspace)).toEqual([]);
  });

  test('garbage written into my own lock is removed with it', async () => {
    const workspace = bareWorkspace();
    await withLock(workspace, () => writeFileSync(lockFile(workspace), 'garbage'));
    expect(leftovers(workspace)).toEqual([]);
  });

  test('takes over from a rival that died while taking over', async () => {
    const workspace = bareWorkspace();
    const pid = await deadPid();
    const dead = (digit: string): string =>
      JSON.stringify({ pid, started: '1', boot: null, token: token(digit) });
    writeFileSync(lockFile(workspace), dead('a'));
    writeFileSync(`${lockFile(workspace)}.${token('a')}`, dead('b'));
    writeFileSync(`${lockFile(workspace)}.${token('a')}.${token('b')}`, dead('c'));
    writeFileSync(`${lockFile(workspace)}.${pid}-0123456789abcdef.craft-tmp`, 'half');
    expect(await withLock(workspace, () => 'mine', { waitMs: 0 })).toBe('mine');
    expect(leftovers(workspace)).toEqual([]);
  });

  test('of many that find a dead holder, one at a time gets the lock', async () => {
    const workspace = bareWorkspace();
    const counter = join(workspace.root, 'counter');
    writeFileSync(counter, '0');
    const pid = await deadPid();
    writeFileSync(lockFile(workspace), JSON.stringify({ pid, started: '1', boot: null, token: token('a') }));
    const rivals = Array.from({ length: 5 }, () => start(workspace, '20'));
    for (const [code] of await Promise.all(rivals.map((rival) => once(rival, 'exit')))) expect(code).toBe(0);
    expect(readFileSync(counter, 'utf8')).toBe('100');
    expect(leftovers(workspace)).toEqual([]);
  });
});
