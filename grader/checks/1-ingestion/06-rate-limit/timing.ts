/** Time that does not behave, and chance. */
import { check, fail } from '../../../harness/index.ts';
import type { Step } from './driver.ts';
import { asList, expectAnswers, Oracle, play, playSteps } from './lab.ts';

check('step-back', 'a clock that steps back counts as one that stands still', async ({ subject }) => {
  const hour = 3_600_000;
  const later = (ms: number): number => 10_000 - hour + ms;
  const back = `at ${later(0)}; allow a; retry a; at ${later(499)}; allow a; at ${later(500)}; allow a; allow a`;
  const played = await play(subject, 2, 1_000, `at 9500; allow a; at 10000; allow a; ${back}`);
  expectAnswers(played, [true, true, false, 500, false, true, false], (received) => {
    const answers = asList(received);
    if (answers[2] === true)
      return 'a step back is no reason for new quota: what was let through is still in the window';
    if (typeof answers[3] === 'number' && answers[3] > 1_000)
      return 'the client would have to wait until the clock has made up the hour: count the time that passes from call to call instead of going by the raw or the largest reading';
    return 'a step back counts as no time at all: before and after it the same milliseconds count as always';
  });
  const twice = await play(
    subject,
    1,
    1_000,
    'at 500; allow a; at 0; sweep; allow a; at 600; at 100; allow a; at 999; allow a; at 1000; sweep; allow a; at 1100; allow a',
  );
  expectAnswers(twice, [true, 0, false, false, false, 1, true, false], (received) =>
    asList(received)[1] === 1 || (asList(received)[5] === 0 && asList(received)[6] === true)
      ? 'sweep goes by another time than allow: all three methods need the same one'
      : 'only what the clock says at a call counts: after a step back, time goes on from the new reading',
  );
  // Each time 400 ms pass up to a call that only asks or looks, and the clock goes back after it.
  for (const call of ['retry a', 'retry b', 'sweep']) {
    const asked = await play(subject, 1, 1_000, `at 0; allow a; at 400; ${call}; at 0; retry a`);
    const middle = call === 'retry a' ? 600 : 0;
    expectAnswers(asked, [true, middle, 600], (received) =>
      asList(received)[2] === 1_000
        ? `the 400 ms up to ${call === 'sweep' ? 'sweep()' : `retryAfterMs('${call.slice(-1)}')`} are lost: each call counts the time up to it, also one that only asks or finds nothing`
        : 'the step back counts as no time: 400 of the 1,000 ms have passed before it',
    );
  }
});

check(
  'oracle',
  '10,000 random requests are judged as by counting each window in full',
  async ({ subject, random }) => {
    for (const [limit, windowMs, ids] of [
      [1, 50, 5],
      [7, 1_000, 12],
      [100, 5_000, 4],
    ] as const) {
      const steps: Step[] = [];
      // At pace 1 about half of the requests find the limit reached.
      const pause = windowMs / (2 * limit * ids);
      let [now, pace] = [0, 1];
      for (let i = 0; i < 3_334; i++) {
        const id = `client-${random.integer(1, ids)}`;
        if (i % 60 === 0) pace = random.pick([0.1, 0.5, 1, 3]);
        now += Math.round((random.next() * 2 * pause) / pace);
        if (random.next() < 0.003) now -= random.integer(1, 3 * windowMs);
        if (random.next() < 0.005) now += windowMs + random.integer(-1, 1);
        steps.push(['at', now], random.next() < 0.1 ? ['retry', id] : ['allow', id]);
        if (random.next() < 0.01) steps.push(['sweep']);
      }
      judge(limit, windowMs, steps, await playSteps(subject, limit, windowMs, steps));
    }
  },
);

function judge(limit: number, windowMs: number, steps: readonly Step[], answers: readonly unknown[]): void {
  const oracle = new Oracle(limit, windowMs);
  let [call, now] = [0, 0];
  const told: string[] = [];
  for (const step of steps) {
    if (step[0] === 'at') {
      now = step[1];
      oracle.set(now);
      continue;
    }
    const received = answers[call++];
    if (step[0] === 'sweep') continue;
    const expected = step[0] === 'allow' ? oracle.allow(step[1]) : oracle.retryAfterMs(step[1]);
    const name = step[0] === 'allow' ? 'allow' : 'retryAfterMs';
    told.push(`at ${now}: ${name}('${step[1]}') gave ${String(received)}`);
    if (received === expected) continue;
    const own = told.filter((line) => line.includes(`'${step[1]}'`)).slice(-12);
    fail({
      summary: `limit ${limit} in ${windowMs} ms, call ${call} of ${answers.length}: ${name}('${step[1]}') at ms ${now}`,
      expected: String(expected),
      received: String(received),
      cause: `write down which of this id's requests were let through in the last ${windowMs} ms, and count them`,
      exhibit: own.join('\n'),
    });
  }
}
