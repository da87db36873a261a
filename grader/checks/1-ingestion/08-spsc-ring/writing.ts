/** The checks of the writer alone. */
import { check, expectEqual, fail, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import { expectNoDifference, refusals } from './lab.ts';

const GOOD = [16, 32, 64, 1_024, 65_536, 2 ** 20];
const BAD = [0, 1, 4, 8, 12, 15, 17, 24, 48, 100, 1_000, 1_048_575, -16, 16.5, 2 ** 31, 2 ** 32, Number.NaN];

check('alloc', 'a ring has a power of two of bytes; anything else is refused', async ({ subject }) => {
  const driver = await subject.driver();
  const schema = z.array(z.object({ alloc: z.string(), constructed: z.string() }));
  const good = shape('the answers', await driver.call('sizes', GOOD), schema);
  for (const [i, { alloc, constructed }] of good.entries()) {
    expectEqual(`SpscRing.alloc(${GOOD[i]})`, alloc, 'ok', causes.size);
    expectEqual(`new SpscRing of DATA + ${GOOD[i]} bytes`, constructed, 'ok', causes.capacity);
  }
  const bad = shape('the answers', await driver.call('sizes', BAD), schema);
  for (const [i, { alloc, constructed }] of bad.entries()) {
    const what = `SpscRing.alloc(${BAD[i]})`;
    expectEqual(what, alloc.split(':')[0], 'RangeError', causes.capacity);
    if (constructed === 'not tried') continue;
    expectEqual(
      `new SpscRing of DATA + ${BAD[i]} bytes`,
      constructed.split(':')[0],
      'RangeError',
      causes.capacity,
    );
  }
  for (const start of [0, 48, 2 ** 32 - 8]) {
    const changed = shape('the change', await driver.call('making', start), z.string());
    const story = `a record waits and the reader sleeps (counters from ${start}): what a new object changes`;
    expectEqual(story, changed, 'nothing', causes.making);
  }
});

check(
  'full',
  'without room the answer is false, nothing is changed, and it is counted',
  async ({ subject }) => {
    for (const [start, length] of [
      [0, 12],
      [16, 12],
      [48, 12],
      [0, 4],
      [32, 28],
      [20, 0],
    ]) {
      for (const { story, answer, changed, refused, waits } of await refusals(
        subject,
        'whenFull',
        64,
        start,
        length,
      )) {
        expectEqual(`${story}: tryWrite`, answer, 'false', causes.isFull);
        expectEqual(`${story}: what has changed`, changed, 'nothing', causes.unchanged);
        expectEqual(`${story}: refused has grown by`, refused, 1, causes.counted);
        expectEqual(`${story}: calls of atomics.wait`, waits, 0, causes.waits);
      }
    }
    const driver = await subject.driver();
    const counts = shape('refused', await driver.call('refusedInTurn'), z.array(z.number()));
    const story =
      'two writer objects, made one after the other, are refused twice each; refused has grown by';
    expectEqual(story, counts, [4, 4], causes.counted);
  },
);

check('room', 'a record is taken wherever there is room for it', async ({ subject, random }) => {
  for (const capacity of [16, 32]) await expectNoDifference(subject, 'everyStart', capacity, 'writer');
  const seed = random.integer(1, 1e9);
  await expectNoDifference(subject, 'randomScripts', 128, [0, 4, 64, 124], 100, seed, 'writer');
});

check('too-large', 'what may never fit is refused with an error', async ({ subject }) => {
  for (const capacity of [16, 64, 256]) {
    const most = capacity / 2 - 4;
    for (const { story, answer } of await refusals(subject, 'tooLarge', capacity, most, false))
      expectEqual(`${story}: tryWrite`, answer, 'true', causes.fits);
    for (const length of [most + 1, most + 4, capacity, 2 * capacity]) {
      for (const full of [false, true]) {
        for (const told of await refusals(subject, 'tooLarge', capacity, length, full)) {
          expectEqual(`${told.story}: tryWrite`, told.answer.split(':')[0], 'RangeError', causes.tooLarge);
          expectEqual(`${told.story}: what has changed`, told.changed, 'nothing', causes.tooLarge);
          expectEqual(`${told.story}: refused has grown by`, told.refused, 0, causes.tooLarge);
        }
      }
    }
  }
});

check('publish', 'WRITTEN is stored when everything is in its place', async ({ subject }) => {
  const driver = await subject.driver();
  const schema = z.array(z.object({ story: z.string(), problem: z.string(), detail: z.string() }));
  for (const capacity of [64, 256]) {
    const reports = shape('the writes', await driver.call('publish', capacity, 60), schema);
    const wrong = reports.find(({ problem }) => problem !== '');
    if (wrong !== undefined)
      fail({
        summary: `capacity ${capacity}, ${wrong.story}: ${wrong.detail}`,
        cause: String(Reflect.get(causes, wrong.problem)),
      });
    expectEqual('records written', reports.length, 60);
  }
});
