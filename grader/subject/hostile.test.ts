import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import type { Build, Exercise } from '../core/types.ts';
import { hostileModules } from '../fixtures/hostile/processes.ts';
import { survivors } from '../fixtures/survivors.ts';
import { type Subject, SubjectError, startSubject } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'craft-hostile-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A build of one module, attack.js, that no compiler has seen. */
function buildOf(source: string): Build {
  // Nothing is refused here: the process itself must hold.
  const allow = ['node:child_process'];
  const exercise = { id: '0-poc/01-attack', forbid: [] as const, allow } as unknown as Exercise;
  const folder = join(root, 'output', 'exercises', exercise.id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(root, 'output', 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'attack.js'), source);
  return { exercise, source: join(root, 'source'), output: join(root, 'output'), files: [] };
}

async function verdictOn(subject: Subject, withinMs = 2_000): Promise<SubjectError | unknown> {
  try {
    const module = await subject.load('attack.ts');
    const value = await module.callWithin(withinMs, 'attack');
    await subject.settle();
    return value;
  } catch (error) {
    return error;
  }
}

describe('a hostile student', () => {
  test.each(hostileModules)('$name: $expected', async ({ source, expected, line, withinMs }) => {
    const subject = await startSubject({ build: buildOf(source) });
    const { scratch } = subject;
    const result = await verdictOn(subject, withinMs);
    await subject.shutdown();
    await subject.exit;
    if (expected === 'HARMLESS') {
      expect(result).toSatisfy((value) => value === 42 || value === 41);
    } else {
      expect(result).toBeInstanceOf(SubjectError);
      const error = result as SubjectError;
      expect(error.message).toMatch(line);
      expect(error.message.split('\n')).toHaveLength(1);
      expect(error.code).toBe(expected);
    }
    expect(survivors(scratch)).toEqual([]);
  });

  test('sees no secret of its parent', async () => {
    process.env.CRAFT_TEST_SECRET = 'hunter2';
    const subject = await startSubject({
      build: buildOf('export const attack = () => ({ ...process.env });'),
    });
    try {
      expect(await verdictOn(subject)).not.toHaveProperty('CRAFT_TEST_SECRET');
    } finally {
      delete process.env.CRAFT_TEST_SECRET;
      await subject.shutdown();
    }
  });

  test('cannot bend the CPU time that is measured', async () => {
    // Work, not time: on a busy machine a while is not much CPU time.
    const burn = 'let sum = 0; for (let i = 0; i < 400_000_000; i++) sum += i;';
    const source = `process.cpuUsage = () => ({ user: 0, system: 0 }); Date.now = () => 0; performance.now = () => 0;
      export function attack() { ${burn} return 42; }`;
    const subject = await startSubject({ build: buildOf(source) });
    try {
      const before = await subject.cpuMs();
      await verdictOn(subject, 30_000);
      expect((await subject.cpuMs()) - before).toBeGreaterThan(50);
    } finally {
      await subject.shutdown();
    }
  });

  // The kernel does not hold root to this limit, so root becomes somebody else.
  test.skipIf(process.platform !== 'linux')(
    'cannot have threads without end, when its user is not root',
    async (context) => {
      const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
      const limits = "readFileSync('/proc/self/limits', 'utf8')";
      const source = `import { readFileSync } from 'node:fs'; export const attack = () => /Max processes +(\\S+)/.exec(${limits})[1];`;
      const { output } = buildOf(source);
      chmodSync(root, 0o755);
      const script = join(packageRoot, 'grader', 'fixtures', 'hostile', 'attack.mjs');
      const run = await execa(process.execPath, [script, join(packageRoot, 'dist'), output], {
        reject: false,
        ...nobody,
        env: { TMPDIR: tmpdir() },
      });
      if (/EACCES|ERR_MODULE_NOT_FOUND/.test(run.stderr))
        context.skip('this clone is readable by its owner only');
      // 512 more than the machine has now.
      expect(Number(run.stdout)).toBeGreaterThan(512);
      expect(Number(run.stdout)).toBeLessThan(10_000);
    },
  );
});
