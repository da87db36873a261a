/** The checks of threads that end: in the middle of a task, between two, or before the first. */
import { check, expectEqual } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import {
  expectAnswers,
  expectNoThread,
  expectStarted,
  expectThreads,
  playOnce,
  playTwice,
  resultsOf,
  startedOf,
} from './lab.ts';

check(
  'exit',
  'a thread that ends rejects its task, another takes its place, and the queue goes on',
  async ({ subject }) => {
    const script =
      'run hold exit echo crash echo exit0 echo reject echo; settled b c d e f g h i; report; release a; settled';
    const [middle, end] = await playTwice(subject, script, { size: 2 });
    const crashed = (name: string): string => `rejected: RangeError: crash of ${name}`;
    expectAnswers(middle, { b: /^rejected: ExitError/, f: /^rejected: ExitError/ }, causes.exit);
    expectAnswers(middle, { d: crashed('d'), h: crashed('h') }, causes.crash);
    expectAnswers(middle, { a: 'waiting', ...resultsOf('c e g i') }, causes.queueGoesOn);
    expectAnswers(end, resultsOf('a'), causes.onlyItsOwn);
    expectStarted(end, [1, 1, 1, 1, 1, 1, 1, 1, 1], causes.once);
    expectThreads(end, 6, causes.replaced);
    const alone = 'run exit; settled; ended 1; turn; report; run echo echo; settled';
    const [nobody, after] = await playTwice(subject, alone, { maxQueue: 1 });
    expectThreads(nobody, 1, causes.replacedForNobody);
    expectAnswers(after, resultsOf('b c'), causes.roomAfterEnd);
    expectThreads(after, 2, causes.replaced);
    // Full in the moment in which the first one ends: the oldest that waits is taken before anybody else may call.
    const inLine = await playOnce(subject, 'run exit echo echo; settled', {
      maxQueue: 2,
      next: { a: 'echo' },
    });
    expectAnswers(inLine, { a: /^rejected: ExitError/, ...resultsOf('b c d') }, causes.roomAtEnd);
    expectEqual(
      `${inLine.story}: those that started, in order`,
      startedOf(inLine),
      'a b c d',
      causes.roomAtEnd,
    );
    const nothing = await playOnce(subject, 'run crash-undefined; settled');
    expectAnswers(nothing, { a: 'rejected: undefined undefined' }, causes.crashValue);
  },
);

check(
  'memory',
  'a thread whose memory is used up rejects its task, and the process lives',
  async ({ subject }) => {
    const end = await playOnce(subject, 'run memory echo; settled');
    expectAnswers(end, { a: /^rejected: Error: .*memory/, ...resultsOf('b') }, causes.memory);
    expectStarted(end, [1, 1], causes.once);
    expectThreads(end, 2, causes.replaced);
  },
  { heapMb: 64 },
);

check(
  'idle-end',
  'a thread that ends between two tasks is replaced when the next one comes',
  async ({ subject }) => {
    const script = 'run bomb; settled; release a; ended 1; turn; report; run echo echo; settled';
    const [middle, end] = await playTwice(subject, script);
    expectAnswers(middle, resultsOf('a'), causes.noResult);
    expectEqual(
      `${middle.story}: threads that were started`,
      middle.threads.created,
      1,
      causes.replacedForNobody,
    );
    expectAnswers(end, resultsOf('b c'), causes.deadIdle);
    expectThreads(end, 2, causes.replaced);
  },
);

check(
  'bad-file',
  'a file that cannot be loaded rejects the tasks; it is not tried again without one',
  async ({ subject }) => {
    for (const [file, expected] of [
      ['./broken.js', /^rejected: RangeError: the file of tasks is broken/],
      ['./missing.js', /^rejected: Error: Cannot find module/],
      ['./silent.js', /^rejected: ExitError/],
      ['https://example.com/tasks.js', /^rejected: TypeError/],
    ] as const) {
      // A URL that new Worker refuses starts no thread.
      const attempts = file.startsWith('.') ? [3, 4] : [0, 0];
      const script = `run echo echo echo; settled; ended ${attempts[0]}; turn; run echo; settled; ended ${attempts[1]}; turn; report; close; closed`;
      const reports = await playTwice(subject, script, { size: 2, file });
      const [told, end] = reports.map((each) => ({ ...each, story: `a pool for ${file}, ${each.story}` }));
      if (told === undefined || end === undefined) throw new Error('two reports');
      expectAnswers(told, { a: expected, b: expected, c: expected, d: expected }, causes.badFile);
      expectThreads(told, attempts[1] ?? 0, causes.attempts);
      expectNoThread(told, causes.respawn);
      expectEqual(`${end.story}: the calls of close`, end.closes, ['resolved'], causes.closeNeverRejects);
    }
  },
  { fresh: true },
);
