/** The limiter as memory: where it lies, who reads it, and who waits for whom. */
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { expectNoProblem, expectPlay, fnvByBigInt, limiterCauses, type Options, roomy } from './lab.ts';
import type { Call } from './limits.ts';

check(
  'layout',
  'bytes() is what a limiter takes: whole lines, and not much more than it keeps',
  async ({ subject }) => {
    const driver = await subject.driver('limits.ts');
    const all: Options[] = [
      { shards: 1, slotsPerShard: 1, limit: 1, windowMs: 1 },
      { shards: 3, slotsPerShard: 7, limit: 5, windowMs: 1_000 },
      { shards: 64, slotsPerShard: 100, limit: 100, windowMs: 1_000 },
      { shards: 7, slotsPerShard: 3, limit: 0, windowMs: 1_000 },
    ];
    const sizes = shape('bytes', await driver.call('bytesFor', all), z.array(z.number()));
    for (const [i, options] of all.entries()) {
      const bytes = sizes[i] ?? Number.NaN;
      const { shards, slotsPerShard, limit } = options;
      const what = `ShardedLimiter.bytes({ shards: ${shards}, slotsPerShard: ${slotsPerShard}, limit: ${limit} })`;
      const most = shards * (256 + slotsPerShard * (256 + 8 * limit));
      expectTrue(what, Number.isInteger(bytes) && bytes > 0 && bytes % 64 === 0, {
        expected: 'a multiple of 64',
        received: bytes,
        cause:
          'round the size of each shard up to a multiple of 64: then every shard, and the next limiter, begins on a line of its own',
      });
      expectTrue(what, bytes <= most, {
        expected: `at most ${most}: 256 for each shard, and for each slot 8 x limit + 256`,
        received: bytes,
        cause: 'a slot holds the id (128 bytes), its times (8 bytes each) and a few numbers',
      });
      expectTrue(what, limit === 0 || bytes >= shards * slotsPerShard * 8 * limit, {
        expected: `at least ${shards * slotsPerShard * 8 * limit}, for the times alone`,
        received: bytes,
        cause: 'every slot has room for `limit` times: memory that is shared cannot grow later',
      });
      const { windowMs } = options;
      for (const [given, byteOffset, expected] of [
        [bytes, 0, 'made'],
        [bytes - 64, 0, 'RangeError'],
        [bytes + 64, 64, 'made'],
        [bytes + 64, 128, 'RangeError'],
        [bytes + 64, 32, 'RangeError'],
      ] as const) {
        expectEqual(
          `new ShardedLimiter(a buffer of ${given} bytes, { …, byteOffset: ${byteOffset} }), where bytes() is ${bytes}`,
          await driver.call('make', { ...options, windowMs, byteOffset }, given),
          expected,
          expected === 'made'
            ? 'what bytes() says must be enough, from byteOffset on'
            : 'a RangeError when the limiter does not fit from byteOffset on, or byteOffset is no multiple of 64',
        );
      }
    }
  },
);

check(
  'two-limiters',
  'two limiters in one buffer do not touch each other, or what lies around them',
  async ({ subject }) => {
    const driver = await subject.driver('limits.ts');
    for (const [first, second] of [
      [
        { shards: 3, slotsPerShard: 5, limit: 3, windowMs: 1_000 },
        { shards: 2, slotsPerShard: 1, limit: 1, windowMs: 500 },
      ],
      [
        { shards: 1, slotsPerShard: 2, limit: 2, windowMs: 1_000 },
        { shards: 5, slotsPerShard: 3, limit: 7, windowMs: 10 },
      ],
    ] as const) {
      const reply = shape(
        'what two limiters did',
        await driver.call('neighbours', first, second),
        z.object({ strayed: z.array(z.number()), answers: z.array(z.array(z.unknown())) }),
      );
      expectEqual(
        'bytes before, between and behind two limiters that have changed',
        reply.strayed.slice(0, 5),
        [],
        'every index counts from byteOffset, and none goes beyond bytes(): is the last slot of the last shard inside? Is an id cut to its slot?',
      );
      for (const [i, { limit }] of [first, second].entries()) {
        expectEqual(
          `limiter ${i + 1} of 2, limit ${limit}: three requests of one id, long after everything else`,
          reply.answers[i],
          [true, limit > 1, limit > 2],
          'the second limiter begins at byteOffset: do both use the same bytes?',
        );
      }
    }
  },
);

check('one-memory', 'objects on one buffer are one limiter', async ({ subject }) => {
  const cause =
    'a second object, made later by another thread, finds what is in the buffer: its constructor must write nothing, and all that allow remembers must be in the buffer. No fields, no Maps';
  await expectPlay(subject, roomy, '5000 a a a a, 6000 a a a', 'yynnyyn', cause, 3);
  await expectPlay(
    subject,
    { ...roomy, shards: 5, slotsPerShard: 2, limit: 1 },
    '5000 a a b b, 6000 b a a b, 6500 a b, 7000 a a',
    'ynynyynn' + 'nn' + 'yn',
    cause,
    2,
  );
  await expectPlay(
    subject,
    { ...roomy, slotsPerShard: 1, limit: 1 },
    '5000 a b, 6000 b a, 7000 a b, 8000 b b',
    'ynynynyn',
    'the slot changed hands through another object: ask the bytes whose it is each time',
    2,
  );
  const hour = 3_600_000;
  const timeCause =
    'the time of a shard, and by how much the clock is behind, belong into the buffer: one thread saw the clock go on, or back, and the other did not';
  const one = { ...roomy, limit: 1 };
  await expectPlay(subject, one, `${hour} a, ${hour - 500} b, ${hour + 500} b`, 'yyn', timeCause, 2);
  await expectPlay(subject, one, `${2 * hour} a b, ${hour} c, ${hour + 1_000} a`, 'yyyy', timeCause, 2);
});

check(
  'every-order',
  'two and three threads ask at the same time, in every order of their steps',
  async ({ subject }) => {
    const driver = await subject.driver('limits.ts');
    const small: Options = { shards: 1, slotsPerShard: 1, limit: 1, windowMs: 1_000 };
    const a: Call = ['a', 5_000];
    const b: Call = ['b', 5_000];
    const scenes: readonly (readonly [string, Options, Call[][], number])[] = [
      ['limit 1: A and B ask for a', small, [[a], [a]], 1],
      ['limit 2: A asks for a twice, B once', { ...small, limit: 2 }, [[a, a], [a]], 2],
      ['one slot: A asks for a, B for b', small, [[a], [b]], 1],
      ['two slots: A asks for a, B for b', { ...small, slotsPerShard: 2 }, [[a], [b]], 2],
      ['limit 2: A, B and C ask for a', { ...small, limit: 2 }, [[a], [a], [a]], 2],
    ];
    for (const [scene, options, threads, passes] of scenes) {
      const reply = await driver.callWithin(9_000, 'everyOrder', options, threads, passes);
      expectNoProblem(scene, reply, limiterCauses);
    }
    const outside = shape(
      'bytes',
      await driver.call('outsideLock', { ...small, slotsPerShard: 3 }, [a, b, a, ['a', 6_000], b]),
      z.array(z.object({ before: z.number(), after: z.number(), atomic: z.number() })),
    );
    for (const [i, { before, after, atomic }] of outside.entries()) {
      const cause = limiterCauses.judge;
      expectTrue(`call ${i + 1} of allow: atomic operations`, atomic > 0, {
        expected: 'some: it takes the lock of the shard',
        received: 'none',
        cause,
      });
      expectEqual(
        `call ${i + 1} of allow: bytes that changed before the first atomic operation`,
        before,
        0,
        cause,
      );
      expectEqual(`call ${i + 1} of allow: bytes that changed after the last one`, after, 0, cause);
    }
  },
  { timeoutMs: 20_000 },
);

check(
  'own-lines',
  'each of 64 shards has a lock of its own, on a cache line of its own',
  async ({ subject }) => {
    const driver = await subject.driver('limits.ts');
    const ids = Array.from({ length: 2_000 }, (_, i) => `client-${i}`);
    const options = { shards: 64, slotsPerShard: 60, limit: 1, windowMs: 1_000 };
    const cells = shape('the cells', await driver.call('lockAddresses', options, ids), z.array(z.number()));
    const locks = [...new Set(cells)].sort((x, y) => x - y);
    expectEqual(
      '64 shards, 2,000 ids: different cells that allow locks',
      locks.length,
      64,
      locks.length === 1
        ? 'all ids use one lock: take the lock of the shard'
        : 'the shard of an id is fnv1a(id) % shards, and each shard has one lock',
    );
    const [first = 0] = locks;
    expectEqual(
      'their distances from the first of them, modulo 64',
      [...new Set(locks.map((cell) => (cell - first) % 64))],
      [0],
      'a processor fetches memory in lines of 64 bytes, and what two threads write must not share one: let every shard begin at a multiple of 64',
    );
    const shardOf = new Map<number, number>();
    for (const [i, id] of ids.entries()) {
      const shard = fnvByBigInt(id) % 64;
      const known = shardOf.get(shard) ?? cells[i];
      shardOf.set(shard, known ?? 0);
      expectEqual(
        `the cell of ${id}'s lock, and that of another id with the same fnv1a(id) % 64`,
        cells[i],
        known,
        'the shard of an id is fnv1a(id) % shards',
      );
    }
  },
);

check(
  'no-messages',
  'allow() sends no message',
  async ({ subject }) => {
    const driver = await subject.driver('limits.ts');
    expectEqual(
      'messages sent during 14 calls of allow',
      await driver.callWithin(9_000, 'messages'),
      0,
      'a message waits for the event loop of another thread: decide here, in the memory that all share',
    );
  },
  { timeoutMs: 20_000 },
);

check(
  'one-quota',
  '4 real threads share one quota for each id',
  async ({ subject }) => {
    const driver = await subject.driver('limits.ts');
    const ids = Array.from({ length: 40 }, (_, i) => `client-${i}-ü`);
    const options = { shards: 7, slotsPerShard: 40, limit: 500, windowMs: 60_000 };
    const reply = await driver.callWithin(9_000, 'quota', options, 4, ids, 400 * ids.length);
    const schema = z.object({ hung: z.number(), allowed: z.number(), later: z.number() });
    const { hung, allowed, later } = shape('what four threads got', reply, schema);
    expectEqual('threads that had not come back after 5 s', hung, 0, limiterCauses.asleep);
    expectEqual(
      '4 threads ask 400 times each for each of 40 ids with a limit of 500: let through, all together',
      allowed,
      40 * 500,
      (received) =>
        Number(received) === 4 * 40 * 400
          ? 'every thread has quotas of its own: does the state lie in fields instead of the buffer?'
          : Number(received) > 40 * 500
            ? limiterCauses.judge
            : 'too few: requests that were let through got lost, or an id has two slots',
    );
    expectEqual('ids for which a fifth thread got one more', later, 0, limiterCauses.judge);
  },
  { timeoutMs: 20_000 },
);
