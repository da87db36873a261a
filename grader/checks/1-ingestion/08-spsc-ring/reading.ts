/** The checks of both ends, in one thread. */
import { check, expectEqual, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import { expectNoDifference, expectNoFinding } from './lab.ts';

check('round-trip', 'what is written at one end comes out at the other', async ({ subject }) => {
  const driver = await subject.driver('reads.ts');
  const schema = z.array(z.object({ story: z.string(), sent: z.string(), received: z.string() }));
  const calls = { roundTrips: 10, openedLater: 6, largeTrips: 3, sideBySide: 36 };
  for (const [call, count] of Object.entries(calls)) {
    const trips = shape('the trips', await driver.call(call), schema);
    for (const { story, sent, received } of trips)
      expectEqual(`${story}: its bytes`, received, sent, causes.roundTrip);
    expectEqual('records read', trips.length, count, causes.max);
  }
});

check('max', 'a batch has as many records as there are, and at most max', async ({ subject }) => {
  const driver = await subject.driver('reads.ts');
  const schema = z.array(z.object({ answer: z.number(), visits: z.number() }));
  const rows: [number, number[], number[]][] = [
    [0, [1, 64], [0, 0]],
    [1, [64, 64], [1, 0]],
    [5, [2, 2, 2, 2], [2, 2, 1, 0]],
    [5, [0, 1, 5], [0, 1, 4]],
    [20, [Number.POSITIVE_INFINITY, 1], [20, 0]],
    [7, [1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 0]],
  ];
  for (const [there, maxima, expected] of rows) {
    const told = shape('the batches', await driver.call('batches', there, maxima), schema);
    const what = `${there} records wait, readBatch with max ${maxima.join(', then ')}`;
    expectEqual(
      `${what}: calls of visit`,
      told.map(({ visits }) => visits),
      expected,
      causes.max,
    );
    expectEqual(
      `${what}: returned`,
      told.map(({ answer }) => answer),
      expected,
      causes.max,
    );
  }
});

check('every-wrap', 'small rings, every start, every three lengths', async ({ subject, random }) => {
  for (const capacity of [16, 32]) await expectNoDifference(subject, 'everyStart', capacity, 'two');
  const starts = Array.from({ length: 32 }, (_, i) => 4 * i);
  const seed = random.integer(1, 1e9);
  await expectNoDifference(subject, 'randomScripts', 128, starts, 20, seed, 'two');
  await expectNoDifference(subject, 'randomScripts', 64, starts, 20, seed, 'one');
});

check('counter-wrap', 'the counters go past 2^31 and past 2^32', async ({ subject, random }) => {
  const starts = [2 ** 31, 2 ** 32].flatMap((end) => Array.from({ length: 33 }, (_, i) => end - 4 * i));
  const seed = random.integer(1, 1e9);
  await expectNoDifference(subject, 'randomScripts', 64, starts, 20, seed, 'two');
  await expectNoDifference(subject, 'randomScripts', 64, starts, 4, seed, 'one');
});

check('order', 'each side looks first and uses afterwards, and takes its leave last', async ({ subject }) => {
  await expectNoFinding(subject, 'writeInside');
  await expectNoFinding(subject, 'readInside');
});

check('deaths', 'whoever dies leaves whole records behind', async ({ subject }) => {
  await expectNoFinding(subject, 'writerDies');
  await expectNoFinding(subject, 'readerDies', causes.readerDies);
});

check('visit-throws', 'an error of visit passes on, and costs one record', async ({ subject }) => {
  const driver = await subject.driver('reads.ts');
  const schema = z.object({
    sameError: z.boolean(),
    visited: z.array(z.number()),
    next: z.array(z.number()),
    answer: z.number(),
    usedBefore: z.number(),
    usedAfter: z.number(),
  });
  for (const [nth, thrown] of [
    [1, 'an Error'],
    [3, 'an Error'],
    [5, 'an Error'],
    [3, 'undefined'],
    [3, 'null'],
    [3, '0'],
  ] as const) {
    const told = shape('the batch', await driver.call('throwingVisit', nth, thrown), schema);
    const what = `5 records wait, and visit throws ${thrown} at no. ${nth}`;
    expectEqual(`${what}: readBatch throws the same`, told.sameError, true, causes.visitThrows);
    const all = [0, 1, 2, 3, 4];
    expectEqual(`${what}: records visited`, told.visited, all.slice(0, nth), causes.visitThrows);
    const used = Math.round((told.usedBefore * (5 - nth)) / 5);
    expectEqual(`${what}: bytes still in use (WRITTEN - READ)`, told.usedAfter, used, causes.visitThrows);
    expectEqual(`${what}: the next readBatch visits`, told.next, all.slice(nth), causes.visitThrows);
    expectEqual(`${what}: the next readBatch returns`, told.answer, 5 - nth, causes.visitThrows);
  }
});
