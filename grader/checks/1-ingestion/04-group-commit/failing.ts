/** The checks of a disk that fails, and of the end. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  cutEverywhere,
  expectAnswer,
  expectCommitted,
  expectInTurn,
  expectOneAtATime,
  kinds,
  playOnce,
  playTwice,
  randomWorld,
} from './lab.ts';

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
      expectInTurn(end, [2, 3]);
      expectOneAtATime(end);
    }
    // Two batches wait behind the one that fails, and nobody comes afterwards.
    const script = 'hold append; append 1; rest; tear 4 EIO; append 6; release; rest';
    const behind = await playOnce(subject, script, { maxBytes: 6 });
    expectCommitted({ ...behind, story: `maxBytes 6: ${behind.story}` }, [1, 4, 5, 6, 7], causes.cutBack);
    const twice = 'tear 2 EIO; append 1; rest; tear 3 EIO; append 1; rest; append 1; rest; crash';
    expectCommitted(await playOnce(subject, twice), [3], causes.cutBack);
    const sizeless = await playOnce(subject, 'fail size EIO; append 1; rest; append 1; rest');
    // Who does not ask at this moment has nothing to reject.
    const isAsked = typeof sizeless.answers[0] !== 'number';
    if (isAsked) expectAnswer(sizeless, 1, 'rejected: EIO', causes.sizeFails);
    expectCommitted(sizeless, isAsked ? [2] : [1, 2], causes.sizeFails);
  },
);

check(
  'stuck-cut',
  'while the half-written bytes cannot be cut off, nothing is written behind them',
  async ({ subject }) => {
    const script =
      'hold append; append 1; rest; tear 4 ENOSPC; append 2; rest; hold truncate; fail truncate EIO; release append; rest; append 2; rest; release truncate; rest; append 2; rest; close; rest';
    const end = await playOnce(subject, script);
    expectOneAtATime(end);
    const asked = ['append', 'sync', 'append', 'truncate'];
    expectEqual(`${end.story}: what the file was asked for`, kinds(end), asked, causes.stuckCut);
    for (const number of [2, 3]) expectAnswer(end, number, 'rejected: ENOSPC', causes.ownError);
    for (const number of [4, 5, 6, 7]) expectAnswer(end, number, 'rejected: EIO', causes.stuckCut);
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
    for (const number of [2, 3]) expectAnswer(end, number, 'rejected: EIO', causes.waitingToo);
    for (const number of [4, 5]) expectAnswer(end, number, 'rejected: EIO', causes.neverAgain);
    expectEqual(`${end.story}: different error objects`, new Set(end.errors).size, 1, causes.sameError);
    expectInTurn(end, [2, 3]);
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
    const full = await playOnce(subject, 'hold sync; append 2; close; append 1; rest', { maxPending: 2 });
    for (const told of [idle, full]) {
      const received = String(told.answers.at(-1));
      const good = /^rejected: (?!FullError)(?!.*no Error$)/.test(received);
      const expected = 'rejected, with an Error that is no FullError';
      const what = `maxPending 2: ${told.story}: the promise of r${told.answers.length}`;
      expectTrue(what, good, { expected, received, cause: causes.notFull });
    }
    const script =
      'hold sync; append 1; rest; append 2; close; close; append 1; rest; report; release; rest; close; rest; crash';
    const [held, end] = await playTwice(subject, script);
    expectAnswer(held, 4, 'rejected', causes.closed);
    expectEqual(
      `${held.story}: the promise of close()`,
      held.closes,
      ['waiting', 'waiting'],
      causes.closeWaits,
    );
    expectTrue(`${held.story}: turns of the event loop that close asks for`, !held.polls, {
      expected: 'none',
      received: 'one after the other',
      cause: causes.polls,
    });
    expectCommitted(end, [1, 2, 3], causes.closeKeeps);
    expectEqual(
      `${end.story}: the promises of close()`,
      end.closes,
      ['resolved', 'resolved', 'resolved'],
      causes.closeEnds,
    );
    // The flush that was under way has ended; two more follow it.
    const rest =
      'hold sync; append 2; rest; append 4; close; hold append; release sync; rest; report; release; rest';
    const [between, over] = await playTwice(subject, rest, { maxBytes: 6 });
    expectEqual(
      `maxBytes 6: ${between.story}: the promise of close()`,
      between.closes,
      ['waiting'],
      causes.closeWaits,
    );
    expectCommitted(over, [1, 2, 3, 4, 5, 6], causes.closeKeeps);
    for (const told of [idle, end, over])
      expectTrue(`${told.story}: what the file was asked for`, !kinds(told).includes('close'), {
        expected: 'no close',
        received: kinds(told),
        cause: 'who opened the file closes it: the committer leaves it open',
      });
    const burst = await playOnce(subject, 'append 3; close; rest; crash');
    expectCommitted(burst, [1, 2, 3], causes.closeKeeps);
  },
);

check('close-error', 'close resolves also when the disk fails meanwhile', async ({ subject }) => {
  const write =
    'hold append; append 1; rest; tear 2 ENOSPC; append 2; close; rest; report; release; rest; crash';
  const sync =
    'fail sync EIO; hold sync; append 1; rest; append 2; close; rest; report; release; rest; close; append 1; rest';
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
    if (script === write) {
      expectCommitted(end, [1], causes.cutBack);
      continue;
    }
    expectAnswer(end, 4, 'rejected: EIO', causes.syncErrorWins);
    expectEqual(
      `${end.story}: what the file was asked for`,
      kinds(end),
      ['append', 'sync'],
      causes.leftAlone,
    );
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
