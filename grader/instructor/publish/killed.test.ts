/** `craft publish`, killed with SIGKILL before each of its git commands in turn: the next run completes it. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { builtGraderRoot, packageRoot } from '../../core/paths.ts';
import { temporaryFolder } from '../../fixtures/progress/workspace.ts';
import { bare, branches, clone, git, heads, quietHome, sound } from '../../fixtures/publish/clone.ts';
import { publishCourse } from './publish.ts';

beforeEach(() => void quietHome());
afterEach(() => vi.unstubAllEnvs());

const script = join(packageRoot, 'grader/fixtures/publish/publish-once.mjs');

/** A `git` that writes down each command, and kills the process that runs the n-th one. */
function killer(): { readonly folder: string; commands(): string[]; arm(count: number): void } {
  const folder = temporaryFolder();
  const real = spawnSync('sh', ['-c', 'command -v git']).stdout.toString().trim();
  const [log, count] = [join(folder, 'log'), join(folder, 'count')];
  const lines = [
    '#!/bin/sh',
    `echo "$*" >>'${log}'`,
    `if [ "$(wc -l <'${log}')" -eq "$(cat '${count}')" ]; then kill -9 $PPID; exit 1; fi`,
    `exec '${real}' "$@"`,
  ];
  writeFileSync(join(folder, 'git'), `${lines.join('\n')}\n`);
  chmodSync(join(folder, 'git'), 0o755);
  return {
    folder,
    commands: () => readFileSync(log, 'utf8').trim().split('\n'),
    arm: (at) => {
      writeFileSync(log, '');
      writeFileSync(count, String(at));
    },
  };
}

/** Every command takes half a minute: CRAFT_KILLS=all. Otherwise the first of each kind, every push, the last. */
function chosen(commands: readonly string[]): number[] {
  const kind = (line: string): string => line.split(' ').find((word) => /^[a-z]/.test(word)) ?? '';
  return commands.flatMap((line, i) => {
    const first = commands.findIndex((other) => kind(other) === kind(line)) === i;
    const last = i === commands.length - 1;
    return first || last || kind(line) === 'push' || process.env.CRAFT_KILLS === 'all' ? [i + 1] : [];
  });
}

test('killed before any git command, a second run completes it', async () => {
  const author = clone();
  const [wanted, remote] = [bare(), bare()];
  const temporary = temporaryFolder();
  const { folder, commands, arm } = killer();
  const proofs = join(author.root, '.git/craft');
  const run = (to: string): SpawnSyncReturns<Buffer> => {
    const settings = JSON.stringify({ cwd: author.root, course: author.course(to), root: author.root });
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, TMPDIR: temporary };
    return spawnSync(process.execPath, [script, builtGraderRoot, settings], { env });
  };
  arm(1_000_000);
  expect(run(wanted).stdout.toString()).toBe(`${branches.length}\n`);
  const steps = commands();
  expect(steps.filter((line) => line.includes('push'))).toHaveLength(branches.length);
  const seen = new Set<number>();
  for (const step of chosen(steps)) {
    for (const ref of Object.keys(heads(remote))) git(remote, 'update-ref', '-d', `refs/heads/${ref}`);
    rmSync(proofs, { recursive: true });
    arm(step);
    const { signal, stderr } = run(remote);
    expect({ step, signal, stderr: stderr.toString() }).toEqual({ step, signal: 'SIGKILL', stderr: '' });
    const left = Object.keys(heads(remote)).length;
    seen.add(left);
    vi.stubEnv('TMPDIR', temporary);
    const course = author.course(remote);
    const second = await publishCourse({ cwd: author.root, course, source: author.source, prove: sound });
    expect(second.branches.filter(({ pushed }) => pushed)).toHaveLength(branches.length - left);
    expect(heads(remote)).toEqual(heads(wanted));
    // The folder of the killed run went with the second one.
    expect(readdirSync(temporary).filter((name) => name.startsWith('craft-published-'))).toEqual([]);
  }
  expect(seen).toEqual(new Set([0, 1, 2, 3, 4]));
}, 240_000);
