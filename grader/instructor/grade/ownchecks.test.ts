/** An instructor's checks beside craft's, or instead of them, with real judges; sealed where this machine can. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GradeReport } from '../../core/grading.ts';
import { packageRoot } from '../../core/paths.ts';
import { handIn } from '../../fixtures/class.ts';
import { gradeClass } from './index.ts';
import { readLedger } from './ledger.ts';

const folder = mkdtempSync(join(tmpdir(), 'craft own checks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  handIn(join(folder, 'class'), 'ada', 'right');
  handIn(join(folder, 'class'), 'lin', 'wrong');
});

function grade({ out, checks }: { readonly out: string; readonly checks: string }): Promise<GradeReport> {
  return gradeClass({
    input: join(folder, 'class'),
    out: join(folder, out),
    exercises: ['0.1'],
    checks,
    jobs: 2,
    gates: false,
    allowUnsealed: true,
    signal: new AbortController().signal,
  });
}

describe("an instructor's own checks", () => {
  const own = join(folder, 'own');
  const write = (name: string, text: string): void => {
    mkdirSync(join(own, '0-poc', '01-queue'), { recursive: true });
    writeFileSync(join(own, '0-poc', '01-queue', name), text);
  };
  // What the documentation shows, and a check that needs more.
  const course = readFileSync(join(packageRoot, 'docs', 'grading', 'course.md'), 'utf8');
  const shown = /```ts\n([\s\S]*?)```/.exec(course)?.[1] ?? '';
  const check = `${shown}
import { wanted } from './wanted.ts';

check('mine', 'a queue of one holds one', async ({ subject }) => {
  const driver = await subject.driver();
  expectEqual('pushes', await driver.call('pushes'), wanted, 'there is room for one');
});
`;
  const driver = `import { student } from '../../../harness/driver.ts';
const { BoundedQueue } =
  await student<typeof import('../../../../exercises/0-poc/01-queue/queue.ts')>('queue.ts');
export function pushes(): boolean[] {
  const queue = new BoundedQueue(1);
  return [queue.push('x'), queue.push('y')];
}
`;

  test('are used beside craft’s, or instead of them', async () => {
    write('behaviour.test.ts', check);
    write('driver.ts', driver);
    write('wanted.ts', 'export const wanted: readonly boolean[] = [true, false];\n');
    const beside = await grade({ out: 'beside', checks: own });
    const [ada, lin] = beside.students;
    expect(ada?.records[0]).toMatchObject({ verdict: 'PASSED', score: 8 });
    expect(ada?.records[0]?.checks).toHaveLength(18);
    expect(lin?.records[0]?.checks.at(-1)).toMatchObject({ id: 'mine', status: 'failed' });
    write('checks.json', '{ "checks": ["one", "mine"], "instead": true }');
    const instead = await grade({ out: 'instead', checks: own });
    expect(instead.students.map(({ score }) => score)).toEqual([8, 4]);
    expect(instead.students[0]?.records[0]?.checks.map(({ id }) => id)).toEqual(['one', 'mine']);
  });

  test('that are wrong are refused before anything is graded', async () => {
    write('checks.json', '{ "checks": [] }');
    await expect(grade({ out: 'refused', checks: own })).rejects.toMatchObject({ code: 'BAD_MANIFEST' });
    write('checks.json', '{ "checks": ["fifo"] }');
    await expect(grade({ out: 'refused', checks: own })).rejects.toThrow('the check "fifo" is there twice');
    write('checks.json', '{}');
    write('behaviour.test.ts', 'export {}}\n');
    await expect(grade({ out: 'refused', checks: own })).rejects.toThrow('checks.json');
    write('behaviour.test.ts', `${check}}\n`);
    await expect(grade({ out: 'refused', checks: own })).rejects.toThrow(
      /behaviour\.test\.ts\(\d+,1\): error/,
    );
    await expect(grade({ out: 'refused', checks: join(folder, 'class') })).rejects.toThrow(
      'behaviour.test.ts below it',
    );
    expect(readLedger(join(folder, 'refused')).records.size).toBe(0);
  });
});
