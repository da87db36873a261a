/** Checks of the histogram alone: values in, quantiles out. */
import { check, expectEqual, expectThrows, shape, z } from '../../../harness/index.ts';
import { expectNear } from './report.ts';

const number = z.number().or(z.nan());
const answer = z.object({ count: z.number(), at: z.array(number) });
const shares = [0, 0.5, 0.9, 0.99, 0.999, 1];

const rangeError = { name: 'RangeError' };

/** Why an answer is near none of the recorded values, or not near enough. */
function widthCause(received: number): string {
  return received > 0
    ? 'a bucket may be 2 % wide if you answer with its middle; its edges are up to 2 % off. And buckets must grow with the value'
    : 'the walk over the counters found nothing: does every value up to 60 s have a counter? In an array that is one too short, counts[i] is undefined, and undefined + 1 is NaN; a typed array ignores the write';
}

/** By nearest rank: the smallest value with at least p * n values at or below it. */
function exact(sorted: readonly number[], p: number): number {
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

/** The checks, in the order of the lesson. */
export function histogramChecks(): void {
  check(
    'counts-values',
    'count is how many values were recorded; of none there is no quantile',
    async ({ subject }) => {
      const module = await subject.load('histogram.ts');
      const histogram = await module.new('Histogram');
      expectEqual('count of a new histogram', await histogram.get('count'), 0);
      expectEqual(
        'quantile(0.5) of a new histogram',
        await histogram.call('quantile', 0.5),
        Number.NaN,
        'nothing was recorded, and 0 would read as "very fast": return NaN',
      );
      for (const us of [250, 3, 250]) await histogram.call('record', us);
      expectEqual('count after record(250), record(3), record(250)', await histogram.get('count'), 3);
    },
  );

  check('nearest-rank', 'quantile(p) is the value at the nearest rank', async ({ subject }) => {
    const driver = await subject.driver();
    const tables: [number[], number, number][] = [
      [[1_000, 10], 0, 10],
      [[1_000, 10], 0.5, 10],
      [[1_000, 10], 0.51, 1_000],
      [[1_000, 10], 1, 1_000],
      [[7, 7, 7, 90_000], 0.75, 7],
      [[7, 7, 7, 90_000], 0.76, 90_000],
      [[42], 0.01, 42],
    ];
    for (const [values, p, expected] of tables) {
      const { at } = shape('quantiles', await driver.call('quantiles', values, [p]), answer);
      const received = at[0] ?? Number.NaN;
      const cause = values.some((value) => Math.abs(received - value) <= value * 0.05)
        ? 'that is the value at another rank: rank = ceil(p * count), at least 1; walk the buckets until their sum reaches the rank (>=, not >)'
        : widthCause(received);
      // How near is the next check's business; here a few per cent off is still the right rank.
      expectNear(`quantile(${p}) of ${values.join(', ')} µs`, received, expected, cause, 5);
    }
    const module = await subject.load('histogram.ts');
    const histogram = await module.new('Histogram');
    for (const p of [-0.1, 99, Number.NaN]) {
      await expectThrows(
        `quantile(${p})`,
        histogram.call('quantile', p),
        'p is a share from 0 to 1',
        rangeError,
      );
    }
  });

  check('within-1-percent', 'quantiles are within 1 % from 1 µs to 60 s', async ({ subject, random }) => {
    const driver = await subject.driver();
    const shapes: Record<string, () => number> = {
      'from 1 µs to 60 s, evenly over the decades': () => Math.floor(60_000_000 ** random.next()),
      'from 100 to 300 µs, evenly': () => random.integer(100, 300),
      'fast, with 2 % of stalls near 1 s': () =>
        random.next() < 0.02 ? random.integer(900_000, 1_000_000) : random.integer(50, 90),
      'from 30 to 60 s, evenly': () => random.integer(30_000_000, 60_000_000),
    };
    for (const [name, draw] of Object.entries(shapes)) {
      const values = Array.from({ length: 5_000 }, draw);
      const { count, at } = shape('quantiles', await driver.call('quantiles', values, shares), answer);
      expectEqual(`count after 5,000 values ${name}`, count, 5_000);
      const sorted = values.toSorted((a, b) => a - b);
      for (const [i, p] of shares.entries()) {
        const received = at[i] ?? Number.NaN;
        expectNear(`quantile(${p}) of values ${name}`, received, exact(sorted, p), widthCause(received));
      }
    }
  });

  check('range', 'values outside 1 µs to 60 s count as the nearest of the two', async ({ subject }) => {
    const driver = await subject.driver();
    for (const [us, expected] of [
      [0, 1],
      [0.3, 1],
      [-5, 1],
      [61_000_000, 60_000_000],
      [Number.POSITIVE_INFINITY, 60_000_000],
    ] as const) {
      const { count, at } = shape('quantiles', await driver.call('quantiles', [us], [0.5]), answer);
      expectEqual(`count after record(${us})`, count, 1);
      const cause =
        'Math.log(0) is -Infinity, and a typed array ignores writes past its end: bring us into range first';
      expectNear(`quantile(0.5) after record(${us})`, at[0] ?? Number.NaN, expected, cause);
    }
    const module = await subject.load('histogram.ts');
    const histogram = await module.new('Histogram');
    await expectThrows(
      'record(NaN)',
      histogram.call('record', Number.NaN),
      'NaN slips through guards written with < and >: both are false. Ask Number.isNaN(us)',
      rangeError,
    );
  });

  check('merge', 'merging gives what recording everything gives', async ({ subject, random }) => {
    const driver = await subject.driver();
    const draw = (): number => Math.floor(60_000_000 ** random.next());
    const parts = [300, 0, 1, 700].map((length) => Array.from({ length }, draw));
    const reply = shape(
      'merged',
      await driver.call('merged', parts, shares),
      z.object({ merged: answer, direct: answer, sources: z.array(z.number()) }),
    );
    expectEqual(
      'count and quantiles after merging 4 histograms',
      reply.merged,
      reply.direct,
      'add the other counters one by one, and its count; averaging quantiles gives something else',
    );
    expectEqual(
      'counts of the histograms that were merged',
      reply.sources,
      [300, 0, 1, 700],
      'merge() changed `other`',
    );
  });
}
