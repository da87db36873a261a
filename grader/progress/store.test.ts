import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FileOps, realOps } from '../core/files.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { Workspace } from '../core/types.ts';
import {
  attempt,
  bareWorkspace,
  content,
  failed,
  queueId,
  temporaryFolder,
} from '../fixtures/progress/workspace.ts';
import {
  attemptFiles,
  attemptFolder,
  listAttempts,
  newestPassed,
  openProgress,
  readAttempt,
} from './index.ts';
import { withExercise } from './marks.ts';

const childScript = join(import.meta.dirname, '../fixtures/progress/craft-once.mjs');
const progressFile = (workspace: Workspace): string => join(workspace.state, 'progress.json');
const hint = (p: Parameters<typeof withExercise>[0]) =>
  withExercise(p, queueId, (e) => ({ ...e, hints: e.hints + 1 }));

describe('progress', () => {
  test('a new workspace has none, and reading writes nothing', async () => {
    const workspace = bareWorkspace();
    const store = openProgress(workspace);
    expect(await store.read()).toMatchObject({ current: null, nextAttempt: 1, exercises: {} });
    expect(readdirSync(workspace.state)).toEqual(['workspace.json']);
  });

  test('a pass marks, a failure takes the mark, an inconclusive run leaves it', async () => {
    const store = openProgress(bareWorkspace());
    await store.recordAttempt(attempt(), content);
    const noise = { outcome: 'inconclusive', stage: 'gate', code: 'INCONCLUSIVE', summary: 'noise' } as const;
    const second = await store.recordAttempt(attempt({ verdict: noise }), content);
    expect(second.progress.exercises[queueId]).toMatchObject({ attempts: 2, passed: 1, lastPassed: 1 });
    const third = await store.recordAttempt(attempt({ verdict: failed }), content);
    expect(third.progress.exercises[queueId]).toEqual({
      attempts: 3,
      lastPassed: 1,
      lastAttempt: 3,
      hints: 0,
      best: {},
    });
    expect(await store.read()).toEqual(third.progress);
  });

  test('behaviour alone passes no exercise', async () => {
    const store = openProgress(bareWorkspace());
    const { progress } = await store.recordAttempt(attempt({ only: 'behaviour' }), content);
    expect(progress.exercises[queueId]?.passed).toBeUndefined();
  });

  test('an attempt keeps verdict, log and files', async () => {
    const workspace = bareWorkspace();
    const recorded = await openProgress(workspace).recordAttempt(attempt(), content);
    expect(readAttempt(workspace, 1)).toEqual(recorded.attempt);
    expect(readFileSync(join(attemptFolder(workspace, 1), 'log.txt'), 'utf8')).toBe(content.log);
    const snapshot = join(attemptFiles(workspace, 1), 'exercises/0-poc/01-queue/queue.ts');
    expect(readFileSync(snapshot, 'utf8')).toBe('export const answer = 42;\n');
    expect(newestPassed(workspace, queueId)?.number).toBe(1);
  });

  test('a file of a newer craft is refused with the fix named, and left alone', async () => {
    const workspace = bareWorkspace();
    const newer = '{"schema":2,"craft":"3.0.0","everything":"different"}';
    writeFileSync(progressFile(workspace), newer);
    await expect(openProgress(workspace).read()).rejects.toMatchObject({ code: 'PROGRESS_NEWER' });
    await expect(openProgress(workspace).update(hint)).rejects.toThrow('npm install systems-craft@latest');
    expect(readFileSync(progressFile(workspace), 'utf8')).toBe(newer);
  });

  test.each([
    ['cut short', '{"schema":1,"craft":'],
    ['empty', ''],
    [
      'of another shape',
      '{"schema":1,"craft":"0.1.0","current":null,"nextAttempt":1,"exercises":{"0-poc/01-queue":7}}',
    ],
    ['with absurd numbers', '{"schema":1,"craft":"0.1.0","current":null,"nextAttempt":1e308,"exercises":{}}'],
  ])('a file that is %s is set aside and rebuilt from the attempts', async (_, text) => {
    const workspace = bareWorkspace();
    await openProgress(workspace).recordAttempt(attempt(), content);
    for (const round of [1, 2]) {
      writeFileSync(progressFile(workspace), text);
      const store = openProgress(workspace, { now: () => new Date('2026-11-23T12:00:00Z') });
      expect((await store.read()).exercises[queueId]?.passed).toBe(1);
      expect(store.takeNotices()).toMatchObject([{ code: 'PROGRESS_BROKEN' }]);
      const aside = readdirSync(workspace.state).filter((name) => name.startsWith('progress.broken-'));
      expect(aside).toHaveLength(round);
      expect(aside.map((name) => readFileSync(join(workspace.state, name), 'utf8'))).toEqual(
        aside.map(() => text),
      );
    }
    const quiet = openProgress(workspace);
    await quiet.read();
    expect(quiet.takeNotices()).toEqual([]);
  });

  test('a deleted file is rebuilt from the attempts', async () => {
    const workspace = bareWorkspace();
    await openProgress(workspace).recordAttempt(attempt(), content);
    rmSync(progressFile(workspace));
    const store = openProgress(workspace);
    expect((await store.read()).exercises[queueId]).toMatchObject({ passed: 1, attempts: 1 });
    expect(store.takeNotices()).toMatchObject([{ code: 'PROGRESS_REBUILT' }]);
  });

  test.each([
    ['no attempt', attempt({ exercise: '0-poc/02-parser' })],
    ['a failed attempt', attempt({ verdict: failed })],
    ['an attempt at behaviour only', attempt({ only: 'behaviour' })],
  ])('a mark that %s proves does not count', async (_, draft) => {
    const workspace = bareWorkspace();
    await openProgress(workspace).recordAttempt(draft, content);
    const text = readFileSync(progressFile(workspace), 'utf8');
    const edited = JSON.parse(text) as { exercises: Record<string, unknown> };
    edited.exercises[queueId] = { attempts: 1, hints: 0, best: {}, passed: 1, lastPassed: 1 };
    writeFileSync(progressFile(workspace), JSON.stringify(edited));
    const store = openProgress(workspace);
    expect((await store.read()).exercises[queueId]).toEqual({ attempts: 1, hints: 0, best: {} });
    expect(store.takeNotices()).toMatchObject([{ code: 'MARK_DROPPED' }]);
  });
});

describe('while the student’s code runs', () => {
  test('edits of progress.json are undone and said; the verdict of the run counts', async () => {
    const workspace = bareWorkspace();
    const store = openProgress(workspace);
    await store.during(async () => {
      const forged = { attempts: 1, hints: 0, best: {}, passed: 1, lastPassed: 1 };
      const text = JSON.stringify({
        schema: 1,
        craft: '0.1.0',
        current: null,
        nextAttempt: 9,
        exercises: { [queueId]: forged },
      });
      writeFileSync(progressFile(workspace), text);
      const folder = attemptFolder(workspace, 1);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'verdict.json'), JSON.stringify({ schema: 1, number: 1, ...attempt() }));
      await store.recordAttempt(attempt({ verdict: failed }), content);
    });
    expect(store.takeNotices().map(({ code }) => code)).toEqual(['ATTEMPT_FORGED', 'PROGRESS_EDITED']);
    const progress = await openProgress(workspace).read();
    expect(progress.exercises[queueId]).toEqual({ attempts: 1, lastAttempt: 1, hints: 0, best: {} });
    expect(progress.nextAttempt).toBe(2);
    expect(readAttempt(workspace, 1)?.verdict.outcome).toBe('failed');
  });

  test.each([
    ['broken', (path: string) => writeFileSync(path, 'garbage')],
    ['deleted', (path: string) => rmSync(path)],
    ['made newer', (path: string) => writeFileSync(path, '{"schema":99,"craft":"9.9.9"}')],
    ['a folder', (path: string) => [rmSync(path), mkdirSync(path)]],
  ])('a progress.json that is %s meanwhile is restored, also without an attempt', async (_, spoil) => {
    const workspace = bareWorkspace();
    const store = openProgress(workspace);
    const { progress } = await store.recordAttempt(attempt(), content);
    await store.during(async () => void spoil(progressFile(workspace)));
    expect(store.takeNotices()).toMatchObject([{ code: 'PROGRESS_EDITED' }]);
    expect(await openProgress(workspace).read()).toEqual(progress);
  });

  test('hints and the current exercise may change: another craft may be asked for them', async () => {
    const workspace = bareWorkspace();
    const [mine, other] = [openProgress(workspace), openProgress(workspace)];
    await mine.during(async () => {
      await other.update((p) => ({ ...hint(p), current: queueId }));
      await mine.recordAttempt(attempt(), content);
    });
    expect(mine.takeNotices()).toEqual([]);
    expect(await other.read()).toMatchObject({
      current: queueId,
      exercises: { [queueId]: { hints: 1, passed: 1 } },
    });
  });
});

/** Every file that matters, to compare states. */
function stateOf(workspace: Workspace): Record<string, string> {
  const names = readdirSync(workspace.state, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map((file) => [file.slice(workspace.state.length + 1), readFileSync(file, 'utf8')]),
  );
}

function child(workspace: Workspace, ...args: string[]): { count: number; writes: number[] } | 'killed' {
  try {
    const text = execFileSync(process.execPath, [childScript, builtGraderRoot, workspace.root, ...args]);
    return JSON.parse(text.toString()) as { count: number; writes: number[] };
  } catch (error) {
    if ((error as { signal?: unknown }).signal === 'SIGKILL') return 'killed';
    throw error;
  }
}

async function prepared(scenario: string): Promise<Workspace> {
  const workspace = bareWorkspace();
  writeFileSync(join(workspace.root, 'attempt.json'), JSON.stringify({ draft: attempt(), content }));
  await openProgress(workspace).recordAttempt(attempt(), content);
  if (scenario === 'read') writeFileSync(progressFile(workspace), '{"schema":1,');
  return workspace;
}

describe('kill -9 at every file operation', () => {
  test.each(['update', 'record', 'read'])(
    'of %s leaves progress old or new and attempts whole',
    async (scenario) => {
      const clean = await prepared(scenario);
      const full = child(clean, scenario);
      if (full === 'killed') throw new Error('nobody asked for that');
      const after = await openProgress(clean).read();
      expect(full.count).toBeGreaterThan(10);
      const cases = [
        ...Array.from({ length: full.count }, (_, i) => [i + 1, 'before'] as const),
        ...full.writes.map((operation) => [operation, 'half'] as const),
      ];
      for (const [operation, moment] of cases) {
        const workspace = await prepared(scenario);
        const before = scenario === 'read' ? after : await openProgress(workspace).read();
        expect(child(workspace, scenario, String(operation), moment)).toBe('killed');
        const where = `${scenario}, killed at ${moment} ${operation}`;
        const store = openProgress(workspace);
        const progress = await store.read();
        expect([before, after], where).toContainEqual(progress);
        // Rebuilding would hide a torn file.
        if (scenario !== 'read') expect(store.takeNotices(), where).toEqual([]);
        for (const number of listAttempts(workspace)) {
          expect(readAttempt(workspace, number), where).toBeDefined();
          expect(existsSync(join(attemptFiles(workspace, number), 'exercises/0-poc/01-queue/queue.ts'))).toBe(
            true,
          );
        }
        await store.recordAttempt(attempt({ verdict: failed }), content);
        const left = Object.keys(stateOf(workspace)).filter((name) => /tmp|lock/.test(name));
        expect(left, `${where}: leftovers`).toEqual([]);
      }
    },
    120_000,
  );
});

describe('two craft at once', () => {
  async function both(scenario: string): Promise<Workspace> {
    const workspace = await prepared(scenario);
    const args = [childScript, builtGraderRoot, workspace.root, scenario];
    const two = [1, 2].map(() => spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
    for (const [code] of await Promise.all(two.map((process) => once(process, 'exit')))) expect(code).toBe(0);
    return workspace;
  }

  test('lose no update', async () => {
    const workspace = await both('many');
    expect((await openProgress(workspace).read()).exercises[queueId]?.attempts).toBe(101);
  });

  test('give every attempt its own number', async () => {
    const workspace = await both('many-attempts');
    expect(listAttempts(workspace)).toEqual(Array.from({ length: 41 }, (_, i) => i + 1));
    expect((await openProgress(workspace).read()).exercises[queueId]).toMatchObject({
      attempts: 41,
      passed: 41,
    });
  });
});

describe('a disk that refuses', () => {
  /** Real operations of which the `nth` write or creation fails. */
  function failing(code: string, nth: number): FileOps {
    let count = 0;
    const fail = (): void => {
      count += 1;
      if (count === nth) throw Object.assign(new Error(code), { code });
    };
    return {
      ...realOps,
      create: (path, mode) => [fail(), realOps.create(path, mode)][1] as number,
      write: (file, bytes) =>
        [realOps.write(file, bytes.subarray(0, 3)), fail(), realOps.write(file, bytes.subarray(3))][2],
    };
  }

  test.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EROFS', 'NOT_WRITABLE'],
    ['EACCES', 'NOT_WRITABLE'],
  ])('with %s says %s at any write, and the old state stays', async (systemCode, code) => {
    for (let nth = 1; ; nth++) {
      const workspace = bareWorkspace();
      const { progress } = await openProgress(workspace).recordAttempt(attempt(), content);
      const store = openProgress(workspace, { ops: failing(systemCode, nth) });
      const outcome = await store.recordAttempt(attempt({ verdict: failed }), content).then(
        () => 'recorded',
        (error: unknown) => error,
      );
      if (outcome === 'recorded') {
        expect(nth).toBeGreaterThan(8);
        return;
      }
      expect(outcome).toMatchObject({ name: 'CraftError', code });
      expect(await openProgress(workspace).read()).toEqual(progress);
      expect(Object.keys(stateOf(workspace)).filter((name) => /tmp|lock/.test(name))).toEqual([]);
    }
  });

  test.runIf(canMount())('that is really full is one clear error', async () => {
    const mount = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount]);
    try {
      const workspace = bareWorkspace(join(mount, 'metricstream'));
      const store = openProgress(workspace);
      const { progress } = await store.recordAttempt(attempt(), content);
      const filler = join(mount, 'filler');
      expect(() => writeFileSync(filler, Buffer.alloc(1 << 20))).toThrow('ENOSPC');
      await expect(store.recordAttempt(attempt({ verdict: failed }), content)).rejects.toMatchObject({
        code: 'DISK_FULL',
      });
      expect(await openProgress(workspace).read()).toEqual(progress);
      rmSync(filler);
      expect((await store.recordAttempt(attempt(), content)).attempt.number).toBe(2);
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });
});

function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['-m', 'true']);
    return true;
  } catch {
    return false;
  }
}
