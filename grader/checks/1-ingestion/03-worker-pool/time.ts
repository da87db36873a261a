/** The checks of tasks whose time is up. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  expectAnswers,
  expectFew,
  expectStarted,
  expectThreads,
  playOnce,
  playTwice,
  resultsOf,
} from './lab.ts';

const timedOut = /^rejected: TimeoutError/;

check(
  'timeout',
  'a task whose time is up is rejected, its thread is ended and replaced',
  async ({ subject }) => {
    const script =
      'run hold echo; settled b; run spin:100 echo; settled c d; run never:50 echo; settled e f; report; release a; settled';
    const [middle, end] = await playTwice(subject, script, { size: 2 });
    expectAnswers(middle, { c: timedOut, e: timedOut }, causes.timeout);
    expectAnswers(middle, { a: 'waiting', ...resultsOf('b d f') }, causes.afterTimeout);
    expectAnswers(end, resultsOf('a'), causes.onlyItsOwn);
    expectThreads(end, 4, causes.timeoutReplaces);
    const soon = await playOnce(subject, 'run never:1 echo; settled; run never:0; settled');
    expectAnswers(soon, { a: timedOut, ...resultsOf('b') }, causes.afterTimeout);
    expectAnswers(soon, { c: timedOut }, causes.zeroTime);
    const long =
      'run hold:3000000000 echo:60; settled b; report; release a; settled; run echo:60000 throw:60000 function:60000; settled';
    const [early, late] = await playTwice(subject, long);
    expectAnswers(early, { a: 'waiting' }, causes.longTime);
    expectAnswers(late, resultsOf('a c'), causes.longTime);
    expectEqual(`${late.story}: timers that run`, late.timers, 0, causes.timerLeft);
    expectThreads(late, 1, causes.timeoutNoThread);
    const ended = await playOnce(subject, 'run exit:60000 crash:60000 echo:60000; settled');
    expectAnswers(
      ended,
      { a: /^rejected: ExitError/, b: /^rejected: RangeError/, ...resultsOf('c') },
      causes.exit,
    );
    expectEqual(`${ended.story}: timers that run`, ended.timers, 0, causes.timerLeft);
  },
);

check(
  'timeout-waiting',
  'a task whose time is up while it waits never starts, and no thread is ended',
  async ({ subject }) => {
    const script = 'run hold; started 1; run echo:50 echo; settled b; report; release a; settled';
    const [middle, end] = await playTwice(subject, script);
    expectAnswers(middle, { b: timedOut }, causes.timeoutWaiting);
    expectAnswers(middle, { a: 'waiting', c: 'waiting' }, causes.innocent);
    expectAnswers(end, resultsOf('a c'), causes.innocent);
    expectStarted(end, [1, 0, 1], causes.startedLate);
    expectThreads(end, 1, causes.innocent);
    const moved = await playOnce(subject, 'run hold; started 1; run bytes:50; settled b; release a; settled');
    expectEqual(
      `${moved.story}: bytes that the caller of b has left`,
      moved.left[1],
      1_000,
      causes.refusedMoved,
    );
    const place =
      'run hold; started 1; run echo:50; settled b; release a; settled; turn; run hold echo echo:60000; turn; report; release c; settled';
    const [full, after] = await playTwice(subject, place, { maxQueue: 1 });
    expectAnswers(full, { c: 'waiting', d: 'waiting', e: /^rejected: FullError/ }, causes.gaveUpStays);
    expectAnswers(after, resultsOf('c d'), causes.lost);
    expectEqual(`${after.story}: timers that run`, after.timers, 0, causes.timerLeft);
  },
);

check(
  'late-answer',
  'an answer that comes when the time is up puts no ended thread to work',
  async ({ subject }) => {
    for (const script of [
      'run echo; settled; run late:200 echo; started 2; block b; settled; run echo; settled',
      'run echo; settled; run late:200; started 2; block b; settled b; run echo echo; settled',
    ]) {
      const end = await playOnce(subject, script);
      expectAnswers(end, resultsOf('a c d'), causes.lateAnswer);
      expectTrue(
        `${end.story}: what became of b`,
        /^(result of b|rejected: TimeoutError.*)$/.test(String(end.answers[1])),
        {
          expected: 'result of b, or rejected: TimeoutError',
          received: String(end.answers[1]),
          cause: causes.timeout,
        },
      );
      expectFew(end);
    }
  },
);
