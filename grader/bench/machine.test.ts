/** The machine and the repository, as they are kept with every run. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeMachine, gitState, machineCpuMs } from './machine.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-machine-test-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('the machine has a CPU, cores and memory', () => {
  const { cpu, cores, memoryMb, platform, load } = describeMachine();
  expect(cpu).toMatch(/\S/);
  expect(cores).toBeGreaterThan(0);
  expect(memoryMb).toBeGreaterThan(100);
  expect(platform).toContain(process.platform);
  expect(load).toBeGreaterThanOrEqual(0);
});

test('the CPU time of the machine grows with what is used', () => {
  const before = machineCpuMs();
  const start = process.cpuUsage();
  while (process.cpuUsage(start).user < 200_000);
  if (before !== undefined) expect((machineCpuMs() ?? 0) - before).toBeGreaterThan(100);
});

test('the repository: none, without a commit, clean, changed; never an error', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=student', '-c', 'user.email=student@localhost', ...args], {
      cwd: root,
      encoding: 'utf8',
    });
  expect(await gitState(join(root, 'nowhere'))).toBeNull();
  expect(await gitState(root)).toBeNull();
  git('init', '--quiet');
  expect(await gitState(root)).toBeNull();
  writeFileSync(join(root, 'a.ts'), 'a');
  git('add', '.');
  git('commit', '--quiet', '-m', 'first');
  const commit = git('rev-parse', 'HEAD').trim();
  expect(await gitState(root)).toEqual({ commit, dirty: false });
  mkdirSync(join(root, 'below'));
  writeFileSync(join(root, 'below', 'b.ts'), 'b');
  expect(await gitState(join(root, 'below'))).toEqual({ commit, dirty: true });
  vi.stubEnv('EDITOR', 'vi');
  vi.stubEnv('GIT_PAGER', 'less');
  expect(await gitState(root)).toEqual({ commit, dirty: true });
  vi.stubEnv('PATH', join(root, 'nowhere'));
  expect(await gitState(root)).toBeNull();
  vi.unstubAllEnvs();
});
