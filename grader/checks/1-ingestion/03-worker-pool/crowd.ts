/** The checks of many tasks. */
import type { Random } from '../../../harness/index.ts';
import { check, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';
import { expectFew, playOnce, type Told } from './lab.ts';

/** What each kind of task must become; how often it is started; whether its thread ends with it. */
const fates: Readonly<Record<string, { answer: RegExp; started: readonly number[]; ends: boolean }>> = {
  echo: { answer: /^result of /, started: [1], ends: false },
  throw: { answer: /^rejected: RangeError: no /, started: [1], ends: false },
  function: { answer: /^rejected: DataCloneError/, started: [0], ends: false },
  exit: { answer: /^rejected: ExitError/, started: [1], ends: true },
  crash: { answer: /^rejected: RangeError: crash of /, started: [1], ends: true },
  'never:40': { answer: /^rejected: TimeoutError/, started: [0, 1], ends: true },
};

check(
  'chaos',
  '120 tasks of every kind: none is lost, none is started twice',
  async ({ subject, random }) => {
    const kinds = Array.from({ length: 120 }, () => kindOf(random));
    const steps: string[] = [];
    for (let at = 0; at < kinds.length; ) {
      const count = random.integer(1, 12);
      steps.push(`run ${kinds.slice(at, at + count).join(' ')}`, 'turn');
      at += count;
    }
    const end = await playOnce(subject, [...steps, 'settled'].join('; '), {
      size: 3,
      maxQueue: 200,
      isLong: true,
    });
    const told = { ...end, story: '120 tasks by 3 threads, some of which end them' };
    expectFew(told);
    for (const [index, kind] of kinds.entries()) judge(told, index, kind);
    const ends = kinds.filter((kind) => fates[kind]?.ends === true).length;
    expectTrue(`${told.story}: threads that were started`, told.threads.created <= 3 + ends, {
      expected: `at most 3 and one for each of the ${ends} that ended`,
      received: told.threads.created,
      cause: causes.replaced,
    });
  },
);

function kindOf(random: Random): string {
  const roll = random.integer(0, 99);
  if (roll < 70) return 'echo';
  if (roll < 80) return 'throw';
  if (roll < 90) return 'function';
  return ['exit', 'crash', 'never:40'][roll % 3] ?? 'echo';
}

function judge(told: Told, index: number, kind: string): void {
  const fate = fates[kind];
  const name = index < 26 ? String.fromCharCode(97 + index) : `t${index + 1}`;
  const answer = String(told.answers[index]);
  const started = told.started[index] ?? -1;
  const isOwn = !/^(result of|rejected: RangeError)/.test(answer) || answer.endsWith(` ${name}`);
  if (fate?.answer.test(answer) === true && isOwn && fate.started.includes(started)) return;
  fail({
    summary: `${told.story}: task ${index + 1} (${kind}, called ${name})`,
    expected: `${fate?.answer.source.replace(/[\^$]/g, '')}, started ${fate?.started.join(' or ')} times`,
    received: `${answer}, started ${started} times`,
    cause: answer === 'waiting' ? causes.unanswered : causes.once,
  });
}

const manySchema = z.object({
  wrong: z.number(),
  warnings: z.array(z.string()),
  kept: z.object({ inputs: z.number(), outputs: z.number(), promises: z.number() }),
  timers: z.number(),
  created: z.number(),
  most: z.number(),
  listeners: z.number(),
});

check('no-leaks', '10,000 tasks leave no listener, no timer and no warning', async ({ subject }) => {
  const driver = await subject.driver('many.ts');
  const reply = await driver.callWithin(6_000, 'performMany', 10_000);
  const many = shape('the report of 10,000 tasks', reply, manySchema);
  const told = 'size 2, maxQueue 10,000: 10,000 tasks at once, each with a limit of a minute';
  expectEqual(`${told}: wrong results`, many.wrong, 0, causes.mixedUp);
  expectEqual(`${told}: warnings`, many.warnings, [], causes.listeners);
  expectTrue(`${told}: listeners of one thread for one event`, many.listeners <= 3, {
    expected: 'at most 3, however many tasks there were',
    received: many.listeners,
    cause: causes.listeners,
  });
  for (const [what, kept] of Object.entries(many.kept)) {
    expectTrue(`${told}: ${what} that are still in memory after the last answer`, kept <= 100, {
      expected: 'at most 100',
      received: kept,
      cause: causes.kept,
    });
  }
  expectEqual(`${told}: timers that run`, many.timers, 0, causes.timerLeft);
  expectEqual(`${told}: threads that were started`, many.created, 2, causes.reuse);
});
