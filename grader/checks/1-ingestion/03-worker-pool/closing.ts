/** The checks of the end. */
import { check, expectEqual } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  expectAnswers,
  expectFew,
  expectNoThread,
  expectThreads,
  playOnce,
  playTwice,
  resultsOf,
} from './lab.ts';

const closed = /^rejected: (?!FullError)/;

check(
  'close',
  'close takes nothing new, finishes what was accepted, and ends the threads',
  async ({ subject }) => {
    const script =
      'run hold hold echo echo; started 2; close; close; run echo:60000 bytes; turn; report; release a b; closed';
    const [middle, end] = await playTwice(subject, script, { size: 2, maxQueue: 2 });
    expectAnswers(middle, { e: closed, f: closed }, causes.closed);
    expectEqual(
      `${middle.story}: bytes that the caller of f has left`,
      middle.left[5],
      1_000,
      causes.refusedMoved,
    );
    expectEqual(
      `${middle.story}: the calls of close`,
      middle.closes,
      ['waiting', 'waiting'],
      causes.closeWaits,
    );
    expectAnswers(end, resultsOf('a b c d'), causes.closeDrains);
    expectEqual(`${end.story}: the calls of close`, end.closes, ['resolved', 'resolved'], causes.closeEnds);
    expectNoThread(end, causes.threadsLeft);
    expectEqual(
      `${end.story}: both calls of close returned the same promise`,
      end.samePromise,
      true,
      causes.samePromise,
    );
    expectEqual(`${end.story}: timers that run`, end.timers, 0, causes.timerLeft);
    for (const [idle, answered] of [
      ['run echo; settled; close; closed', 'a'],
      ['run echo hold; settled a; close; turn; release b; closed', 'a b'],
    ] as const) {
      const ended = await playOnce(subject, idle, { size: 2 });
      expectAnswers(ended, resultsOf(answered), causes.closeDrains);
      expectEqual(`${ended.story}: the calls of close`, ended.closes, ['resolved'], causes.closeIdle);
      expectNoThread(ended, causes.threadsLeft);
    }
    const early = await playOnce(subject, 'run echo echo echo; close; closed', { size: 2 });
    expectAnswers(early, resultsOf('a b c'), causes.closeDrains);
    expectEqual(`${early.story}: the calls of close`, early.closes, ['resolved'], causes.closeEnds);
    const unused = await playOnce(subject, 'close; closed; close; closed; run echo; settled', { size: 2 });
    expectEqual(
      `${unused.story}: the calls of close`,
      unused.closes,
      ['resolved', 'resolved'],
      causes.closeUnused,
    );
    expectAnswers(unused, { a: closed }, causes.closed);
    expectThreads(unused, 0, causes.eager);
  },
);

check(
  'close-troubles',
  'close waits for all tasks and all threads, whatever becomes of them',
  async ({ subject }) => {
    const script =
      'run hold exit throw function spin:200 crash echo never:250 echo; started 2; close; release a; closed';
    const end = await playOnce(subject, script, { size: 2 });
    expectEqual(`${end.story}: the calls of close`, end.closes, ['resolved'], causes.closeNeverRejects);
    expectAnswers(
      end,
      { ...resultsOf('a g i'), c: 'rejected: RangeError: no c', d: /^rejected: DataCloneError/ },
      causes.closeDrains,
    );
    expectAnswers(
      end,
      {
        b: /^rejected: ExitError/,
        e: /^rejected: TimeoutError/,
        f: /^rejected: RangeError/,
        h: /^rejected: TimeoutError/,
      },
      causes.closeDrains,
    );
    expectNoThread(end, causes.threadsLeft);
    expectFew(end);
    const last = await playOnce(subject, 'run echo; settled; run spin:50; close; closed');
    expectEqual(`${last.story}: the calls of close`, last.closes, ['resolved'], causes.closeNeverRejects);
    expectAnswers(last, { b: /^rejected: TimeoutError/ }, causes.timeout);
    expectNoThread(last, causes.threadsLeft);
    // One thread is deaf for a while: it dies long after the other, which is the last to answer.
    const deaf = 'run late hold; started 2; close; release a; settled a; release b; closed';
    // The caller of b closes the pool as soon as it hears that the time is up: the thread has only begun to end.
    const dying = 'run echo; settled; run never:50; settled; closed';
    for (const [script, next] of [
      [deaf, {}],
      [dying, { b: 'close' }],
    ] as const) {
      const slow = await playOnce(subject, script, { size: 2, next });
      expectEqual(`${slow.story}: the calls of close`, slow.closes, ['resolved'], causes.closeNeverRejects);
      expectNoThread(slow, causes.threadsLeft);
    }
    const alive = 'run hold exit echo; started 2; close; settled c; report; release a; closed';
    const [others, gone] = await playTwice(subject, alive, { size: 2 });
    expectAnswers(
      others,
      { a: 'waiting', b: /^rejected: ExitError/, ...resultsOf('c') },
      causes.closeReplaces,
    );
    expectEqual(`${gone.story}: the calls of close`, gone.closes, ['resolved'], causes.closeNeverRejects);
    expectNoThread(gone, causes.threadsLeft);
    const bad = await playOnce(subject, 'run echo echo; close; closed', { file: './broken.js' });
    expectEqual(
      `a pool for broken.js, ${bad.story}: the calls of close`,
      bad.closes,
      ['resolved'],
      causes.closeNeverRejects,
    );
    expectAnswers(bad, { a: /^rejected: RangeError/, b: /^rejected: RangeError/ }, causes.badFile);
    expectNoThread(bad, causes.threadsLeft);
  },
);
