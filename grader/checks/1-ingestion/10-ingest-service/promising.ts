/** What a 202 promises: kept in any case, and given no earlier than it can be kept. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { type Post as CutPost, expectKept } from './cutjudge.ts';
import { recordOf } from './format.ts';
import { answerOn, oneMetric, soFar, withService } from './lab.ts';

check(
  'after-commit',
  'no answer before the disk has synced, and nobody else waits for it',
  async (context) => {
    const { http } = context;
    await withService(context, {}, async (lab) => {
      const { syncs } = (await lab.call('counts')) as { syncs: number };
      await lab.call('hold', 'sync');
      const waiting = await lab.begin({ client: 'web-1' });
      await lab.untilAsked('syncs', syncs + 1);
      await lab.barrier();
      expectEqual(
        'what the client has received while the sync is under way',
        await soFar(waiting),
        '',
        'until the promise of committer.append has resolved, a power cut takes the metrics',
      );
      http.expectResponse(await lab.get('/health'), { status: 200 });
      http.expectResponse(
        await lab.post({ client: 'web-2', body: '{' }),
        { status: 400 },
        'a request that needs no disk must not wait for one that does',
      );
      expectEqual(
        'ingest_metrics_stored_total while the sync is under way',
        (await lab.counters()).get('ingest_metrics_stored_total'),
        0,
        'count when the commit is done',
      );
      const later = await lab.begin({ client: 'web-3' });
      await lab.call('release');
      expectEqual('the status when the sync is done', await answerOn(waiting), 202);
      expectEqual('the status of one that came meanwhile', await answerOn(later), 202);
    });
  },
);

check(
  'slow-sender',
  'a client that sends slowly, or sends too much, keeps nobody waiting',
  async (context) => {
    const { http } = context;
    await withService(context, { limit: 5 }, async (lab) => {
      const slow = await http.raw(lab.port);
      await slow.write(
        'POST /metrics HTTP/1.1\r\nhost: ingest\r\nauthorization: slow\r\ncontent-length: 22\r\n\r\n{"name":',
      );
      const greedy = Array.from({ length: 40 }, () => lab.post({ client: 'greedy' }));
      for (let i = 0; i < 5; i++)
        http.expectResponse(
          await lab.post({ client: 'polite' }),
          { status: 202 },
          'a limit is for one client',
        );
      const statuses = (await Promise.all(greedy)).map(({ status }) => status);
      expectEqual(
        '202 among 40 requests of a client with a limit of 5',
        statuses.filter((status) => status === 202).length,
        5,
      );
      await slow.write('"a","value":1}');
      expectEqual('the status of the slow one, when its request is complete', await answerOn(slow), 202);
      slow.destroy();
    });
  },
);

check('duplicates', 'the same number of the same client is stored once', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    const body = { metrics: [oneMetric, oneMetric] };
    const first = await lab.post({ seq: 7, body });
    const again = await lab.post({ seq: 7, body });
    http.expectResponse(
      again,
      { status: 202, json: first.json() },
      'a batch that is stored already gets the answer of the first time: same count, same offset',
    );
    http.expectResponse(
      await lab.post({ seq: '007', body }),
      { status: 202, json: first.json() },
      '007 is the number 7',
    );
    for (const post of [
      { seq: 6 },
      { seq: 8 },
      { client: 'web-2', seq: 7 },
      { client: '7', seq: 1 },
      { client: 'web', seq: 17 },
      { client: 'web-17', seq: 0 },
      { client: 'web-1', seq: 70 },
      {},
      {},
    ])
      http.expectResponse(
        await lab.post(post),
        { status: 202, jsonHas: { count: 1 } },
        'another client, another number, or none: not the same batch. A smaller number may come later: it is not old',
      );
    http.expectResponse(
      await lab.post({ client: 'web-17', seq: 0 }),
      { status: 202, jsonHas: { count: 1 } },
      '0 is a number like others',
    );
    http.expectResponse(
      await lab.post({ seq: 7, body: '{' }),
      { status: 202, json: first.json() },
      'a number that is remembered gets the first answer, whatever the body: it is not even parsed',
    );
    expectEqual(
      'records in the file',
      (await lab.stored()).length,
      10,
      'one for batch 7 of web-1, and one for each of nine others: 0 is a number too, so ask for undefined, not for "falsy"',
    );
    // Again while the first is on its way.
    const { syncs } = (await lab.call('counts')) as { syncs: number };
    await lab.call('hold', 'sync');
    const one = await lab.begin({ client: 'twice', seq: 1 });
    await lab.untilAsked('syncs', syncs + 1);
    const two = await lab.begin({ client: 'twice', seq: 1 });
    await lab.barrier();
    expectEqual(
      'the answer to a batch that is still being written, sent a second time',
      await soFar(two),
      '',
      'it is not stored yet: wait for the commit of the first',
    );
    await lab.call('release');
    expectEqual('the two statuses', [await answerOn(one), await answerOn(two)], [202, 202]);
    expectEqual(
      'records of that batch',
      (await lab.stored()).filter(({ client }) => client === 'twice').length,
      1,
      'remember a batch when you hand it to the committer, not when it is done',
    );
  });
});

check('odd-ids', 'an id is a name and nothing more', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    const ids = [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'a 1',
      'a',
      '1 a',
      'x',
      '1x',
      '"',
      '\\',
      '{"a":1}',
      'web-1, web-2',
      'A',
      'Bearer a',
      'bearer a',
      'x'.repeat(128),
    ];
    for (const client of ids) {
      const first = await lab.post({ client, seq: 1 });
      http.expectResponse(first, { status: 202 }, 'ids are keys of a Map, never of an object');
      http.expectResponse(await lab.post({ client, seq: 1 }), { status: 202, json: first.json() });
      http.expectResponse(await lab.post({ client, seq: 11 }), { status: 202 });
    }
    const stored = (await lab.stored()).map(({ client, seq }) => `${client} ${seq}`);
    expectEqual(
      'clients and numbers in the file',
      stored,
      ids.flatMap((id) => [`${id} 1`, `${id} 11`]),
      'two different batches have become one, or one two: is your key made so that no two batches share it? An id is what the header holds: no letter is changed, nothing is cut off',
    );
    const plain = await lab.post({ client: 'nbsp', seq: 1 });
    const spaced = await lab.post({ client: 'nbsp\xa0', seq: 1 });
    expectTrue('the same number of "nbsp" and of "nbsp" with a no-break space', plain.text !== spaced.text, {
      expected: 'two records: these are two ids',
      received: `${plain.text} for both`,
      cause: 'the id is the value of the header as it is: no trim(), no toLowerCase()',
    });
  });
});

check('disk-full', 'what the disk refuses is not promised, and may come again', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    await lab.post({ seq: 1 });
    await lab.call('fail', 'append', 'ENOSPC');
    const refused = await lab.post({ seq: 2 });
    http.expectResponse(
      refused,
      { status: 503, jsonHas: { error: 'QUEUE_UNAVAILABLE' } },
      'committer.append rejects with the error of the disk',
    );
    expectRetryAfter(refused.headers);
    http.expectResponse(
      await lab.get('/health'),
      { status: 503, jsonHas: { status: 'degraded' } },
      'as long as the last commit has failed the service is degraded',
    );
    http.expectResponse(
      await lab.post({ seq: 2 }),
      { status: 202 },
      'it was not stored: forget its number, or the retry gets the old failure for ever',
    );
    http.expectResponse(
      await lab.get('/health'),
      { status: 200, jsonHas: { status: 'ok' } },
      'the disk has room again',
    );
    expectEqual(
      'numbers in the file',
      (await lab.stored()).map(({ seq }) => seq),
      [1, 2],
    );
    await lab.call('fail', 'append', 'ENOSPC');
    await lab.call('hold', 'append');
    const { appends } = (await lab.call('counts')) as { appends: number };
    const first = await lab.begin({ seq: 3 });
    await lab.untilAsked('appends', appends + 1);
    const second = await lab.begin({ seq: 3 });
    await lab.barrier();
    await lab.call('release');
    expectEqual(
      'the statuses of a batch that was sent twice, and that the disk refused',
      [await answerOn(first), await answerOn(second)],
      [503, 503],
      'a repeated batch shares the fate of the first',
    );
    http.expectResponse(await lab.post({ seq: 3 }), { status: 202 }, 'both were refused: its number is free');
    expectEqual('records in the file', (await lab.stored()).length, 3);
    expectEqual(
      'ingest_duplicates_total after a repeat that was refused with the first',
      (await lab.counters()).get('ingest_duplicates_total'),
      0,
      'a repeat counts when it gets its 202, not when it comes',
    );
  });
});

check('many-numbers', 'as many numbers are remembered as maxBatches says', async (context) => {
  const { http } = context;
  await withService(context, { maxBatches: 20 }, async (lab) => {
    const answers: string[] = [];
    for (let seq = 0; seq < 25; seq++) answers.push((await lab.post({ seq })).text);
    for (let seq = 5; seq < 25; seq++)
      http.expectResponse(
        await lab.post({ seq }),
        { status: 202, json: JSON.parse(answers[seq] ?? '') },
        'maxBatches is 20, and this is one of the last 20 numbers',
      );
    expectEqual('records in the file', (await lab.stored()).length, 25);
  });
  await withService(context, { maxBatches: 4 }, async (lab) => {
    const answers: string[] = [];
    for (let seq = 1; seq <= 4; seq++) answers.push((await lab.post({ seq })).text);
    await lab.call('fill');
    const refused = await Promise.all([11, 12, 13, 14, 15, 16, 17, 18].map((seq) => lab.begin({ seq })));
    await lab.barrier();
    await lab.call('release');
    for (const connection of refused)
      expectEqual('the status of a batch that the full disk refuses', await answerOn(connection), 503);
    await lab.call('makeRoom');
    for (const [i, answer] of answers.entries())
      http.expectResponse(
        await lab.post({ seq: i + 1 }),
        { status: 202, json: JSON.parse(answer) },
        'maxBatches is 4; four were stored, then eight others were refused while they were on their way. Only a batch that is durable may push another out of Generations: keep those on their way in a Map of their own',
      );
    expectEqual('records in the file', (await lab.stored()).length, 4);
    for (let seq = 21; seq <= 40; seq++) await lab.post({ seq });
    const remembered = (await lab.counters()).get('ingest_batches') ?? 0;
    expectTrue('ingest_batches after 24 stored batches', remembered >= 4 && remembered <= 9, {
      expected: 'with maxBatches 4: at least 4, about twice as many at most',
      received: `${remembered}`,
      cause: 'it tells how many numbers are remembered now, and falls when some are forgotten',
    });
  });
});

check('disk-failed', 'after a failed sync nothing is promised any more', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    await lab.post({ seq: 1 });
    await lab.call('fail', 'sync', 'EIO');
    for (const seq of [2, 2, 3]) {
      const refused = await lab.post({ seq });
      http.expectResponse(
        refused,
        { status: 503, jsonHas: { error: 'QUEUE_UNAVAILABLE' } },
        'the committer answers every append with the error of the sync: pass it on as 503, never as 202 or 500',
      );
      expectRetryAfter(refused.headers);
    }
    http.expectResponse(
      await lab.post({ seq: 1 }),
      { status: 202 },
      'this one was stored before, and its promise holds',
    );
    http.expectResponse(await lab.get('/health'), {
      status: 503,
      jsonHas: { status: 'degraded', deps: { disk: 'failed' } },
    });
  });
});

check('full-queue', 'too much that waits for the disk gets 503 OVERLOADED', async (context) => {
  const { http } = context;
  await withService(context, { maxPending: 3 }, async (lab) => {
    const stored = await lab.post({ seq: 9 });
    const { syncs } = (await lab.call('counts')) as { syncs: number };
    await lab.call('hold', 'sync');
    const waiting = [await lab.begin({ seq: 1 })];
    await lab.untilAsked('syncs', syncs + 1);
    waiting.push(await lab.begin({ seq: 2 }), await lab.begin({ client: 'b' }));
    await lab.barrier();
    const refused = await lab.post({ seq: 4 });
    http.expectResponse(
      refused,
      { status: 503, jsonHas: { error: 'OVERLOADED' } },
      'a FullError of the committer: the disk is well, only slow',
    );
    expectRetryAfter(refused.headers);
    http.expectResponse(await lab.get('/health'), { status: 200 }, 'overload is no failure of the disk');
    const order = 'an answer that needs no disk never waits for it, and is not refused because it is full';
    http.expectResponse(await lab.post({ seq: 9 }), { status: 202, json: stored.json() }, order);
    http.expectResponse(await lab.post({ seq: 'x' }), { status: 400 }, order);
    http.expectResponse(await lab.post({ body: '{' }), { status: 400 }, order);
    await lab.call('release');
    for (const connection of waiting)
      expectEqual('the status of one that waited', await answerOn(connection), 202);
    http.expectResponse(await lab.post({ seq: 4 }), { status: 202 }, 'it was not stored: the number is free');
    expectEqual('records in the file', (await lab.stored()).length, 5);
  });
});

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

function expectRetryAfter(headers: Readonly<Record<string, string>>): void {
  expectTrue('a 503 without Retry-After', /^[1-9]\d*$/.test(headers['retry-after'] ?? ''), {
    expected:
      'Retry-After with whole seconds, at least 1: without it clients come back at once, all together',
    received: headers['retry-after'] ?? 'no such header',
  });
}
