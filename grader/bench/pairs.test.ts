/** Ratios of pairs: known values, and 1,000 comparisons whose truth is known. */
import { describe, expect, test } from 'vitest';
import { createRandom, deriveSeed, type Random } from '../core/random.ts';
import { ratioOf, studentT } from './pairs.ts';

describe('the ratio of pairs', () => {
  test('by hand: logs of 0 and ln 4 have the mean ln 2, and a standard error of ln 2', () => {
    const ratio = ratioOf([
      [3, 3],
      [8, 2],
    ]);
    expect(ratio?.value).toBeCloseTo(2, 12);
    expect(ratio?.low).toBeCloseTo(2 / 2 ** 12.706, 12);
    expect(ratio?.high).toBeCloseTo(2 * 2 ** 12.706, 6);
  });

  test('is sure when all pairs agree, whatever the machine did between them', () => {
    const ratio = ratioOf([30, 10, 500].map((speed) => [speed * 1.5, speed]));
    expect(ratio?.value).toBeCloseTo(1.5, 12);
    expect(ratio?.low).toBeCloseTo(1.5, 12);
    expect(ratio?.high).toBeCloseTo(1.5, 12);
  });

  test('turned round is the reciprocal, with its interval', () => {
    const pairs = [
      [5, 4],
      [9, 8],
      [7, 5],
    ] as const;
    const there = ratioOf(pairs);
    const back = ratioOf(pairs.map(([a, b]) => [b, a]));
    expect((there?.value ?? 0) * (back?.value ?? 0)).toBeCloseTo(1, 12);
    expect((there?.low ?? 0) * (back?.high ?? 0)).toBeCloseTo(1, 12);
  });

  test('of one pair, of none, or with a 0 in it is no ratio', () => {
    expect(ratioOf([])).toBeNull();
    expect(ratioOf([[2, 1]])).toBeNull();
    expect(ratioOf([[2, 1], [0, 1]])).toBeNull(); // biome-ignore format: one line
    expect(ratioOf([[2, 1], [1, 0]])).toBeNull(); // biome-ignore format: one line
  });

  test("Student's t: from the table, and beyond it", () => {
    expect(studentT(1)).toBe(12.706);
    expect(studentT(7)).toBe(2.365);
    expect(studentT(30)).toBe(2.042);
    expect(studentT(40)).toBeCloseTo(2.021, 3);
    expect(studentT(100)).toBeCloseTo(1.984, 3);
    expect(studentT(1e6)).toBeCloseTo(1.96, 3);
  });
});

/** Box and Muller's. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** One comparison of a server `truth` times as fast as the other, in this weather: logs of what a turn is worth. */
type Weather = (random: Random, turn: number) => number;
function simulated(seed: string, truth: number, rounds: number, weather: Weather) {
  const random = createRandom(seed);
  const pairs = Array.from({ length: rounds }, (_, round): [number, number] => {
    const turns = [0, 1].map((place) => Math.exp(weather(random, 2 * round + place)));
    const [first = 1, second = 1] = turns;
    return round % 2 === 0 ? [truth * first, second] : [truth * second, first];
  });
  const ratio = ratioOf(pairs);
  if (ratio === null) throw new Error('no ratio');
  return ratio;
}

describe('of 1,000 comparisons whose truth is known', () => {
  const still: Weather = (random) => 0.05 * normal(random);
  const coverage = (weather: Weather, truth = 1.3): number => {
    const found = Array.from({ length: 1_000 }, (_, i) =>
      simulated(deriveSeed('pairs', String(i)), truth, 8, weather),
    );
    return found.filter(({ low, high }) => low <= truth && truth <= high).length / found.length;
  };

  test('on a machine with noise, 93 to 97 % of the intervals hold it', () => {
    expect(coverage(still)).toBeGreaterThanOrEqual(0.93);
    expect(coverage(still)).toBeLessThanOrEqual(0.97);
  });

  test.each<[string, Weather]>([
    ['that slows down by half', (random, turn) => still(random, turn) - (turn / 16) * Math.log(2)],
    ['that likes the second of each pair', (random, turn) => still(random, turn) + (turn % 2) * 0.1],
    // Which is not normal at all.
    [
      'that is halved in one turn of ten',
      (random, turn) => still(random, turn) - (random.next() < 0.1 ? 0.69 : 0),
    ],
  ])('on one %s, not fewer: the intervals are wider', (_, weather) => {
    expect(coverage(weather)).toBeGreaterThanOrEqual(0.93);
  });

  test('the value is not off to one side', () => {
    const seeds = Array.from({ length: 1_000 }, (_, i) => deriveSeed('side', String(i)));
    const logs = seeds.map((seed) => Math.log(simulated(seed, 1.3, 8, still).value / 1.3));
    expect(Math.abs(logs.reduce((sum, each) => sum + each, 0) / logs.length)).toBeLessThan(0.002);
  });
});
