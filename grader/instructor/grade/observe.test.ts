import { describe, expect, test } from 'vitest';
import type { Attempt, CheckResult, GateResult, Verdict } from '../../core/types.ts';
import { loadCurriculum } from '../../curriculum/index.ts';
import { observe, type Part } from './observe.ts';

const [exercise] = loadCurriculum().exercises;
if (exercise === undefined) throw new Error('no exercises');
const passed: Verdict = { outcome: 'passed' };
const noise: Verdict = { outcome: 'inconclusive', stage: 'gate', code: 'INCONCLUSIVE', summary: 'noise' };
const wrong: Verdict = { outcome: 'failed', stage: 'behaviour', code: 'EXPECTATION', summary: 'wrong' };
const slow: Verdict = { outcome: 'failed', stage: 'gate', code: 'GATE_FAILED', summary: 'slow' };
const bug: Verdict = { outcome: 'error', code: 'INTERNAL', summary: 'a bug' };

type Saw = Partial<Pick<Attempt, 'checks' | 'gates'>> & { readonly verdict: Verdict };
const gate = (id: string, outcome: GateResult['outcome']): GateResult => ({ id, outcome }) as GateResult;
const check = (id: string): CheckResult => ({ id }) as CheckResult;

interface Watched {
  readonly parts: Part[];
  run(part: Part): Promise<Attempt>;
}

/** Gives these answers in turn, and keeps what it was asked. */
function pipeline(...answers: readonly Saw[]): Watched {
  const parts: Part[] = [];
  const run = async (part: Part): Promise<Attempt> => {
    const answer = answers[parts.length];
    parts.push(part);
    if (answer === undefined) throw new Error('asked too often');
    return { checks: [], gates: [], ...answer } as Saw as Attempt;
  };
  return { parts, run };
}

const ours = [{ checks: ['a'] }];
const both = [...ours, { directory: '/own', checks: ['mine'] }];

describe('a judge', () => {
  test('runs checks and gates at once, or checks alone', async () => {
    const whole = pipeline({ verdict: passed, checks: [check('a')], gates: [gate('g', 'passed')] });
    expect(await observe({ sets: ours, gates: ['g'] }, exercise, whole.run)).toEqual({
      verdict: passed,
      checks: [check('a')],
      gates: [gate('g', 'passed')],
      rounds: 1,
    });
    expect(whole.parts).toEqual([{ exercise: { ...exercise, gates: ['g'] } }]);
    const alone = pipeline({ verdict: wrong });
    expect(await observe({ sets: ours, gates: [] }, exercise, alone.run)).toMatchObject({ rounds: 0 });
    expect(alone.parts).toEqual([{ exercise, only: 'behaviour' }]);
  });

  test('holds a gate that noise has decided again, alone and in quiet, three times in all', async () => {
    const open = { verdict: noise, gates: [gate('g', 'inconclusive')] };
    const first = { verdict: noise, gates: [gate('f', 'passed'), gate('g', 'inconclusive')] };
    const won = pipeline(first, open, { verdict: passed, gates: [gate('g', 'passed')] });
    expect(await observe({ sets: ours, gates: ['f', 'g'] }, exercise, won.run)).toMatchObject({
      verdict: passed,
      gates: [gate('f', 'passed'), gate('g', 'passed')],
      rounds: 3,
    });
    const quiet = { exercise: { ...exercise, gates: ['g'] }, only: 'gate', quiet: true };
    expect(won.parts.slice(1)).toEqual([quiet, quiet]);
    const never = pipeline(first, open, open);
    expect(await observe({ sets: ours, gates: ['f', 'g'] }, exercise, never.run)).toMatchObject({
      verdict: noise,
      gates: [gate('f', 'passed'), gate('g', 'inconclusive')],
      rounds: 3,
    });
  });

  test('lets a gate that has failed stay so, whatever becomes of another', async () => {
    const first = { verdict: slow, gates: [gate('f', 'failed'), gate('g', 'inconclusive')] };
    const seen = pipeline(first, { verdict: passed, gates: [gate('g', 'passed')] });
    expect(await observe({ sets: ours, gates: ['f', 'g'] }, exercise, seen.run)).toMatchObject({
      verdict: slow,
      gates: [gate('f', 'failed'), gate('g', 'passed')],
    });
  });

  test('runs an instructor’s checks after ours, and gates when all of them passed', async () => {
    const all = pipeline(
      { verdict: passed, checks: [check('a')] },
      { verdict: passed, checks: [check('mine')] },
      { verdict: passed, gates: [gate('g', 'passed')] },
    );
    const seen = await observe({ sets: both, gates: ['g'] }, exercise, all.run);
    expect(seen).toMatchObject({ verdict: passed, checks: [check('a'), check('mine')], rounds: 1 });
    expect(all.parts).toEqual([
      { exercise: { ...exercise, checks: ['a'] }, only: 'behaviour' },
      { exercise: { ...exercise, checks: ['mine'] }, only: 'behaviour', directory: '/own' },
      { exercise: { ...exercise, gates: ['g'] }, only: 'gate' },
    ]);
    const some = pipeline({ verdict: wrong }, { verdict: passed });
    expect(await observe({ sets: both, gates: ['g'] }, exercise, some.run)).toMatchObject({ verdict: wrong });
  });

  test('stops where nothing more can be learnt, and where its own checks are broken', async () => {
    const early: Verdict = { outcome: 'failed', stage: 'compile', code: 'COMPILE_ERROR', summary: 'no' };
    const broken = pipeline({ verdict: early });
    expect(await observe({ sets: both, gates: [] }, exercise, broken.run)).toMatchObject({ verdict: early });
    const ill = pipeline({ verdict: wrong }, { verdict: bug });
    expect(await observe({ sets: both, gates: ['g'] }, exercise, ill.run)).toMatchObject({ verdict: bug });
  });
});
