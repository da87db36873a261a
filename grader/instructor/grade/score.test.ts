import { describe, expect, test } from 'vitest';
import { errorCodes, exitCodeOf } from '../../core/errors.ts';
import type { CheckResult, GateResult, Verdict } from '../../core/types.ts';
import { shares, splitPoints, sumPoints } from './points.ts';
import { type GateClaim, type Observation, type ScoreManifest, score } from './score.ts';
import { gradeVerdict } from './verdicts.ts';

const seed = '0badcafe';
const ids = ['one', 'two', 'three'];
const claim: GateClaim = {
  id: 'fast',
  title: 'it is fast',
  kind: 'exponent',
  limit: 1.35,
  unit: 'exponent',
  better: 'lower',
};
const manifest: ScoreManifest = { checks: ids, gates: [claim], points: splitPoints(10, true) };

const passed = (id: string): CheckResult => ({ id, title: `says ${id}`, status: 'passed', ms: 1, seed: id });
const failed = (id: string, summary = 'wrong'): CheckResult => ({
  ...passed(id),
  status: 'failed',
  failure: { code: 'EXPECTATION', summary, expected: '1', received: '2', cause: 'arithmetic' },
});
const gate = (outcome: GateResult['outcome'], measured: number | null = 1): GateResult => ({
  ...claim,
  outcome,
  measured,
  reference: '',
  advice: '',
  ms: 5,
});
const wrong = (
  code: Parameters<typeof exitCodeOf>[0],
  stage: 'compile' | 'rules' | 'behaviour' | 'gate',
): Verdict => ({
  outcome: 'failed',
  stage,
  code,
  summary: `it is ${code}`,
});
const seen = (verdict: Verdict, checks: CheckResult[], gates: GateResult[] = []): Observation => ({
  verdict,
  checks,
  gates,
  rounds: gates.length > 0 ? 1 : 0,
});
const all = ids.map(passed);

describe('points', () => {
  test('of an exercise are a fifth for gates, and shares add up to the hundredth', () => {
    expect(splitPoints(10, true)).toEqual({ checks: 8, gates: 2 });
    expect(splitPoints(10, false)).toEqual({ checks: 10, gates: 0 });
    for (const count of [1, 3, 7, 16, 17, 23]) {
      expect(sumPoints(shares(8, count))).toBe(8);
      expect(Math.max(...shares(8, count)) - Math.min(...shares(8, count))).toBeLessThan(0.011);
    }
  });
});

describe('a score', () => {
  test('is full when everything passed', () => {
    const scored = score(manifest, seen({ outcome: 'passed' }, all, [gate('passed')]), seed);
    expect(scored).toMatchObject({ verdict: 'PASSED', score: 10, maxScore: 10 });
    expect(scored?.reason).toBe('All 3 checks and the gate passed.');
  });

  test('gives each check its share, and nothing for a gate that was not reached', () => {
    const checks = [passed('one'), failed('two'), passed('three')];
    const scored = score(manifest, seen(wrong('EXPECTATION', 'behaviour'), checks), seed);
    expect(scored).toMatchObject({ verdict: 'TEST_FAIL', score: 5.33, maxScore: 10 });
    expect(scored?.checks.map(({ points }) => points)).toEqual([2.67, 0, 2.66]);
    expect(scored?.gates[0]).toMatchObject({
      status: 'not reached',
      points: 0,
      maxPoints: 2,
      title: 'it is fast',
    });
    expect(scored?.checks[1]?.message).toBe('wrong\nexpected: 1\nreceived: 2\nlikely: arithmetic');
  });

  test('counts a check that did not run as not reached', () => {
    const scored = score(manifest, seen(wrong('EXITED', 'behaviour'), [passed('one')]), seed);
    expect(scored).toMatchObject({ verdict: 'CRASHED', score: 2.67, maxScore: 10 });
    expect(scored?.checks.map(({ status }) => status)).toEqual(['passed', 'not reached', 'not reached']);
    expect(scored?.checks[2]).toMatchObject({ title: 'three', seed });
  });

  test('ignores checks and gates that nobody asked for', () => {
    const extra = seen(
      { outcome: 'passed' },
      [...all, passed('four')],
      [gate('passed'), { ...gate('passed'), id: 'x' }],
    );
    expect(score(manifest, extra, seed)).toMatchObject({ score: 10, maxScore: 10 });
  });

  test('takes the points of a gate away when it failed, and out of the count when noise decided', () => {
    const slow = score(manifest, seen(wrong('GATE_FAILED', 'gate'), all, [gate('failed', 2.1)]), seed);
    expect(slow).toMatchObject({ verdict: 'PERF_FAIL', score: 8, maxScore: 10 });
    const noise: Verdict = { outcome: 'inconclusive', stage: 'gate', code: 'INCONCLUSIVE', summary: 'noise' };
    const unsure = score(manifest, seen(noise, all, [gate('inconclusive', null)]), seed);
    expect(unsure).toMatchObject({ verdict: 'PERF_UNSURE', score: 8, maxScore: 8 });
    expect(unsure?.gates[0]).toMatchObject({ status: 'ungraded', maxPoints: 0, measured: null });
  });

  test('is nothing for a program that is not what was read, whatever its checks said', () => {
    const scored = score(manifest, seen(wrong('FORBIDDEN_API', 'rules'), all, [gate('passed')]), seed);
    expect(scored).toMatchObject({ verdict: 'FORBIDDEN', score: 0, maxScore: 10 });
  });

  test('is none when the judge failed', () => {
    const verdict: Verdict = { outcome: 'error', code: 'INTERNAL', summary: 'a bug' };
    expect(score(manifest, seen(verdict, all), seed)).toBeUndefined();
  });

  test('is the same for the same observation', () => {
    const observation = seen(wrong('EXPECTATION', 'behaviour'), [passed('one'), failed('two')]);
    expect(score(manifest, observation, seed)).toEqual(score(manifest, structuredClone(observation), seed));
  });

  test('carries text of students only clean, and not for ever', () => {
    const nasty = `\u001b[2J\u001b]52;c;ZXZpbA==\u0007forged\u202e${'x'.repeat(20_000)}`;
    const summary = { ...wrong('EXPECTATION', 'behaviour'), summary: nasty } as Verdict;
    const scored = score(manifest, seen(summary, [failed('one', nasty)]), seed);
    const message = scored?.checks[0]?.message ?? '';
    expect(message.startsWith('forgedxxx')).toBe(true);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8_192);
    expect(scored?.reason.startsWith('forgedxxx')).toBe(true);
    expect(scored?.reason.length).toBeLessThanOrEqual(300);
  });
});

describe('verdicts', () => {
  test('every code about the work has one, and no code about the judge but noise', () => {
    // About the work of those who teach, which nobody grades.
    const ofAuthors: readonly string[] = ['UNPROVED', 'STARTER_SOLVED', 'WOULD_LEAK'];
    for (const code of errorCodes) {
      const isGraded = (exitCodeOf(code) === 1 || code === 'INCONCLUSIVE') && !ofAuthors.includes(code);
      expect([code, gradeVerdict(wrong(code, 'behaviour')) !== undefined]).toEqual([code, isGraded]);
    }
  });

  test('what the compiler cannot take is a compile error', () => {
    expect(gradeVerdict(wrong('MEMORY_LIMIT', 'compile'))).toBe('COMPILE_ERROR');
    expect(gradeVerdict(wrong('COMPILE_TIMEOUT', 'compile'))).toBe('COMPILE_ERROR');
    expect(gradeVerdict(wrong('FILE_MISSING', 'compile'))).toBe('MISSING');
    expect(gradeVerdict(wrong('MEMORY_LIMIT', 'behaviour'))).toBe('MEMORY_LIMIT');
  });

  test('advice for a workspace is left out', () => {
    const summary = 'exercises/a/b.ts is not there. Put it back with: npx craft reset 0.1';
    const missing = { ...wrong('FILE_MISSING', 'compile'), summary } as Verdict;
    expect(score(manifest, seen(missing, []), seed)?.reason).toBe('exercises/a/b.ts was not handed in.');
  });
});
