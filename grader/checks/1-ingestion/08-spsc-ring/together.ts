/** The checks with two real threads. None of them looks at the clock, except to give up. */
import { check, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { causes } from './causes.ts';

const transferSchema = z.object({
  problem: z.string(),
  count: z.number(),
  stalled: z.boolean(),
  written: z.number(),
  read: z.number(),
});

check(
  'two-threads',
  '200,000 records of 0 to 1,000 bytes from thread to thread, and 3,000 through a tiny ring',
  async ({ subject, random }) => {
    const driver = await subject.driver('crew.ts');
    const rows: [number, number, number, number, number][] = [
      [64, 2 ** 32 - 4_000, 3_000, 28, 3],
      [262_144, 2 ** 31 - 262_144, 200_000, 1_000, 64],
    ];
    for (const [capacity, start, records, longest, batch] of rows) {
      const seed = random.integer(1, 1e9);
      const reply = await driver.callWithin(
        9_000,
        'transfer',
        capacity,
        start,
        records,
        longest,
        batch,
        seed,
      );
      const told = shape('the transfer', reply, transferSchema);
      const story = `${records} records of 0 to ${longest} bytes through a ring of ${capacity}, from one thread to another`;
      if (told.problem !== '')
        fail({ summary: `${story}: ${told.problem}`, cause: String(causes.threads('bytes')) });
      expectTrue(`${story}: done within 8 s`, !told.stalled, {
        expected: 'yes',
        received: `no: ${told.written} bytes written, ${told.read} given back`,
        cause:
          told.written === told.read
            ? 'all that was written was read, so the reader sleeps or the writer sees no room'
            : 'bytes wait and nobody reads them, or there is room and nobody sees it: when does each side look at the other counter again?',
      });
      expectEqual(`${story}: records read`, told.count, records, causes.max);
    }
  },
  { timeoutMs: 20_000 },
);

check(
  'wake',
  'a reader that goes to sleep at any moment of tryWrite is woken',
  async ({ subject }) => {
    const driver = await subject.driver('crew.ts');
    const schema = z.array(
      z.object({ story: z.string(), returned: z.boolean().optional(), sleeps: z.array(z.string()) }),
    );
    const wakes = shape('the wakes', await driver.callWithin(9_000, 'wakeEverywhere', 2_500), schema);
    for (const { story, returned, sleeps } of wakes) {
      const good = returned === true && !sleeps.includes('timed-out');
      expectTrue(`${story}: how its sleep ended`, good, {
        expected: 'it was woken, or did not begin',
        received:
          returned === undefined ? 'not at all' : `${sleeps.join(', ') || 'no sleep'}; returned ${returned}`,
        cause: causes.lostWake,
      });
    }
  },
  { timeoutMs: 12_000 },
);

check(
  'killed',
  'a thread is ended in the middle of writing, and another goes on',
  async ({ subject, random }) => {
    const driver = await subject.driver('crew.ts');
    const schema = z.object({ kills: z.number(), records: z.number(), problem: z.string() });
    const reply = await driver.callWithin(9_000, 'killWriters', 5, random.integer(1, 1e9));
    const { problem } = shape('the kills', reply, schema);
    if (problem !== '')
      fail({
        summary: `five writers, each ended while it wrote: ${problem}`,
        cause:
          'a new object goes on where the counters in the buffer stand, and nothing of a record counts before WRITTEN is stored',
      });
  },
  { timeoutMs: 12_000 },
);
