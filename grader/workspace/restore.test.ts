import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realOps } from '../core/files.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { Curriculum, Exercise, Workspace } from '../core/types.ts';
import { temporaryFolder } from '../fixtures/progress/workspace.ts';
import { course, installation, queuePath, queueStub, writeTree } from '../fixtures/workspace/course.ts';
import { diffExercise, initWorkspace, planReset, resetExercise, updateWorkspace } from './index.ts';

interface Place {
  readonly workspace: Workspace;
  readonly curriculum: Curriculum;
  readonly queue: Exercise;
}

async function place(): Promise<Place> {
  const curriculum = course();
  const directory = join(temporaryFolder(), 'metricstream');
  const { workspace } = await initWorkspace({
    directory,
    curriculum,
    installation: installation(),
    repository: false,
  });
  return { workspace, curriculum, queue: firstOf(curriculum) };
}

function firstOf(curriculum: Curriculum): Exercise {
  const exercise = curriculum.exercises[0];
  if (exercise === undefined) throw new Error('the course is empty');
  return exercise;
}

const read = (workspace: Workspace, path: string): string => readFileSync(join(workspace.root, path), 'utf8');
const write = (workspace: Workspace, path: string, text: string): void =>
  writeFileSync(join(workspace.root, path), text);
const experimentPath = 'exercises/0-poc/01-queue/experiment.ts';

describe('craft reset', () => {
  test('puts the stub back and says where the old text is', async () => {
    const { workspace, queue } = await place();
    write(workspace, queuePath, 'my hours of work\n');
    rmSync(join(workspace.root, experimentPath));
    expect(planReset(workspace, queue)).toEqual({ changed: [queuePath], absent: [experimentPath] });
    const { snapshot, ...rest } = resetExercise(workspace, queue);
    expect(rest).toEqual({ changed: [queuePath], absent: [experimentPath] });
    expect(snapshot).toEqual({
      folder: '.craft/resets/1-queue',
      copies: [{ path: queuePath, copy: `.craft/resets/1-queue/${queuePath}` }],
    });
    expect(read(workspace, queuePath)).toBe(queueStub);
    expect(existsSync(join(workspace.root, experimentPath))).toBe(true);
    for (const { path, copy } of snapshot?.copies ?? [])
      execFileSync('cp', [copy, path], { cwd: workspace.root });
    expect(read(workspace, queuePath)).toBe('my hours of work\n');
    expect(resetExercise(workspace, queue).snapshot?.folder).toBe('.craft/resets/2-queue');
  });

  test('of an untouched exercise does nothing', async () => {
    const { workspace, queue } = await place();
    expect(resetExercise(workspace, queue)).toEqual({ changed: [], absent: [] });
    expect(existsSync(join(workspace.state, 'resets'))).toBe(false);
  });

  test('keeps bytes that are no text', async () => {
    const { workspace, queue } = await place();
    const junk = Buffer.from([0, 255, 13, 10, 128]);
    writeFileSync(join(workspace.root, queuePath), junk);
    const { snapshot } = resetExercise(workspace, queue);
    expect(readFileSync(join(workspace.root, snapshot?.copies[0]?.copy ?? ''))).toEqual(junk);
  });

  test('follows no link, of a file or of a folder, and waits on no pipe', async () => {
    const outside = temporaryFolder();
    writeTree(outside, { 'queue.ts': 'precious\n', 'experiment.ts': 'precious\n' });
    const file = await place();
    rmSync(join(file.workspace.root, queuePath));
    symlinkSync(join(outside, 'queue.ts'), join(file.workspace.root, queuePath));
    expect(() => resetExercise(file.workspace, file.queue)).toThrow('links');
    const folder = await place();
    const exercise = join(folder.workspace.root, 'exercises/0-poc/01-queue');
    rmSync(exercise, { recursive: true });
    symlinkSync(outside, exercise);
    expect(() => resetExercise(folder.workspace, folder.queue)).toThrow('links');
    expect(readFileSync(join(outside, 'queue.ts'), 'utf8')).toBe('precious\n');
    const pipe = await place();
    rmSync(join(pipe.workspace.root, queuePath));
    execFileSync('mkfifo', [join(pipe.workspace.root, queuePath)]);
    expect(() => resetExercise(pipe.workspace, pipe.queue)).toThrow('not a file');
  });

  test('on a full disk changes nothing', async () => {
    const { workspace, queue } = await place();
    write(workspace, queuePath, 'my hours of work\n');
    const full = {
      ...realOps,
      write: () => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      },
    };
    expect(() => resetExercise(workspace, queue, full)).toThrow('The disk is full');
    expect(read(workspace, queuePath)).toBe('my hours of work\n');
    expect(readdirSync(join(workspace.state, 'resets'))).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('in a folder of somebody else says so', async () => {
    const { workspace, queue } = await place();
    write(workspace, queuePath, 'my hours of work\n');
    chmodSync(join(workspace.root, '..'), 0o755);
    const script = `
      process.setuid(65534);
      const { resetExercise } = await import(${JSON.stringify(join(builtGraderRoot, 'workspace/index.js'))});
      try { resetExercise(${JSON.stringify(workspace)}, ${JSON.stringify(queue)}); }
      catch (error) { console.log(error.code, error.message); }`;
    chmodSync(join(queue.directory, '../../..'), 0o755);
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^NOT_WRITABLE .*permission denied/);
    expect(read(workspace, queuePath)).toBe('my hours of work\n');
  });
});

describe('craft diff', () => {
  test('shows what changed since the stub, as a patch that applies', async () => {
    const { workspace, queue } = await place();
    const mine = queueStub.replace(
      "throw new Error('TODO(human): keep the capacity');",
      'this.capacity = _capacity;',
    );
    write(workspace, queuePath, mine);
    const [diff] = await diffExercise(workspace, queue);
    expect(diff).toMatchObject({ path: queuePath, status: 'changed' });
    expect(diff?.patch).toContain(`--- ${queuePath} (stub)`);
    expect(diff?.patch).toContain('+    this.capacity = _capacity;');
    const original = join(temporaryFolder(), 'queue.ts');
    writeFileSync(original, queueStub);
    execFileSync('patch', ['--silent', original], { input: diff?.patch ?? '' });
    expect(readFileSync(original, 'utf8')).toBe(mine);
  });

  test('compares with the files of an attempt', async () => {
    const { workspace, queue } = await place();
    const folder = temporaryFolder();
    writeTree(folder, { [queuePath]: 'passed\n' });
    write(workspace, queuePath, 'passed\nand more\n');
    const [diff] = await diffExercise(workspace, queue, { name: 'attempt 4', folder });
    expect(diff?.patch).toContain('(attempt 4)');
    expect(diff?.patch).toContain('+and more');
    write(workspace, queuePath, 'passed\n');
    expect(await diffExercise(workspace, queue, { name: 'attempt 4', folder })).toMatchObject([
      { status: 'same', patch: '' },
    ]);
  });

  test('says when a file is gone or is no text', async () => {
    const { workspace, queue } = await place();
    writeFileSync(join(workspace.root, queuePath), Buffer.from([1, 0, 2]));
    expect(await diffExercise(workspace, queue)).toMatchObject([{ status: 'binary' }]);
    rmSync(join(workspace.root, queuePath));
    expect(await diffExercise(workspace, queue)).toMatchObject([{ status: 'deleted' }]);
  });
});

describe('craft update', () => {
  const newStub = `${queueStub}// newer\n`;
  const newer = (): Curriculum =>
    course({
      '0-poc/01-queue/queue.ts': newStub,
      '0-poc/01-queue/README.md': '# Newer\n',
      'kernel/clock.ts': 'export {};\n',
    });

  test('of the same version changes nothing', async () => {
    const { workspace, curriculum } = await place();
    expect(updateWorkspace(workspace, curriculum)).toMatchObject({
      updated: [],
      added: [],
      kept: [],
      absent: [],
      removed: [],
    });
  });

  test('replaces what the student left alone, adds what is new, keeps a copy', async () => {
    const { workspace } = await place();
    const result = updateWorkspace(workspace, newer());
    expect(result.updated).toEqual(['exercises/0-poc/01-queue/README.md', queuePath]);
    expect(result.added).toEqual(['exercises/kernel/clock.ts']);
    expect(read(workspace, queuePath)).toBe(newStub);
    expect(read(workspace, `${result.snapshot?.folder}/${queuePath}`)).toBe(queueStub);
    expect(updateWorkspace(workspace, newer())).toMatchObject({ updated: [], added: [] });
  });

  test('leaves a changed file alone, each time, and puts the new one beside', async () => {
    const { workspace } = await place();
    write(workspace, queuePath, 'mine\n');
    for (const _ of [1, 2]) {
      const { kept, updated } = updateWorkspace(workspace, newer());
      expect(kept.map(({ path }) => path)).toEqual([queuePath]);
      expect(updated).not.toContain(queuePath);
      expect(read(workspace, kept[0]?.offer ?? '')).toBe(newStub);
      expect(read(workspace, queuePath)).toBe('mine\n');
    }
    write(workspace, queuePath, queueStub);
    expect(updateWorkspace(workspace, newer()).updated).toEqual([queuePath]);
  });

  test('says nothing about a changed file that has no newer version', async () => {
    const { workspace, curriculum } = await place();
    write(workspace, queuePath, 'mine\n');
    expect(updateWorkspace(workspace, curriculum)).toMatchObject({ kept: [], updated: [] });
  });

  test('leaves deleted files deleted and lists them', async () => {
    const { workspace } = await place();
    rmSync(join(workspace.root, queuePath));
    expect(updateWorkspace(workspace, newer()).absent).toEqual([queuePath]);
    expect(existsSync(join(workspace.root, queuePath))).toBe(false);
  });

  test('never writes over a file that the student made where a new one goes', async () => {
    const { workspace } = await place();
    write(workspace, 'exercises/kernel/clock.ts', 'my own clock\n');
    expect(updateWorkspace(workspace, newer()).kept).toMatchObject([{ path: 'exercises/kernel/clock.ts' }]);
    expect(read(workspace, 'exercises/kernel/clock.ts')).toBe('my own clock\n');
  });

  test('removes what left the course, keeps a copy; what the student changed stays', async () => {
    const { workspace, curriculum } = await place();
    write(workspace, 'exercises/0-poc/02-store/store.ts', 'mine\n');
    const shorter = { ...curriculum, exercises: curriculum.exercises.slice(0, 1) };
    const result = updateWorkspace(workspace, shorter);
    expect(result.removed).toEqual(['exercises/0-poc/02-store/README.md']);
    expect(result.obsolete).toEqual(['exercises/0-poc/02-store/store.ts']);
    expect(read(workspace, result.snapshot?.copies[0]?.copy ?? '')).toBe('# The store\n');
  });

  test('follows no link out of the workspace', async () => {
    const { workspace } = await place();
    const outside = join(temporaryFolder(), 'elsewhere');
    renameSync(join(workspace.root, 'exercises/0-poc/01-queue'), outside);
    symlinkSync(outside, join(workspace.root, 'exercises/0-poc/01-queue'));
    const { blocked, updated } = updateWorkspace(workspace, newer());
    expect(blocked).toContain(queuePath);
    expect(updated).toEqual([]);
    expect(readFileSync(join(outside, 'queue.ts'), 'utf8')).toBe(queueStub);
  });

  test('without a manifest treats every differing file as changed', async () => {
    const { workspace } = await place();
    rmSync(join(workspace.state, 'installed.json'));
    const { kept, added } = updateWorkspace(workspace, newer());
    expect(kept.map(({ path }) => path)).toEqual(['exercises/0-poc/01-queue/README.md', queuePath]);
    expect(added).toEqual(['exercises/kernel/clock.ts']);
  });

  test('that is cut off anywhere is finished by the next one, and loses nothing', async () => {
    for (let nth = 1; ; nth++) {
      const { workspace } = await place();
      write(workspace, 'exercises/0-poc/02-store/store.ts', 'mine\n');
      let count = 0;
      const cutOff = (): void => {
        count += 1;
        if (count === nth) throw Object.assign(new Error('cut off'), { code: 'ENOSPC' });
      };
      const rename = (from: string, to: string): void => [cutOff(), realOps.rename(from, to)][1];
      const create = (path: string, mode: number): number =>
        [cutOff(), realOps.create(path, mode)][1] as number;
      const ops = { ...realOps, rename, create };
      let isWhole = true;
      try {
        updateWorkspace(workspace, newer(), ops);
      } catch {
        isWhole = false;
      }
      expect([queueStub, newStub]).toContain(read(workspace, queuePath));
      if (isWhole) return expect(nth).toBeGreaterThan(6);
      updateWorkspace(workspace, newer());
      expect(read(workspace, queuePath)).toBe(newStub);
      expect(read(workspace, 'exercises/0-poc/02-store/store.ts')).toBe('mine\n');
      expect(updateWorkspace(workspace, newer())).toMatchObject({ updated: [], added: [], kept: [] });
      mkdirSync(join(workspace.state, 'temporary'), { recursive: true });
      expect(readdirSync(join(workspace.state, 'temporary'))).toEqual([]);
    }
  });
});
