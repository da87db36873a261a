/** What is left of promises when the process, or the power, has gone. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { type Post as CutPost, expectKept } from './cutjudge.ts';
import { recordOf } from './format.ts';
import { withService } from './lab.ts';

check(
  'restart',
  'after a restart every batch is known, also one whose writer died before its sync',
  async (context) => {
    const { http } = context;
    const old = [
      {
        client: 'web-1',
        seq: 1,
        count: 2,
        at: 1_600_000_000_000,
        body: '{"metrics":[{"name":"a","value":1},{"name":"b","value":2}]}',
      },
      { client: 'web-2', count: 1, at: 1_600_000_000_000, body: '{"name":"a","value":1}' },
      { client: 'web-1', seq: 2, count: 1, at: 1_600_000_000_000, body: '{"name":"c","value":1}' },
      { client: 'web-2', seq: 0, count: 1, at: 1_600_000_000_000, body: '{"name":"d","value":1}' },
    ].map(recordOf);
    const torn = recordOf({
      client: 'web-1',
      seq: 3,
      count: 1,
      at: 0,
      body: '{"name":"torn","value":1}',
    }).subarray(0, -3);
    await withService(context, { found: Buffer.concat([...old, torn]) }, async (lab) => {
      expectEqual(
        'records in a file that ended in half a record',
        (await lab.stored()).length,
        4,
        'cut the file at what recover resolved with, before anything is written behind it',
      );
      const counters = await lab.counters();
      expectEqual(
        'stored metrics and remembered batches, before anybody has sent anything',
        [counters.get('ingest_metrics_stored_total'), counters.get('ingest_batches')],
        [0, 3],
        'stored counts what became durable in this process; batches are the three of the four that have a number',
      );
      const offset = (old[0]?.length ?? 0) + (old[1]?.length ?? 0);
      http.expectResponse(
        await lab.post({ seq: 2 }),
        { status: 202, json: { status: 'accepted', count: 1, partition: 0, offset } },
        'the file tells which batches were stored: remember them while you recover',
      );
      http.expectResponse(await lab.post({ seq: 1 }), {
        status: 202,
        json: { status: 'accepted', count: 2, partition: 0, offset: 0 },
      });
      http.expectResponse(
        await lab.post({ seq: 3 }),
        { status: 202, jsonHas: { offset: Buffer.concat(old).length } },
        'half a record was never promised',
      );
      http.expectResponse(
        await lab.post({ client: 'web-2', seq: 0 }),
        { status: 202, jsonHas: { offset: Buffer.concat(old.slice(0, 3)).length } },
        '0 is a number like others: ask for undefined, not for "falsy"',
      );
      expectEqual('records in the file', (await lab.stored()).length, 5);

      // The process dies in the middle of a sync, and the machine goes on: the page cache has the batch, the disk has not.
      const { syncs } = (await lab.call('counts')) as { syncs: number };
      await lab.call('hold', 'sync');
      const lost = await lab.begin({ seq: 4 });
      await lab.untilAsked('syncs', syncs + 1);
      const hasWaited = await lab.call('restartSlowly');
      lost.destroy();
      expectTrue(
        'listen() has resolved, or its port was open, before the sync of what was found',
        hasWaited === true,
        {
          expected: 'await file.sync() before the server listens',
          received: 'a service that listens while the sync is still under way',
        },
      );
      http.expectResponse(await lab.post({ seq: 4 }), { status: 202 });
      await lab.call('crash');
      const records = await lab.stored();
      expectTrue(
        'a batch that was promised after a restart is lost in a power cut',
        records.some(({ seq }) => seq === 4),
        {
          expected:
            'batch 4: its writer died before the sync, the next process found it in the file, and said 202 when it came again',
          received: `batches ${records.map(({ seq }) => seq ?? '-').join(', ')}`,
          cause:
            'what recover finds may be in the memory of the system only: sync the file once, before you listen',
        },
      );
    });
  },
);

const A: CutPost[] = [
  {
    client: 'a',
    seq: 1,
    body: '{"name":"a1","value":1,"type":"counter","tags":{"host":"x","zone":"ü"},"timestamp":1699999999999}',
  },
  { client: 'a', seq: 2, body: '{"metrics":[{"name":"a2","value":-2.5},{"name":"a3","value":3}]}' },
  { client: 'a', seq: 2, body: '{"metrics":[{"name":"a2","value":-2.5},{"name":"a3","value":3}]}' },
];
const B: CutPost[] = [
  {
    client: 'b',
    body: '{"metrics":[{"name":"b1","value":1},{"name":"b2","value":2,"type":"gauge"},{"name":"b3","value":3}]}',
  },
  { client: 'b', seq: 1, body: '{"name":"b4","value":1e-7,"tags":{}}' },
];
const C: CutPost[] = [
  { client: '__proto__', seq: 1, body: '{"name":"c1","value":0}' },
  { client: '__proto__', seq: 3, body: '{"name":"c2","value":7}' },
];

check(
  'crash',
  'the power fails at every write and every sync, and no promise is broken',
  async (context) => {
    const before = recordOf({ client: 'a', seq: 9, count: 1, at: 1, body: '{"name":"old","value":1}' });
    await expectKept(context, 'on a new file', {
      clients: [A, B, C],
      found: new Uint8Array(),
      exists: false,
    });
    await expectKept(context, 'on a file that ends in half a record', {
      clients: [B, C],
      found: Buffer.concat([
        before,
        recordOf({
          client: 'b',
          seq: 1,
          count: 1,
          at: 1,
          body: '{"name":"b4","value":1e-7,"tags":{}}',
        }).subarray(0, 40),
      ]),
      exists: true,
    });
  },
  { timeoutMs: 20_000 },
);
