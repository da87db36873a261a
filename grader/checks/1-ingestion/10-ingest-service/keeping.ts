/** record.ts alone: what is written, and what is found again. */
import { check, expectEqual, expectTrue, fail, shape, show, z } from '../../../harness/index.ts';
import { readRecords, recordOf, type StoredRecord } from './format.ts';

const AT = 1_700_000_000_000;

const Found = z.object({
  end: z.number(),
  found: z.array(z.looseObject({ position: z.number(), client: z.string(), body: z.string() })),
  mostRead: z.number(),
  changed: z.boolean(),
});

const batches: Omit<StoredRecord, 'position'>[] = [
  { client: 'web-1', seq: 7, count: 1, at: AT, body: '{"name":"a","value":1}' },
  {
    client: 'a "b" \\ c',
    count: 2,
    at: AT + 1,
    body: '{"metrics":[{"name":"a","value":1},\n{"name":"b","value":2}]}',
  },
  {
    client: 'ü🌡',
    seq: 0,
    count: 1,
    at: AT + 2,
    body: '{"name":"a","value":1,"tags":{"città":"Zürich 🌡"}}\n',
  },
];

check(
  'record',
  'a record is length, checksum, one line of JSON, and the body as it came',
  async ({ subject }) => {
    const driver = await subject.driver();
    for (const { body, ...head } of batches) {
      const batch = { ...head, body: Buffer.from(body) };
      const bytes = shape('the record', await driver.call('encode', batch), z.instanceof(Uint8Array));
      const { records, problem } = readRecords(bytes);
      expectEqual(
        `the record of ${show({ ...head, body })}, read as the lesson says`,
        problem ?? records,
        [{ position: 0, ...head, body }],
        (received) => {
          if (typeof received === 'string' && received.includes('checksum'))
            return 'the checksum is crc32 of node:zlib over the payload (head, line feed, body), written with writeUInt32LE at byte 4';
          if (typeof received === 'string' && received.includes('length'))
            return 'the length counts the bytes of the payload, without the 8 in front of it; bytes, not characters: Buffer.byteLength';
          return 'head as JSON on one line, then "\\n", then the bytes of the body, unchanged. A batch without seq has none in its head';
        },
      );
    }
    const offset = Buffer.from('xx{"name":"a","value":1}yy').subarray(2, -2);
    const window = shape(
      'the record',
      await driver.call('encode', { client: 'c', count: 1, at: AT, body: offset }),
      z.instanceof(Uint8Array),
    );
    expectEqual(
      'a body that is a window on a larger buffer',
      readRecords(window).records[0]?.body,
      '{"name":"a","value":1}',
      'only the window counts: body.buffer is larger',
    );
  },
);

check(
  'recover',
  'every record of a file is found again, with its position, in memory that has a limit',
  async ({ subject }) => {
    const driver = await subject.driver();
    const look = async (what: string, all: readonly Omit<StoredRecord, 'position'>[]): Promise<void> => {
      const pieces = all.map(recordOf);
      const { end, found, mostRead, changed } = shape(
        'what recover finds',
        await driver.callWithin(8_000, 'recoverFrom', Buffer.concat(pieces)),
        Found,
      );
      let position = 0;
      const expected = all.map((each, i) => {
        const placed = { position, ...each };
        position += pieces[i]?.length ?? 0;
        return placed;
      });
      const wrong = expected.findIndex((each, i) => show(sorted(found[i] ?? {})) !== show(sorted(each)));
      if (wrong >= 0 || found.length !== expected.length)
        fail({
          summary: `${what}: not all of it was found`,
          expected: `${expected.length} batches; number ${Math.max(wrong, 0)}: ${brief(expected[wrong] ?? {})}`,
          received: `${found.length} batches; number ${Math.max(wrong, 0)}: ${brief(found[wrong] ?? {})}`,
          cause:
            'the next record begins 8 + length bytes behind this one, also when it is only in the next piece that you read',
        });
      expectEqual(`${what}: where the last record ends`, end, position);
      expectTrue(`${what}: recover changes the file`, !changed, {
        expected: 'no append, sync or truncate: who calls it decides',
        received: 'a change',
      });
      expectTrue(`${what}: too much is read at once`, mostRead <= 4_194_304, {
        expected: 'pieces of at most 4 MiB: a file may be larger than the memory',
        received: `${mostRead} bytes in one readAt`,
        cause: 'read a piece, visit its whole records, go on at the first that is not whole',
      });
    };
    await look('an empty file', []);
    await look('three records', batches);
    await look(
      '4,000 records',
      Array.from({ length: 4_000 }, (_, i) => ({
        client: `c${i % 100}`,
        seq: i,
        count: 1,
        at: AT,
        body: `{"name":"m${i}","value":${i}}`,
      })),
    );
    const large = JSON.stringify({
      metrics: [{ name: 'a', value: 1, tags: { note: 'x'.repeat(1_048_000) } }],
    });
    await look(
      'eight records of nearly 1 MiB',
      Array.from({ length: 8 }, (_, i) => ({ client: 'c', seq: i, count: 1, at: AT, body: large })),
    );
  },
  { timeoutMs: 20_000 },
);

check('torn-tail', 'what a power cut leaves of a record is no record', async ({ subject }) => {
  const driver = await subject.driver();
  const good = Buffer.concat(batches.map(recordOf));
  const next = recordOf({ client: 'web-1', seq: 8, count: 1, at: AT, body: '{"name":"torn","value":1}' });
  const tails: [string, Buffer][] = [];
  for (let cut = 1; cut < next.length; cut++)
    tails.push([`the first ${cut} of the ${next.length} bytes of a record`, next.subarray(0, cut)]);
  for (const zeros of [1, 4, 7, 8, 9, 512, 70_000]) tails.push([`${zeros} zeros`, Buffer.alloc(zeros)]);
  for (const at of [4, 8, 20, next.length - 1]) {
    const flipped = Buffer.from(next);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    tails.push([`a record with a wrong bit in byte ${at}`, flipped]);
    tails.push([`the same, and a good one behind it`, Buffer.concat([flipped, next])]);
  }
  const holed = Buffer.from(next);
  holed.fill(0, 12);
  tails.push(['a record of which only the first 12 bytes were written, and zeros', holed]);
  for (const length of [0x7fff_ffff, 0xffff_ffff, 1_000_000]) {
    const absurd = Buffer.from(next);
    absurd.writeUInt32LE(length, 0);
    tails.push([`a length of ${length}`, absurd]);
  }
  const reply = await driver.callWithin(
    5_000,
    'endsOf',
    tails.map(([, tail]) => Buffer.concat([good, tail])),
  );
  const ends = shape(
    'what recover finds',
    reply,
    z.array(z.object({ end: z.number(), visited: z.number() })),
  );
  for (const [i, [what]] of tails.entries())
    expectEqual(
      `three whole records, then ${what}: what recover shows, and where it ends`,
      ends[i],
      { end: good.length, visited: 3 },
      what.includes('zeros')
        ? 'the CRC-32 of nothing is 0: eight zeros look like a record of length 0 that is whole'
        : 'stop at the first record that is not all there or whose checksum is wrong; what follows it was never promised either',
    );
});

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function brief(value: object): string {
  return show(value).slice(0, 200);
}
