import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../core/paths.ts';
import type { Attempt } from '../core/types.ts';
import { hostileSubmissions } from '../fixtures/hostile/submissions.ts';
import { survivors } from '../fixtures/survivors.ts';

const craft = join(packageRoot, 'dist', 'bin', 'craft.js');
const stub = join('exercises', '0-poc', '01-queue', 'queue.ts');
const solution = readFileSync(join(packageRoot, 'solutions', '0-poc', '01-queue', 'queue.ts'), 'utf8');

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'craft-submissions-'));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('a hostile submission', () => {
  test.each(hostileSubmissions)('$name: $expected', async ({ name, edit, files = {}, expected }) => {
    const root = join(parent, name.replaceAll(' ', '-'));
    await execa('node', [craft, 'init', root]);
    for (const [path, text] of Object.entries({ ...files, [stub]: edit(solution) })) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    // Behaviour is enough: a gate is never held for work that failed before it.
    const only = expected === 'PASSED' ? ['--only', 'behaviour'] : [];
    const run = await execa('node', [craft, 'verify', '0.1', '--json', ...only], {
      cwd: root,
      reject: false,
      env: { TMPDIR: parent },
    });
    expect(survivors(parent)).toEqual([]);
    const attempt: Attempt = JSON.parse(run.stdout);
    const { verdict } = attempt;
    if (expected === 'PASSED') {
      expect(verdict).toEqual({ outcome: 'passed' });
      expect(run.exitCode).toBe(0);
      return;
    }
    expect(verdict).toMatchObject({ outcome: 'failed', code: expected });
    if (verdict.outcome !== 'failed') throw new Error('unreachable');
    expect(verdict.summary.split('\n')).toHaveLength(1);
    expect(run.exitCode).toBe(1);
    const list = await execa('node', [craft, 'list', '--json'], { cwd: root });
    expect(list.stdout).not.toContain('"status": "passed"');
    expect(list.stdout).not.toContain('"status":"passed"');
  });
});
