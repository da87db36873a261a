/** The limiter in one thread: what passes, and when. */
import { check } from '../../../harness/index.ts';
import { callsOf, expectPlay, fnvByBigInt, roomy } from './lab.ts';

check('window', '`limit` requests pass, and a refused one costs nothing', async ({ subject }) => {
  await expectPlay(
    subject,
    roomy,
    '5000 a a a, 5500 a, 5999 a, 6000 a a a, 6500 a, 7000 a',
    'yynnnyynny',
    'as in 1.6: an id passes while fewer than `limit` of its requests that were let through are in the window; what was refused is not kept, and the place of a time that is out of the window is free',
  );
  await expectPlay(
    subject,
    { ...roomy, limit: 3 },
    '5000 a, 5400 a, 5800 a, 5999 a, 6000 a a, 6399 a, 6400 a, 6800 a, 6801 a',
    'yyynynnyyn',
    'a ring with `limit` places: the next one replaces the oldest, and when all are in the window nobody passes',
  );
  await expectPlay(
    subject,
    { ...roomy, limit: 0, slotsPerShard: 1 },
    '5000 a b a',
    'nnn',
    'with a limit of 0 nobody passes',
  );
});

check('edge', 'exactly windowMs old is out; 0 is a time like any other', async ({ subject }) => {
  const one = { ...roomy, limit: 1 };
  await expectPlay(subject, one, '5000 a, 5999 a, 6000 a', 'yny', (received) =>
    Array.isArray(received) && received[1] === true
      ? '999 ms old is still inside: the window is windowMs long'
      : 'the window holds what is less than windowMs old: compare with <, not with <=',
  );
  await expectPlay(subject, { ...roomy, limit: 2 }, '0 a a a, 999 a, 1000 a', 'yynny', (received) =>
    Array.isArray(received) && received[0] === false
      ? 'memory that was never used holds zeros, and 0 is a time: count how many places are in use, or keep something that is never 0'
      : '0 is a time like any other: a place that holds it is in use. Count the places, or keep something that is never 0',
  );
  const today = 1_795_467_600_000;
  await expectPlay(
    subject,
    one,
    `${today} a, ${today + 999} a, ${today + 1_000} a`,
    'yny',
    'milliseconds since 1970 do not fit into 32 bits, and a Float32Array rounds them: keep times in a Float64Array, or as distances from a beginning',
  );
});

check(
  'late-readings',
  'readings that come a little late count as the time of the shard',
  async ({ subject }) => {
    // Two threads whose readings come in the wrong order by 10 ms, again and again.
    const late = callsOf(Array.from({ length: 300 }, () => '5010 b, 5000 b').join(', '));
    await expectPlay(
      subject,
      roomy,
      [...callsOf('5000 a a a'), ...late, ...callsOf('5010 a, 5999 a, 6000 a')],
      `yyn${'yy'.padEnd(600, 'n')}nny`,
      'of 1,000 ms only 10 have passed: who adds up the steps forward, as in 1.6, counts the same 10 ms again and again when the readings of two threads are in the wrong order. A reading that is at most LATE_MS behind is no step of the clock',
    );
    await expectPlay(
      subject,
      { ...roomy, limit: 1 },
      '6000 a, 5000 b, 6500 b, 6999 b, 7000 b',
      'yynny',
      'the reading 5000 came late: it counts as the time of the shard, 6000. Kept as it is, it would leave the window too early',
    );
    // Two ids in different shards.
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const other = ids.find((id) => (fnvByBigInt(id) - fnvByBigInt('a')) % 2 !== 0) ?? 'b';
    await expectPlay(
      subject,
      { ...roomy, shards: 2, limit: 1 },
      `6000 a, 5500 ${other}, 6499 ${other}, 6500 ${other}`,
      'yyny',
      `a and ${other} are in different shards, and each shard has a time of its own: one that all share would be written without a lock that all take`,
    );
  },
);

check(
  'step-back',
  'a clock that is set back gives nobody quota twice, and stops nobody',
  async ({ subject }) => {
    const hour = 3_600_000;
    const one = { ...roomy, limit: 1 };
    const at = (time: number, ids = 'a'): string => `${10 * hour + time} ${ids}`;
    await expectPlay(
      subject,
      one,
      [
        at(0),
        at(600),
        at(600 - hour),
        at(999 - hour),
        at(1_000 - hour),
        at(1_999 - hour),
        at(2_000 - hour),
      ].join(', '),
      'ynnnyny',
      (received) => {
        if (!Array.isArray(received)) return undefined;
        if (received[2] === true)
          return 'the step back gave quota: it counts as no time, so nothing leaves the window';
        return 'after the step time goes on from where it was: 400 ms later the window of 1,000 ms is over. The largest reading alone would stop time for an hour: keep beside it by how much the clock is behind';
      },
    );
    await expectPlay(
      subject,
      one,
      [at(0), at(-hour), at(500 - hour), at(-2 * hour), at(499 - 2 * hour), at(500 - 2 * hour)].join(', '),
      'ynnnny',
      'the clock was set back twice: the second step comes on top of the first',
    );
    await expectPlay(
      subject,
      one,
      [
        at(1_000),
        at(0, 'b'),
        at(999),
        at(1_999),
        at(2_000),
        at(1_998, 'b'),
        at(998, 'b'),
        at(1_997, 'b'),
        at(1_998, 'b'),
      ].join(', '),
      'yynnyynny',
      'exactly LATE_MS behind is still late, and does not move the clock; only more than that is a step',
    );
  },
);
