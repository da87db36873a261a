/** The checks of the queue, and of what goes to the thread. */
import { check, expectEqual } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  expectAnswers,
  expectStarted,
  expectThreads,
  play,
  playOnce,
  playTwice,
  resultsOf,
  startedOf,
} from './lab.ts';

check('fifo', 'tasks start in the order of the calls', async ({ subject }) => {
  const script = 'run hold; started 1; run bytes echo function echo:60000; release a; settled';
  const end = await playOnce(subject, script, { next: { a: 'echo', c: 'echo' } });
  expectAnswers(end, { b: 1_000, ...resultsOf('a c e f g') }, causes.lost);
  expectEqual(`${end.story}: those that started, in order`, startedOf(end), 'a b c e f g', causes.fifo);
});

check(
  'full',
  'when maxQueue tasks wait, the next is rejected at once with a FullError',
  async ({ subject }) => {
    const script =
      'run hold hold hold hold hold hold; turn; report; release a b c d e f; settled; run echo echo; settled';
    const [middle, end] = await playTwice(subject, script, { size: 2, maxQueue: 3 });
    expectAnswers(
      middle,
      { a: 'waiting', b: 'waiting', c: 'waiting', d: 'waiting', e: 'waiting' },
      causes.early,
    );
    expectAnswers(middle, { f: /^rejected: FullError/ }, causes.full);
    expectAnswers(end, resultsOf('a b c d e g h'), causes.room);
    expectStarted(end, [1, 1, 1, 1, 1, 0, 1, 1], causes.refusedStays);
    for (const kind of ['echo', 'throw', 'function']) {
      const next = { c: 'echo echo' };
      const again = await playOnce(subject, `run echo; settled; run echo; settled; run ${kind}; settled`, {
        maxQueue: 1,
        next,
      });
      expectAnswers(again, resultsOf('d e'), causes.roomAtOnce);
    }
  },
);

check(
  'transfer',
  'a buffer of `transfer` is moved to the thread, not copied; a refused one stays',
  async ({ subject }) => {
    const script =
      'run bytes; settled; run bytes-copied; settled; run hold; started 3; run bytes bytes; turn; report; release c; settled; run port; settled';
    const [middle, end] = await playTwice(subject, script, { maxQueue: 1 });
    expectAnswers(middle, { a: 1_000, b: 1_000 }, causes.lost);
    expectEqual(`${middle.story}: bytes that the caller of a has left`, middle.left[0], 0, causes.moved);
    expectEqual(
      `${middle.story}: bytes that the caller of b has left`,
      middle.left[1],
      1_000,
      causes.notMoved,
    );
    expectAnswers(end, { d: 1_000, e: /^rejected: FullError/ }, causes.full);
    expectEqual(`${end.story}: bytes that the caller of d has left`, end.left[3], 0, causes.moved);
    expectEqual(`${end.story}: bytes that the caller of e has left`, end.left[4], 1_000, causes.refusedMoved);
    expectAnswers(end, resultsOf('f'), causes.port);
  },
);

check(
  'unclonable',
  'an input that cannot be copied rejects its own task and no other',
  async ({ subject }) => {
    const script =
      'run function; settled; run function function echo; settled; run hold; started 2; run function echo bytes-twice echo; turn; report; release e; settled';
    const reports = await play(subject, script);
    const [middle, end] = reports;
    if (middle === undefined || end === undefined) throw new Error('two reports');
    const refused = /^rejected: DataCloneError/;
    expectAnswers(middle, { a: refused, b: refused, c: refused }, causes.unclonable);
    expectAnswers(middle, { ...resultsOf('d'), e: 'waiting' }, causes.staysBusy);
    expectAnswers(end, { f: refused, h: refused }, causes.unclonable);
    expectAnswers(end, resultsOf('e g i'), causes.staysBusy);
    expectEqual(`${end.story}: bytes that the caller of h has left`, end.left[7], 1_000, causes.refusedMoved);
    expectThreads(end, 1, causes.unclonableThread);
  },
);
