/** `percentile` alone. */
import { check, expectEqual, expectThrows } from '../../../harness/index.ts';

check('nearest-rank', 'percentile is the value at rank ceil(p/100 * n)', async ({ subject }) => {
  const module = await subject.load('query.ts');
  const values = new Float64Array([15, 20, 35, 40, 50]);
  const cases: [number, number][] = [
    [5, 15],
    [20, 15],
    [21, 20],
    [40, 20],
    [50, 35],
    [99, 50],
    [100, 50],
    [0, 15],
  ];
  for (const [p, expected] of cases) {
    const cause =
      p === 0
        ? 'ceil(0) is rank 0, which does not exist: p = 0 means the smallest'
        : 'rank ceil(p/100 * n) counts from 1, an index from 0; no average of two values';
    expectEqual(
      `percentile([15, 20, 35, 40, 50], ${p})`,
      await module.call('percentile', values, p),
      expected,
      cause,
    );
  }
  expectEqual('percentile([7], 50)', await module.call('percentile', new Float64Array([7]), 50), 7);
});

check(
  'sorts-numbers',
  'percentile sorts by value, in any order of input, ties included',
  async ({ subject }) => {
    const module = await subject.load('query.ts');
    const values = new Float64Array([100, 9, -20, 9, 10, -3]);
    const cases: [number, number][] = [
      [16, -20],
      [33, -3],
      [34, 9],
      [50, 9],
      [67, 10],
      [84, 100],
    ];
    for (const [p, expected] of cases) {
      const cause =
        'Array.sort without a function compares text, so 10 and 100 come before 9; a Float64Array sorts by value';
      expectEqual(
        `percentile([100, 9, -20, 9, 10, -3], ${p})`,
        await module.call('percentile', values, p),
        expected,
        cause,
      );
    }
  },
);

check('exact-ranks', 'of the values 1 to 100, percentile p is p', async ({ subject, random }) => {
  const module = await subject.load('query.ts');
  const values = new Float64Array(random.shuffle(Array.from({ length: 100 }, (_, i) => i + 1)));
  for (let p = 1; p <= 100; p++) {
    const cause = '55 / 100 * 100 is 55.00000000000001, and its ceil is 56: multiply first, then divide';
    expectEqual(`percentile(1 to 100, ${p})`, await module.call('percentile', values, p), p, cause);
  }
});

check('no-values', 'percentile of nothing is null', async ({ subject }) => {
  const module = await subject.load('query.ts');
  for (const p of [0, 50, 100]) {
    const cause = '0 would be a lie, and undefined or NaN disappear in JSON';
    expectEqual(`percentile([], ${p})`, await module.call('percentile', new Float64Array(), p), null, cause);
  }
});

check('input-unchanged', 'percentile leaves its input as it was', async ({ subject }) => {
  const driver = await subject.driver();
  const values = new Float64Array([3, 1, 2]);
  const cause = 'sort() works in place: sort a copy, toSorted() or values.slice().sort()';
  expectEqual(
    'the input after percentile([3, 1, 2], 50), and its result,',
    await driver.call('percentileOf', values, 50),
    { result: 2, after: values },
    cause,
  );
});

check('bad-p', 'percentile refuses p outside 0 to 100', async ({ subject }) => {
  const module = await subject.load('query.ts');
  for (const p of [-1, 100.1, Number.NaN]) {
    for (const values of [new Float64Array([1, 2]), new Float64Array()]) {
      const what = `percentile([${values}], ${p})`;
      await expectThrows(
        what,
        module.call('percentile', values, p),
        'throw a RangeError; NaN is neither below 0 nor above 100, so test !(p >= 0 && p <= 100)',
      );
    }
  }
});
