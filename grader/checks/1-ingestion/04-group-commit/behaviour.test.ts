import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  batches,
  cutEverywhere,
  expectAnswer,
  expectCommitted,
  kinds,
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
  }
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
});

check('full', 'more than maxPending records at a time are rejected with a FullError', async ({ subject }) => {
  const script = 'hold sync; append 1; rest; append 4; rest; report; release; rest; append 3; rest';
  const [middle, end] = await playTwice(subject, script, { maxPending: 3 });
  for (const number of [2, 3]) expectAnswer(middle, number, 'waiting', causes.early);
  for (const number of [4, 5]) expectAnswer(middle, number, 'rejected: FullError', causes.full);
  expectCommitted(end, [1, 2, 3, 6, 7, 8], causes.room);
});

check(
  'write-error',
  'a failed append rejects its own records; the next stand behind the last good one',
  async ({ subject }) => {
    for (const trouble of ['fail append ENOSPC', 'tear 0 ENOSPC', 'tear 4 EIO', 'tear 6 EDQUOT']) {
      // r1 holds the disk up, so that r2 and r3 are one batch; r4 comes while it fails, r5 later.
      const script = `hold append; append 1; rest; ${trouble}; append 2; rest; hold truncate; release append; rest; append 1; rest; release truncate; rest; append 1; rest; crash`;
      const end = await playOnce(subject, script);
      const code = trouble.split(' ').at(-1);
      for (const number of [2, 3]) expectAnswer(end, number, `rejected: ${code}`, causes.ownError);
      expectCommitted(end, [1, 4, 5], causes.cutBack);
    }
  },
);

check(
  'stuck-cut',
  'while the half-written bytes cannot be cut off, nothing is written behind them',
  async ({ subject }) => {
    const script =
      'hold append; append 1; rest; tear 4 EIO; append 2; rest; fail truncate EIO; release; rest';
    const end = await playOnce(subject, `${script}; append 1; rest; append 1; rest; crash`);
    for (const number of [2, 3]) expectAnswer(end, number, 'rejected: EIO', causes.ownError);
    // To refuse them is right, to cut once more and accept them is as good.
    const accepted = [4, 5].filter((number) => typeof end.answers[number - 1] === 'number');
    expectCommitted(end, [1, ...accepted], causes.stuckCut);
    for (const number of [4, 5].filter((each) => !accepted.includes(each)))
      expectAnswer(end, number, 'rejected', causes.everybody);
  },
);

check(
  'sync-error',
  'after a failed sync everybody is rejected, and the file is left alone',
  async ({ subject }) => {
    const script =
      'fail sync EIO; hold sync; append 1; rest; append 2; rest; release; rest; append 2; rest; advance 10000';
    const end = await playOnce(subject, script);
    expectAnswer(end, 1, 'rejected: EIO', causes.ownError);
    for (const number of [2, 3]) expectAnswer(end, number, 'rejected', causes.waitingToo);
    for (const number of [4, 5]) expectAnswer(end, number, 'rejected', causes.neverAgain);
    expectEqual(
      `${end.story}: what the file was asked for`,
      kinds(end),
      ['append', 'sync'],
      causes.neverAgain,
    );
  },
);

check(
  'close',
  'close refuses what comes, and resolves when what it had accepted is durable',
  async ({ subject }) => {
    const idle = await playOnce(subject, 'close; rest; append 1; rest');
    expectEqual(
      `${idle.story}: the promise of close()`,
      idle.closes,
      ['resolved'],
      'nobody waits: resolve at once',
    );
    expectAnswer(idle, 1, 'rejected', causes.closed);
    const script =
      'hold sync; append 1; rest; append 2; close; append 1; rest; report; release; rest; close; rest; crash';
    const [held, end] = await playTwice(subject, script);
    expectAnswer(held, 4, 'rejected', causes.closed);
    expectEqual(`${held.story}: the promise of close()`, held.closes, ['waiting'], causes.closeWaits);
    expectCommitted(end, [1, 2, 3], causes.closeKeeps);
    expectEqual(
      `${end.story}: the promises of close()`,
      end.closes,
      ['resolved', 'resolved'],
      causes.closeEnds,
    );
    const burst = await playOnce(subject, 'append 3; close; rest; crash');
    expectCommitted(burst, [1, 2, 3], causes.closeKeeps);
  },
);

check('close-error', 'close resolves also when the disk fails meanwhile', async ({ subject }) => {
  const write =
    'hold append; append 1; rest; tear 2 ENOSPC; append 2; close; rest; report; release; rest; crash';
  const sync =
    'fail sync EIO; hold sync; append 1; rest; append 2; close; rest; report; release; rest; close; rest';
  for (const script of [write, sync]) {
    const [held, end] = await playTwice(subject, script);
    expectEqual(`${held.story}: the promise of close()`, held.closes, ['waiting'], causes.closeWaits);
    expectTrue(
      `${end.story}: the promises of close()`,
      end.closes.every((close) => close === 'resolved'),
      {
        expected: 'resolved',
        received: end.closes.join(', '),
        cause: causes.closeNeverRejects,
      },
    );
    for (const number of [2, 3]) expectAnswer(end, number, 'rejected', causes.everybody);
    if (script === write) expectCommitted(end, [1], causes.cutBack);
  }
});

check(
  'crash-errors',
  'the same with a disk that fails: after every write, sync and cut',
  async ({ subject, random }) => {
    const troubles = [1, 2, 3].flatMap((nth) => [
      { kind: 'tear' as const, nth, bytes: random.integer(0, 20) },
      { kind: 'sync' as const, nth },
    ]);
    for (const trouble of troubles) await cutEverywhere(subject, randomWorld(random, trouble));
  },
);
