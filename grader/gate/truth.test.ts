/** The rules against timings whose truth is known: no wrong verdict in 1,000 seeds, whatever the machine does. */
import { describe, expect, test, vi } from 'vitest';
import { deriveSeed } from '../core/random.ts';
import {
  cpuWeathers,
  httpWeathers,
  syntheticHttpLaunch,
  syntheticLaunch,
  syntheticRounds,
  type Weather,
} from '../fixtures/gate/noise-model.ts';
import { type AbsSample, decideAbs } from './abs.ts';
import type { Decision } from './decision.ts';
import { decideExponent, exponentRule } from './exponent.ts';
import { decideHttp, httpRule } from './httprule.ts';
import { cpuRule, decideRatio, launchRatio } from './ratio.ts';
import { lowest } from './statistics.ts';

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 120_000 });

const seeds = 1_000;

interface Tally {
  passed: number;
  failed: number;
  inconclusive: number;
}

function tally(verdict: (seed: string) => Decision['outcome']): Tally {
  const counts: Tally = { passed: 0, failed: 0, inconclusive: 0 };
  for (let i = 0; i < seeds; i++) counts[verdict(deriveSeed('truth', String(i)))]++;
  return counts;
}

const reports: string[] = [];
function expectNone(what: string, wrong: 'passed' | 'failed', counts: Tally): void {
  reports.push(`${what}: inconclusive ${((counts.inconclusive / seeds) * 100).toFixed(1)} %`);
  expect(counts[wrong], `${what}: wrong verdicts`).toBe(0);
}

/** Launches until the rule is content, as the real gate does. */
function untilDecided<T>(launch: (index: number) => T, decide: (launches: T[]) => Decision | undefined) {
  const launches: T[] = [];
  for (;;) {
    launches.push(launch(launches.length));
    const decision = decide(launches);
    if (decision !== undefined) return decision.outcome;
  }
}

const ratio = (seed: string, weather: Weather, truth: number, limit: number) =>
  untilDecided(
    (i) => syntheticLaunch(deriveSeed(seed, String(i)), weather, truth),
    (launches) => decideRatio(launches, limit, cpuRule),
  );

const http = (seed: string, weather: Weather, truth: number, limit: number, waiting = 1) =>
  untilDecided(
    (i) => syntheticHttpLaunch(deriveSeed(seed, String(i)), weather, truth, waiting),
    (launches) => decideHttp(launches, limit, httpRule),
  );

const sizes = [20_000, 40_000, 80_000, 160_000] as const;
const costs = {
  linear: (size: number) => size / 5_000,
  'n log n': (size: number) => (size * Math.log2(size)) / 70_000,
  quadratic: (size: number) => size ** 2 / 1e8,
  'half linear, half quadratic': (size: number) => size / 5_000 + size ** 2 / 1e8,
};

const exponent = (seed: string, weather: Weather, cost: (size: number) => number) =>
  untilDecided(
    () => 0,
    (rounds) =>
      decideExponent(sizes, syntheticRounds(seed, weather, sizes, cost, rounds.length), 1.35, exponentRule),
  );

describe.each(cpuWeathers)('a CPU ratio, $name', (weather) => {
  test.each([
    { limit: 1.17, good: [1, 1.1], bad: [1.25, 2] },
    { limit: 1.5, good: [1, 1.25], bad: [2] },
    { limit: 0.25, good: [0.083], bad: [0.5, 1] },
  ])('limit $limit', ({ limit, good, bad }) => {
    for (const truth of good) {
      expectNone(
        `ratio ${truth}, limit ${limit}, ${weather.name}`,
        'failed',
        tally((seed) => ratio(seed, weather, truth, limit)),
      );
    }
    for (const truth of bad) {
      expectNone(
        `ratio ${truth}, limit ${limit}, ${weather.name}`,
        'passed',
        tally((seed) => ratio(seed, weather, truth, limit)),
      );
    }
  });
});

describe.each(httpWeathers)('a server ratio, $name', (weather) => {
  test('limit 1.5', () => {
    for (const truth of [1, 1.2]) {
      expectNone(
        `server ${truth}, limit 1.5, ${weather.name}`,
        'failed',
        tally((seed) => http(seed, weather, truth, 1.5)),
      );
    }
    for (const truth of [1.8, 2]) {
      expectNone(
        `server ${truth}, limit 1.5, ${weather.name}`,
        'passed',
        tally((seed) => http(seed, weather, truth, 1.5)),
      );
    }
  });

  test('a server that waits is not saved by its low CPU time', () => {
    const counts = tally((seed) => http(seed, weather, 1, 1.5, 3));
    expectNone(`server 1.0 that takes 3 times as long, limit 1.5, ${weather.name}`, 'passed', counts);
  });
});

describe.each(cpuWeathers)('an exponent, $name', (weather) => {
  test.each(['linear', 'n log n'] as const)('%s work does not fail', (name) => {
    expectNone(
      `${name}, ${weather.name}`,
      'failed',
      tally((seed) => exponent(seed, weather, costs[name])),
    );
  });
  test.each(['quadratic', 'half linear, half quadratic'] as const)('%s work does not pass', (name) => {
    expectNone(
      `${name}, ${weather.name}`,
      'passed',
      tally((seed) => exponent(seed, weather, costs[name])),
    );
  });
});

describe('a figure with 3x headroom', () => {
  const samples = (seed: string, weather: Weather, truth: number): AbsSample[] => {
    const { yardstick } = syntheticLaunch(seed, weather, 1, 5);
    return yardstick.map((ms) => ({ value: (truth * 20) / ms, contention: ms / 20 }));
  };
  test.each(cpuWeathers)('$name', (weather) => {
    const gate = { limit: 200, unit: 'requests/s', better: 'higher' } as const;
    const verdict = (truth: number) => (seed: string) =>
      decideAbs(gate, samples(seed, weather, truth)).outcome;
    expectNone(`600/s, limit 200/s, ${weather.name}`, 'failed', tally(verdict(600)));
    expectNone(`120/s, limit 200/s, ${weather.name}`, 'passed', tally(verdict(120)));
  });
});

describe('this test can fail: simpler rules do give wrong verdicts on the same timings', () => {
  const busy = cpuWeathers.find((weather) => weather.name === 'bursts') as Weather;
  const outcome = (value: number, limit: number) => (value <= limit ? 'passed' : 'failed');

  test('one pair', () => {
    const onePair = (seed: string, truth: number) => {
      const { student, yardstick } = syntheticLaunch(seed, busy, truth);
      return outcome((student[0] ?? 0) / (yardstick[0] ?? 1), 1.17);
    };
    expect(tally((seed) => onePair(seed, 1)).failed).toBeGreaterThan(seeds / 50);
    expect(tally((seed) => onePair(seed, 1.25)).passed).toBeGreaterThan(seeds / 50);
  });

  test('one launch of a server at a limit of 1.17', () => {
    const server = httpWeathers.find((weather) => weather.name === 'quiet') as Weather;
    const oneLaunch = (seed: string) => outcome(launchRatio(syntheticLaunch(seed, server, 1.07)), 1.17);
    expect(tally(oneLaunch).failed).toBeGreaterThan(seeds / 50);
  });

  test('an absolute limit on the time of one sample', () => {
    const oneSample = (seed: string) => outcome(lowest(syntheticLaunch(seed, busy, 1, 1).student), 20 * 1.17);
    expect(tally(oneSample).failed).toBeGreaterThan(seeds / 50);
  });

  test('the exponent of the last doubling of one round', () => {
    const lastDoubling = (seed: string) => {
      const [, , third = [], fourth = []] = syntheticRounds(seed, busy, sizes, costs.linear, 1);
      return outcome(Math.log2((fourth[0] ?? 0) / (third[0] ?? 1)), 1.35);
    };
    expect(tally(lastDoubling).failed).toBeGreaterThan(seeds / 50);
  });
});

test('the share of inconclusive verdicts is printed', ({ annotate }) => {
  expect(reports.length).toBeGreaterThan(0);
  const interesting = reports.filter((line) => !line.endsWith(' 0.0 %'));
  process.stdout.write(
    `${reports.length} cases x ${seeds} seeds; inconclusive in more than 0.0 % of verdicts:\n${interesting.join('\n')}\n`,
  );
  return annotate(`${reports.length} cases`);
});
