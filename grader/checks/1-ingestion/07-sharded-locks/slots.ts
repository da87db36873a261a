/** The limiter in one thread: whose slot is whose. */
import { check, expectEqual, shape, z } from '../../../harness/index.ts';
import { expectPlay, fnvByBigInt, Oracle, roomy } from './lab.ts';
import type { Call } from './limits.ts';

/** Pairs of ids with the same 32-bit FNV-1a hash; the first two are often shown. */
const sameHash: readonly (readonly [string, string])[] = [
  ['costarring', 'liquid'],
  ['declinate', 'macallums'],
  ['altarage', 'zinke'],
];

check(
  'ids-apart',
  'ids know nothing of each other, also when their hashes are the same',
  async ({ subject }) => {
    const one = { ...roomy, limit: 1, slotsPerShard: 40 };
    const ids = [
      'a',
      'b',
      'ab',
      'abc',
      'abcd',
      'b',
      '',
      ' ',
      'é',
      'e\u0301',
      'Bob',
      'bob',
      '\u0000',
      '0',
      '__proto__',
    ];
    const first = ids.map((id): Call => [id, 5_000]);
    await expectPlay(
      subject,
      one,
      [...first, ...first],
      `yyyyynyyyyyyyyy${'n'.repeat(ids.length)}`,
      'each id has a quota of its own, whatever its letters and its length; compare the length before the bytes',
    );
    const stem = 'y'.repeat(100);
    const alike = [
      ['abc', 'ab'],
      ['ab', 'abc'],
      ['a', ''],
      ['', '\u0000'],
      ['bob', 'Bob'],
      ['é', 'e\u0301'],
      [`${stem}a`, `${stem}b`],
      [`a${stem}`, `b${stem}`],
      ...sameHash,
    ];
    for (const [a = '', b = ''] of alike) {
      await expectPlay(
        subject,
        { ...roomy, limit: 2, slotsPerShard: 1 },
        [a, b, a, b].map((id): Call => [id, 5_000]),
        'ynyn',
        'the one slot belongs to the first id, and the second one is another client, for which there is no slot: compare the length and every byte',
      );
    }
    for (const [a, b] of sameHash) {
      expectEqual(`the hashes of ${a} and ${b} (a mistake of craft, if not)`, fnvByBigInt(a), fnvByBigInt(b));
      await expectPlay(
        subject,
        one,
        `5000 ${a} ${b} ${a} ${b}, 6000 ${b} ${a}`,
        'yynnyy',
        `'${a}' and '${b}' have the same hash and are two clients: a slot is an id's only if the bytes of the id are the same`,
      );
    }
  },
);

check(
  'long-ids',
  'ids have up to 128 bytes of UTF-8; longer ones are refused with a RangeError',
  async ({ subject }) => {
    const long = 'x'.repeat(127);
    const accents = 'é'.repeat(64);
    const ids = [`${long}a`, `${long}b`, `${long}a`, accents, accents];
    await expectPlay(
      subject,
      { ...roomy, limit: 1, slotsPerShard: 4 },
      ids.map((id): Call => [id, 5_000]),
      'yynyn',
      'an id of exactly 128 bytes is legal, and all its bytes count',
    );
    const tooLong = [
      `${long}aa`,
      `${long}é`,
      `${long}aé`,
      `${accents}a`,
      `${'é'.repeat(63)}日`,
      'x'.repeat(10_000),
      `${long}a`,
    ];
    await expectPlay(
      subject,
      { ...roomy, limit: 1, slotsPerShard: 4 },
      tooLong.map((id): Call => [id, 5_000]),
      'rrrrrry',
      (received) =>
        Array.isArray(received) && received.includes(true)
          ? 'more than 128 bytes of UTF-8: throw a RangeError before you lock. Cut off, two ids would be one; and bytes are not characters. (encodeInto stops at the end of its array, and says so in `read`)'
          : 'throw new RangeError(...) for an id of more than 128 bytes',
    );
  },
);

check(
  'full-shard',
  'a full shard takes the slot of an id that is idle, and refuses when there is none',
  async ({ subject }) => {
    const three = { ...roomy, slotsPerShard: 3 };
    await expectPlay(
      subject,
      three,
      '5000 a b c d e, 5500 d a, 5999 d, 6000 d b e, 6499 f, 6500 f',
      'yyynnnyny' + 'yn' + 'ny',
      (received) => {
        if (!Array.isArray(received)) return undefined;
        if (received[3] === true)
          return 'there are three slots, and three ids have something in the window: the fourth is refused. Who puts out one that is not idle gives it a new quota';
        if (received[8] === false) return 'b has nothing in the window any more: its slot may be had';
        return 'a slot may be had when its *newest* time is windowMs old or older: a came again at 5500';
      },
    );
    await expectPlay(
      subject,
      { ...roomy, slotsPerShard: 1, limit: 1 },
      '5000 a b, 6000 b a b, 7000 a b a, 8000 abc, 9000 ab abc, 10000 abc ab',
      'ynynnynnyynyn',
      'one slot that changes hands: the new owner brings its own id, length and hash, and none of the old times',
    );
    await expectPlay(
      subject,
      { ...roomy, slotsPerShard: 1 },
      '5000 a, 6000 abc abc abc, 7000 ab ab ab, 8000 b b b',
      'yyynyynyyn',
      'the new owner of a slot is found again: its id, its length and its hash are all written anew',
    );
    await expectPlay(
      subject,
      { ...roomy, slotsPerShard: 2, limit: 3 },
      '5000 a a a, 5100 b, 6000 c, 6050 a b b b, 6100 a, 6999 a, 7100 a c',
      'yyyyyn' + 'yyn' + 'nn' + 'yy',
      'whose slot was taken comes back as a new client; who was refused for want of a slot has lost nothing and taken nothing',
    );
  },
);

check('spread', 'ids spread evenly over the shards, whatever their number', async ({ subject, random }) => {
  const driver = await subject.driver('limits.ts');
  for (const shards of [64, 12, 100, 7, 1]) {
    const count = 10_000;
    const slotsPerShard = Math.ceil((1.3 * count) / shards);
    const options = { shards, slotsPerShard, limit: 1, windowMs: 1_000 };
    for (const prefix of ['client-', `10.0.${random.integer(0, 255)}.`]) {
      const refused = shape(
        'refused',
        await driver.callWithin(4_000, 'crowd', options, prefix, count),
        z.number(),
      );
      expectEqual(
        `${count} ids ${prefix}0, ${prefix}1, …; ${shards} shards with ${slotsPerShard} slots, 1.3 times the mean: ids that found no slot`,
        refused,
        0,
        shards === 64
          ? 'the shard of an id is fnv1a(id) % shards: a part of the id, or a weaker mix of its letters, fills some shards and leaves others empty'
          : 'the number of shards need not be a power of two: `hash & (shards - 1)` then leaves most shards empty. Take the remainder',
      );
    }
  }
});

check('oracle', '4,000 random requests, with late readings and steps back', async ({ subject, random }) => {
  const driver = await subject.driver('limits.ts');
  for (const [limit, slotsPerShard, windowMs] of [
    [1, 4, 50],
    [3, 3, 100],
    [5, 8, 200],
    [2, 1, 20],
  ] as const) {
    const options = { shards: 1, slotsPerShard, limit, windowMs };
    const oracle = new Oracle(options);
    let now = random.integer(0, 2) * 1_700_000_000_000;
    const calls: Call[] = [];
    for (let i = 0; i < 1_000; i++) {
      now += random.integer(0, 9);
      if (random.integer(0, 99) === 0) now = Math.max(0, now - random.integer(1_001, 5_000));
      const late = random.integer(0, 4) === 0 ? random.integer(0, 30) : 0;
      calls.push([`client-${random.integer(1, 6)}`, Math.max(0, now - late)]);
    }
    const answers = shape(
      'the answers of allow',
      await driver.call('play', options, calls),
      z.array(z.unknown()),
    );
    for (const [i, call] of calls.entries()) {
      const expected = oracle.allow(call);
      if (answers[i] === expected) continue;
      const own = calls.slice(0, i + 1).filter(([id]) => id === call[0]);
      const told = own.slice(-6).map(([, reading]) => reading);
      expectEqual(
        `limit ${limit} in ${windowMs} ms, ${slotsPerShard} slots: request ${i + 1}, allow('${call[0]}', ${call[1]}); the last readings of this id were ${told.join(', ')}`,
        answers[i],
        expected,
        'a client of the shard took a slot, lost it, and came back? A slot that changes hands must forget its old times; and a slot may be taken when its newest time is windowMs old or older, not before',
      );
    }
  }
});
