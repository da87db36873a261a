/** The checks of the reader's sleep. */
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import { expectNoFinding, sleep, sleepEverywhere, usesOf } from './lab.ts';

/** Date.now() counts whole milliseconds, and a limit may be rounded up. */
const SLACK_MS = 2;

const realSchema = z.object({
  returned: z.boolean(),
  elapsed: z.number(),
  uses: z.number(),
  sleeps: z.number(),
  read: z.number(),
});

check('wait', 'true when a record is there, false when the time is over', async ({ subject }) => {
  const driver = await subject.driver('sleeping.ts');
  for (const there of ['one', 'a rest']) {
    const told = shape('the wait', await driver.call('reallyWait', 1_000, there), realSchema);
    const story = there === 'one' ? 'a record is there' : 'two records are there and one of them was read';
    const cause =
      there === 'one'
        ? 'look before you sleep'
        : 'a record is there when WRITTEN is not where the reader is, even if it has not moved since the last look';
    expectEqual(`${story}: waitReadable(1000)`, told.returned, true, cause);
    expectEqual(`${story}: what readBatch finds after it`, told.read, 1, 'waiting takes nothing away');
  }
  const look = shape('the wait', await driver.call('reallyWait', 0, 'nothing'), realSchema);
  expectEqual('nothing is there: waitReadable(0)', look.returned, false, 'nothing came in no time');
  const empty = shape('the wait', await driver.call('reallyWait', 120, 'nothing'), realSchema);
  expectEqual('nothing comes: waitReadable(120)', empty.returned, false, causes.late);
  expectTrue('nothing comes: how long waitReadable(120) took', empty.elapsed >= 118, {
    expected: 'at least 120 ms',
    received: `${Math.round(empty.elapsed)} ms`,
    cause: 'sleep in atomics.wait with the milliseconds that are left',
  });
  expectTrue('nothing comes: uses of the counters in 120 ms', empty.uses <= 20 && empty.sleeps >= 1, {
    expected: 'a few, and one of them atomics.wait',
    received: `${empty.uses}, ${empty.sleeps} of them atomics.wait`,
    cause: empty.uses <= 20 ? 'sleep with this.#atomics.wait; the checks see no other' : causes.spins,
  });
  for (const start of [0, 2 ** 31 - 8, 2 ** 31, 2 ** 32 - 4]) {
    const woken = await sleep(subject, { ms: 60_000, start });
    const story = `a record comes during the sleep (counters from ${start})`;
    expectNoFault(story, woken.fault);
    expectEqual(`${story}: waitReadable(60000)`, woken.returned, 'true', causes.late);
    const limit = woken.limits[0] ?? 0;
    expectTrue(`${story}: the sleep's limit`, limit > 58_000 && limit <= 60_000 + SLACK_MS, {
      expected: 'some 60000 ms, and no more',
      received: `${limit} ms`,
      cause: causes.limit,
    });
  }
  // The time may be over before the sleep, when something interrupts: one of many is enough.
  let short = await sleep(subject, { ms: 3 });
  for (let i = 0; i < 20 && short.limits.length === 0; i++) short = await sleep(subject, { ms: 3 });
  const limits = short.limits.join(', ');
  expectTrue(
    'a record comes during waitReadable(3): the sleeps',
    short.limits.length > 0 && short.limits.every((limit) => limit > 0 && limit <= 3 + SLACK_MS),
    {
      expected: 'one of at most 3 ms',
      received: limits === '' ? 'none in 20 calls' : `of ${limits} ms`,
      cause: causes.limit,
    },
  );
  const waking = await sleep(subject, { ms: 60_000, newWriter: true });
  expectNoFault('a new writer object is made during the sleep, and writes a record', waking.fault);
  const patient = await sleep(subject, { ms: Number.POSITIVE_INFINITY });
  expectNoFault('a record comes during waitReadable(Infinity)', patient.fault);
  expectEqual('a record comes: waitReadable(Infinity)', patient.returned, 'true', 'Infinity is a time, too');
  const cpu = shape('the time', await driver.call('cpuOfWaiting', 8), z.number());
  expectTrue('nothing comes: processor time of the cheapest of 8 waitReadable(20)', cpu <= 2, {
    expected: 'nearly none, 2 ms at most',
    received: `${cpu.toFixed(1)} ms`,
    cause: causes.spins,
  });
});

check('no-lost-wake', 'a record that comes at any moment is noticed', async ({ subject }) => {
  for (const start of [0, 2 ** 32 - 4]) {
    for (const { nth, slept } of await sleepEverywhere(subject, start)) {
      const story = `the record comes before the reader's use no. ${nth + 1} of a counter (${usesOf(slept)})`;
      expectNoFault(story, slept.fault);
      expectEqual(`${story}: waitReadable`, slept.returned, 'true', causes.late);
    }
  }
});

check('false-alarm', 'a notify that comes late is no record', async ({ subject }) => {
  const woken = await sleep(subject, { ms: 60_000, falseAlarms: 3 });
  const story = 'three sleeps end with nothing there, and in the fourth a record comes';
  expectNoFault(story, woken.fault);
  expectEqual(`${story}: sleeps`, woken.limits.length, 4, causes.late(woken.returned));
  expectEqual(`${story}: waitReadable(60000)`, woken.returned, 'true', causes.late);
  for (const [i, limit] of woken.limits.entries()) {
    const left = 60_000 - 5 * i;
    expectTrue(
      `waitReadable(60000), ${5 * i} ms later: the limit of sleep no. ${i + 1}`,
      limit <= left + SLACK_MS,
      {
        expected: `at most ${left} ms`,
        received: `${limit} ms`,
        cause: causes.neverEnds,
      },
    );
  }
  const never = await sleep(subject, { ms: 40, at: -2, falseAlarms: Number.POSITIVE_INFINITY });
  const endless = 'every sleep ends at once with nothing there';
  expectNoFault(endless, never.fault);
  expectEqual(`${endless}: waitReadable(40)`, never.returned, 'false', causes.late);
  expectTrue(`${endless}: how long waitReadable(40) took`, never.elapsed >= 38, {
    expected: 'at least 40 ms',
    received: `${Math.round(never.elapsed)} ms`,
    cause: causes.late('false'),
  });
});

check('quiet', 'the writer calls notify only while the reader waits', async ({ subject }) => {
  const driver = await subject.driver('sleeping.ts');
  for (const [after, story] of [
    ['none', 'nobody has ever waited'],
    ['timeout', 'a waitReadable has timed out'],
    ['record', 'a waitReadable has found a record at once'],
    ['death', 'a reader has died in its sleep, and the waitReadable of another has timed out'],
  ]) {
    const count = shape('the count', await driver.call('notifies', 200, after), z.number());
    expectEqual(`${story}, and 200 records are written: calls of notify`, count, 0, causes.quiet);
  }
});

check('through-atomics', 'the counters are read and changed through atomics only', async ({ subject }) => {
  await expectNoFinding(subject, 'lies');
});

const faults: Readonly<Record<string, readonly [string, string]>> = {
  overslept: ['falls asleep with the record there', causes.overslept],
  'not-woken': ['sleeps while the record comes, and nobody wakes it', causes.notWoken],
  spins: ['looks more than 200 times', causes.spins],
  'never-ends': ['goes on when the time is over', causes.neverEnds],
};

function expectNoFault(story: string, fault: string): void {
  const [received, cause] = faults[fault] ?? ['', ''];
  expectTrue(`${story}: the reader`, fault === '', { expected: 'notices', received, cause });
}
