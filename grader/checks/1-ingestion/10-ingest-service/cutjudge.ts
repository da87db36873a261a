/** Judges what is found after each power cut. */
import { type CheckContext, expectEqual, fail, shape, z } from '../../../harness/index.ts';
import type { Cut, World } from './cuts.ts';
import { metricsOf, readRecords, type StoredRecord } from './format.ts';

export type Post = World['clients'][number][number];

const NOW = 1_700_000_000_000;
const Message = z.object({
  client: z.string(),
  seq: z.number().optional(),
  body: z.string(),
  status: z.number().optional(),
});
const Cuts = z.object({
  changes: z.number(),
  cuts: z.array(
    z.object({
      after: z.number(),
      kept: z.string(),
      sent: z.array(Message),
      recovered: z.instanceof(Uint8Array),
      again: z.array(Message),
      last: z.instanceof(Uint8Array),
    }),
  ),
});

export async function expectKept({ subject, log }: CheckContext, where: string, world: World): Promise<void> {
  const driver = await subject.driver('cuts.ts');
  const { cuts, changes } = shape(
    'what was found',
    await driver.callWithin(18_000, 'cutEverywhere', world),
    Cuts,
  );
  log(`${where}: ${cuts.length} power cuts, ${changes} changes of the disk`);
  const found = readRecords(world.found).records.length;
  for (const cut of cuts as Cut[]) {
    const story = `${where}, the power failed after ${cut.after} changes of the disk (it kept ${cut.kept} of what was not synced)`;
    const records = wholeFile(`${story}; the file when the next service listened`, cut.recovered);
    const promised = cut.sent.filter(({ status }) => status === 202);
    expectPromised(story, records.slice(found), promised, world);
    for (const { client, seq, status } of cut.again)
      expectEqual(
        `${story}; then batch ${seq} of ${client} came again: its status`,
        status,
        202,
        'after a power cut the service starts on what is there, and serves',
      );
    const later = wholeFile(`${story}; all batches came again; the power failed once more`, cut.last);
    const old = promised.filter(({ seq }) => seq === undefined);
    expectPromised(
      `${story}; all batches came again and were answered; the power failed once more`,
      later.slice(found),
      [...old, ...cut.again],
      world,
    );
  }
}

function wholeFile(what: string, bytes: Uint8Array): StoredRecord[] {
  const { records, end, problem } = readRecords(bytes);
  if (problem === undefined) return records;
  fail({
    summary: `${what} is no row of whole records`,
    expected: 'whole records and nothing behind them: half a record is cut off before the first append',
    received: `${records.length} records up to byte ${end}, then ${problem}`,
    cause: 'truncate the file to what recover resolved with, if it is longer',
  });
}

function expectPromised(
  story: string,
  records: readonly StoredRecord[],
  promised: readonly Post[],
  world: World,
): void {
  for (const post of promised) {
    const same = records.filter((record) => isSame(record, post));
    const name = `batch ${post.seq ?? 'without a number'} of ${post.client}`;
    const missing = same.length === 0;
    if (same.length !== 1)
      fail({
        summary: `${name} was answered with 202 and is ${missing ? 'lost' : `there ${same.length} times`}: ${story}`,
        expected: 'one record of it',
        received: `${same.length} of ${records.length} records`,
        cause: missing
          ? 'the 202 left before the sync that covers the record, or before the name of a new file was synced (disk.syncDir); or recovery cut off too much'
          : 'the same batch was stored twice: remember its number while it is written, and again when you recover the file',
      });
    expectEqual(
      `${name}, as it was found: ${story}`,
      same[0] && metricsOf(same[0]),
      metricsOf({ body: post.body, at: NOW }),
      'name, value, type, tags and timestamp are those that were sent',
    );
  }
  const all = [...world.clients.flat(), { client: 'z', seq: 1, body: '{"name":"z1","value":1}' }];
  const stranger = records.find(
    (record) => !all.some((post) => isSame(record, post) && sameMetrics(record, post)),
  );
  if (stranger !== undefined)
    fail({
      summary: `a record that nobody sent: ${story}`,
      expected: 'each record is a whole batch of a client',
      received: `${stranger.client} ${stranger.seq ?? ''}: ${stranger.body.slice(0, 300)}`,
      cause: 'one batch is one record: stored in pieces, half of it can survive',
    });
}

function isSame(record: StoredRecord, post: Post): boolean {
  return record.client === post.client && record.seq === post.seq;
}

function sameMetrics(record: StoredRecord, { body }: Post): boolean {
  return JSON.stringify(metricsOf(record)) === JSON.stringify(metricsOf({ body, at: NOW }));
}
