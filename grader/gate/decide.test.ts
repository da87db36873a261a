/** The rules at their edges; `truth.test.ts` has the statistics. */
import { describe, expect, test } from 'vitest';
import { decideAbs, headroom } from './abs.ts';
import { decideExponent, exponentRule } from './exponent.ts';
import { decideHttp, type HttpLaunch, type HttpSample, httpRule } from './httprule.ts';
import { cpuRule, decideRatio, pairOrder, type RatioLaunch } from './ratio.ts';
import { logSlope, median, secondLowest, short } from './statistics.ts';

const times = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('a ratio', () => {
  const launch = (ratio: number, halves = 1): RatioLaunch => ({
    student: times(8).map(() => 20 * ratio),
    yardstick: times(8).map((i) => (i < 4 ? 20 : 20 * halves)),
  });
  const decide = (launches: RatioLaunch[], limit = 1.5) => decideRatio(launches, limit, cpuRule);

  test('needs three launches', () => {
    expect(decide([launch(1)])).toBeUndefined();
    expect(decide([launch(1), launch(1)])).toBeUndefined();
    expect(decide(times(3).map(() => launch(1)))).toEqual({ outcome: 'passed', measured: 1 });
    expect(decide(times(3).map(() => launch(2)))).toEqual({ outcome: 'failed', measured: 2 });
  });

  test('goes by the median launch', () => {
    expect(decide([launch(1), launch(1.2), launch(1.1)])).toMatchObject({ outcome: 'passed', measured: 1.1 });
  });

  test('near the limit asks for five, then seven launches, then gives no verdict', () => {
    const near = (n: number) => decide(times(n).map(() => launch(1.49)));
    expect(near(3)).toBeUndefined();
    expect(near(5)).toBeUndefined();
    expect(near(7)).toMatchObject({ outcome: 'inconclusive', measured: 1.49 });
    expect(near(7)?.reason).toContain('too near the limit of 1.5');
  });

  test('on a machine that moved wants all launches to agree, or to be further off than it moved', () => {
    const moved = (...ratios: number[]) => decide(ratios.map((ratio) => launch(ratio, 1.3)));
    expect(moved(1, 1.1, 0.9)).toMatchObject({ outcome: 'passed' });
    expect(moved(2, 2.1, 2.2)).toMatchObject({ outcome: 'failed' });
    expect(moved(1, 1, 1.1)).toMatchObject({ outcome: 'passed' });
    expect(moved(1.3, 1.3, 1.6)).toBeUndefined();
    const torn = moved(1.3, 1.3, 1.3, 1.3, 1.3, 1.3, 1.6);
    expect(torn).toMatchObject({ outcome: 'inconclusive', measured: 1.3 });
    expect(torn?.reason).toContain("this machine's timings moved by 30 %");
    expect(decide([launch(1.3), launch(1.3), launch(1.6)])).toMatchObject({ outcome: 'passed' });
  });

  test('is not taken from launches that differ widely', () => {
    expect(decide([2.5, 1, 2.5].map((ratio) => launch(ratio)))).toBeUndefined();
    expect(decide([2.5, 1, 2.5, 1, 1].map((ratio) => launch(ratio)))).toBeUndefined();
  });

  test('lets neither side always go first', () => {
    expect(
      times(4)
        .flatMap(pairOrder)
        .map((side) => side[0])
        .join(''),
    ).toBe('yssyyssy');
  });
});

describe('a server ratio', () => {
  const sample = (change: Partial<HttpSample> = {}): HttpSample => ({
    requests: 5_000,
    ms: 150,
    cpuMs: 145,
    clientCpuMs: 60,
    ...change,
  });
  const decide = (student: HttpSample, yardstick = sample(), n = 7) =>
    decideHttp(
      times(n).map(
        (): HttpLaunch => ({
          student: times(8).map(() => student),
          yardstick: times(8).map(() => yardstick),
        }),
      ),
      1.5,
      httpRule,
    );

  test('goes by CPU time per request', () => {
    expect(decide(sample(), sample(), 3)).toMatchObject({ outcome: 'passed', measured: 1 });
    expect(decide(sample({ requests: 2_500 }), sample(), 3)).toMatchObject({
      outcome: 'failed',
      measured: 2,
    });
  });

  const faster = (factor: number) => sample({ requests: Math.round(5_000 * factor) });

  test('passes after one launch when it is clear, after two when it is nearly so', () => {
    expect(decide(faster(1), sample(), 1)).toMatchObject({ outcome: 'passed' });
    expect(decide(faster(1 / 1.2), sample(), 1)).toBeUndefined();
    expect(decide(faster(1 / 1.2), sample(), 2)).toMatchObject({ outcome: 'passed' });
    expect(decide(faster(1 / 1.35), sample(), 2)).toBeUndefined();
  });

  test('never fails after one launch, and after two only when both are clear', () => {
    expect(decide(faster(1 / 4), sample(), 1)).toBeUndefined();
    expect(decide(faster(1 / 2), sample(), 2)).toMatchObject({ outcome: 'failed', measured: 2 });
    const [clear, good] = [4, 1].map(
      (factor): HttpLaunch => ({
        student: times(8).map(() => faster(1 / factor)),
        yardstick: times(8).map(() => sample()),
      }),
    );
    expect(decideHttp([clear, good] as HttpLaunch[], 1.5, httpRule)).toBeUndefined();
  });

  test('is not taken from one launch whose machine moved, or whose server is slower than it costs', () => {
    const yardstick = times(8).map((i) => sample({ requests: i < 4 ? 5_000 : 3_000 }));
    const moved: HttpLaunch = { student: times(8).map(() => sample()), yardstick };
    expect(decideHttp([moved], 1.5, httpRule)).toBeUndefined();
    expect(decide(sample({ requests: 3_000, cpuMs: 87 }), sample(), 1)).toBeUndefined();
  });

  test('has wider margins than CPU-bound work', () => {
    const near = sample({ requests: Math.round(5_000 / 1.4) });
    expect(decide(near, sample(), 3)).toBeUndefined();
    expect(decide(near)).toMatchObject({ outcome: 'inconclusive' });
  });

  test('fails a server that waits although its CPU time is low', () => {
    expect(decide(sample({ requests: 500, cpuMs: 14.5 }))).toMatchObject({ outcome: 'failed', measured: 1 });
  });

  test('gives no verdict when the load client was the limit of the yardstick only', () => {
    const full = sample({ requests: 5_000, cpuMs: 75, clientCpuMs: 148 });
    const decision = decide(sample({ requests: 3_000, cpuMs: 45 }), full);
    expect(decision).toMatchObject({ outcome: 'inconclusive' });
    expect(decision?.reason).toContain('load client was the limit');
  });

  test('passes a server so fast that the client is the limit', () => {
    expect(decide(sample({ requests: 7_000, cpuMs: 75, clientCpuMs: 148 }))).toMatchObject({
      outcome: 'passed',
    });
  });
});

describe('an exponent', () => {
  const sizes = [1, 2, 4, 8];
  const decide = (rounds: number, power: number, noise = 1) =>
    decideExponent(
      sizes,
      sizes.map((size, i) =>
        times(rounds).map((round) => size ** power * (i === 3 && round > 0 ? noise : 1)),
      ),
      1.35,
      exponentRule,
    );

  test('is the slope over all four sizes', () => {
    expect(decide(5, 1)).toMatchObject({ outcome: 'passed' });
    expect(decide(5, 2)).toMatchObject({ outcome: 'failed' });
    expect(logSlope([1, 2, 4, 8], [3, 12, 48, 192])).toBeCloseTo(2);
  });

  test('between clear cases takes more rounds', () => {
    expect(decide(5, 1.2)).toBeUndefined();
    expect(decide(9, 1.2)).toMatchObject({ outcome: 'passed' });
  });

  test('gives no verdict where the lowest and the second lowest times disagree', () => {
    expect(decide(15, 1.1, 2)).toMatchObject({ outcome: 'inconclusive' });
  });
});

describe('a figure', () => {
  const gate = { limit: 200, unit: 'requests/s', better: 'higher' } as const;

  test('goes by the best round', () => {
    const decision = decideAbs(
      gate,
      [90, 250, 120].map((value) => ({ value, contention: 1 })),
    );
    expect(decision).toMatchObject({ outcome: 'passed', measured: 250 });
  });

  test('that is missed on a busy machine gives no verdict', () => {
    expect(decideAbs(gate, [{ value: 90, contention: 2.1 }])).toMatchObject({ outcome: 'inconclusive' });
    expect(decideAbs(gate, [{ value: 90, contention: 1.1 }])).toMatchObject({ outcome: 'failed' });
  });

  test('needs three times the limit as a reference', () => {
    expect(headroom({ ...gate, reference: '1,200 requests/s (2-core EPYC VM)' })).toBe(6);
    expect(headroom({ limit: 30, better: 'lower', reference: '10 ms (2-core EPYC VM)' })).toBe(3);
    expect(headroom({ ...gate, reference: 'fast' })).toBeUndefined();
  });
});

test('statistics', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(secondLowest([5, 1, 3])).toBe(3);
  expect(secondLowest([5])).toBe(5);
  expect([1234.5, 1.2345, 0.012345, 12].map(short)).toEqual(['1235', '1.23', '0.012', '12']);
});
