/** The checks of a disk that works: who travels with whom, and who is answered when. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  batches,
  cutEverywhere,
  expectAnswer,
  expectCommitted,
  expectOneAtATime,
  kinds,
  playClients,
  playOnce,
  playTwice,
  randomWorld,
} from './lab.ts';

check('lone', 'a lone record is written at once, and its position comes back', async ({ subject }) => {
  const [one, two] = await playTwice(subject, 'append 1; rest; report; append 1; rest');
  for (const told of [one, two]) {
    expectTrue(`${told.story}: timers that run`, told.timers === 0, {
      expected: 'none',
      received: told.timers,
      cause: causes.timer,
    });
  }
  expectCommitted(one, [1], causes.atOnce);
  expectCommitted(two, [1, 2], causes.again);
  const soon = await playOnce(subject, 'append 1; turn 3');
  expectEqual(`${soon.story}: what file.append was given`, batches(soon), ['r1;'], causes.turns);
});

check('synced', 'the promise resolves when the sync has succeeded, and not before', async ({ subject }) => {
  const script = 'hold sync; append 1; rest; report; release; rest; crash';
  const [held, end] = await playTwice(subject, script);
  expectEqual(
    `${held.story}: what the file was asked for`,
    kinds(held),
    ['append', 'sync'],
    causes.writeThenSync,
  );
  expectAnswer(held, 1, 'waiting', causes.tooEarly);
  expectCommitted(
    end,
    [1],
    'a sync covers the bytes that were written when it began: await the append, then call sync',
  );
});

check('next-flush', 'who comes during a flush goes with the next, all together', async ({ subject }) => {
  for (const held of ['append', 'sync']) {
    const script = `hold ${held}; append 1; rest; append 2; rest; append 1; rest; report; release; rest`;
    const [middle, end] = await playTwice(subject, script);
    expectEqual(`${middle.story}: what file.append was given`, batches(middle), ['r1;'], causes.oneFlush);
    for (const number of [2, 3, 4]) expectAnswer(middle, number, 'waiting', causes.notYet);
    expectEqual(
      `${end.story}: what file.append was given`,
      batches(end),
      ['r1;', 'r2;r3;r4;'],
      causes.together,
    );
    expectCommitted(end, [1, 2, 3, 4], causes.swap);
    expectOneAtATime(end);
  }
  const crowd = await playOnce(subject, 'hold sync; append 1; rest; append 200; release; rest');
  expectEqual(`${crowd.story}: calls of file.append`, batches(crowd).length, 2, causes.cap);
  expectOneAtATime(await playClients(subject, 8, 6));
  expectOneAtATime(await playClients(subject, 1, 4));
});

check(
  'order',
  '300 records in random portions: file, positions and answers in the order of the calls',
  async ({ subject, random }) => {
    const steps: string[] = [];
    for (let count = 0; count < 300; ) {
      const sizes = Array.from({ length: random.integer(1, 12) }, () => random.integer(1, 40));
      count += sizes.length;
      steps.push(`size ${sizes.join(' ')}`, `advance ${random.integer(0, 12)}`);
    }
    const end = await playOnce(subject, [...steps, 'advance 5000'].join('; '), { maxBytes: 120, slow: true });
    const told = { ...end, story: '300 records of 1 to 40 bytes while the disk is busy' };
    const numbers = told.records.map((_, i) => i + 1);
    expectCommitted(told, numbers, causes.order);
    const inOrder = numbers.map((number) => number - 1);
    expectEqual(`${told.story}: the order of the answers`, told.settled, inOrder, causes.answersInOrder);
  },
);

check(
  'crash',
  'the power fails after every write and every sync: what was acknowledged is there',
  async ({ subject, random }) => {
    for (let round = 0; round < 2; round++) await cutEverywhere(subject, randomWorld(random));
  },
);

check('max-bytes', 'a flush writes at most maxBytes; a larger record travels alone', async ({ subject }) => {
  const script = 'hold sync; append 1; rest; size 40 40 20 30 90 30 101 5 100; release; rest';
  const end = await playOnce(subject, script, { maxBytes: 100 });
  const sizes = batches(end).map((text) => text.length);
  expectEqual(
    `maxBytes 100: ${end.story}: bytes of each file.append`,
    sizes,
    [3, 100, 30, 90, 30, 101, 5, 100],
    causes.maxBytes,
  );
  expectEqual(
    `maxBytes 100: ${end.story}: what the file was asked for`,
    kinds(end),
    sizes.flatMap(() => ['append', 'sync']),
    'every batch has its own append and its own sync, and waits for the one before it',
  );
  expectCommitted(end, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], causes.order);
});

check('empty-record', 'a record of zero bytes gets its answer like any other', async ({ subject }) => {
  const alone = await playOnce(subject, 'size 0; rest; size 0 0; rest; append 1; rest');
  expectCommitted(alone, [1, 2, 3, 4], causes.empty);
  const script = 'hold sync; append 1; rest; size 0 4 0; rest; report; release; rest';
  const [held, end] = await playTwice(subject, script);
  expectAnswer(held, 2, 'waiting', causes.emptyWaits);
  expectCommitted(end, [1, 2, 3, 4], causes.empty);
  const [unsynced] = await playTwice(
    subject,
    'append 1; rest; hold sync; size 0 0; rest; report; release; rest',
  );
  for (const number of [2, 3]) expectAnswer(unsynced, number, 'waiting', causes.emptyWaits);
  const beside = await playOnce(subject, 'hold sync; append 1; rest; size 101 0 0; release; rest', {
    maxBytes: 100,
  });
  expectEqual(
    `maxBytes 100: ${beside.story}: bytes of each file.append`,
    batches(beside).map((text) => text.length),
    [3, 101, 0],
    causes.emptyAlone,
  );
});

check('full', 'more than maxPending records at a time are rejected with a FullError', async ({ subject }) => {
  const script = 'hold sync; append 1; rest; append 4; rest; report; release; rest; append 3; rest';
  const [middle, end] = await playTwice(subject, script, { maxPending: 3 });
  for (const number of [2, 3]) expectAnswer(middle, number, 'waiting', causes.early);
  for (const number of [4, 5]) expectAnswer(middle, number, 'rejected: FullError', causes.full);
  expectCommitted(end, [1, 2, 3, 6, 7, 8], causes.room);
  const failed = 'fail append ENOSPC; append 1; rest; append 1; rest';
  const after = await playOnce(subject, failed, { maxPending: 1 });
  expectAnswer(after, 1, 'rejected: ENOSPC', causes.ownError);
  expectCommitted({ ...after, story: `maxPending 1: ${after.story}` }, [2], causes.room);
  for (const count of [1, 4]) {
    const { story, rejected } = await playClients(subject, count, 4, count);
    expectEqual(`maxPending ${count}: ${story}: records that were rejected`, rejected, 0, causes.roomAtOnce);
  }
});
