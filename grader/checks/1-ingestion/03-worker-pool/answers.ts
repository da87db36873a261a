/** The checks of one trip: what comes back, and to whom. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  expectAnswers,
  expectFew,
  expectStarted,
  expectThreads,
  play,
  playOnce,
  playTwice,
  resultsOf,
} from './lab.ts';

check('result', 'a task is performed in a thread, and its result comes back', async ({ subject }) => {
  const script =
    'turn; report; run echo; settled; report; run echo; settled; run echo; settled; report; run undefined; settled; run null; settled; run false; settled; run map; settled; run error; settled; run lookalike; settled';
  const [before, one, first, end] = await play(subject, script, { size: 2 });
  if (before === undefined || one === undefined || first === undefined || end === undefined)
    throw new Error('four reports');
  expectEqual(`${before.story}: threads`, before.threads.created, 0, causes.eager);
  expectAnswers(one, resultsOf('a'), causes.noResult);
  expectThreads(one, 1, causes.eager);
  expectAnswers(first, resultsOf('a b c'), causes.noResult);
  expectTrue(`${first.story}: threads that were started`, first.threads.created <= 2, {
    expected: 'at most 2',
    received: first.threads.created,
    cause: causes.reuse,
  });
  expectAnswers(
    end,
    { d: undefined, e: null, f: false, g: new Map([['g', [0, '', Number.NaN]]]) },
    causes.values,
  );
  expectAnswers(
    end,
    { h: 'returned RangeError: returned by h', i: { ok: false, error: 'returned' } },
    causes.values,
  );
  expectFew(end);
});

check('throws', 'what a task throws rejects that task, and costs nothing else', async ({ subject }) => {
  const script =
    'run throw; settled; run throw-async; settled; run throw-text; settled; run throw-undefined; settled; run answer-function; settled; run echo; settled';
  const end = await playOnce(subject, script);
  expectAnswers(end, { a: 'rejected: RangeError: no a', b: 'rejected: TypeError: no b' }, causes.thrown);
  expectAnswers(
    end,
    { c: 'rejected: string a text', d: 'rejected: undefined undefined' },
    causes.thrownValue,
  );
  expectAnswers(end, { e: /^rejected: TypeError: the answer/, ...resultsOf('f') }, causes.goesOn);
  expectThreads(end, 1, causes.throwKeepsThread);
});

check(
  'matched',
  'three tasks run at the same time, and each caller gets its own result',
  async ({ subject }) => {
    const script =
      'run hold hold hold; started 3; report; release c; settled c; release a; settled a; release b; settled';
    const [middle, end] = await playTwice(subject, script, { size: 3 });
    expectStarted(middle, [1, 1, 1], causes.together);
    expectAnswers(end, resultsOf('a b c'), causes.mixedUp);
    expectThreads(end, 3, causes.together);
  },
);

check('one-each', 'a thread has one task at a time', async ({ subject }) => {
  const script =
    'run await await await await await await; started 2; turn; report; release a b c d e f; settled';
  const [middle, end] = await playTwice(subject, script, { size: 2 });
  expectEqual(
    `${middle.story}: tasks that have started`,
    middle.started.filter((n) => n > 0).length,
    2,
    causes.oneEach,
  );
  expectAnswers(end, resultsOf('a b c d e f'), causes.lost);
  expectEqual(`${end.story}: the most tasks in one thread at a time`, end.mostInThread, 1, causes.oneEach);
  expectThreads(end, 2, causes.reuse);
});
