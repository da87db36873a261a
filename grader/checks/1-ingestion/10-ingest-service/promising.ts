/** What a 202 promises: kept in any case, and given no earlier than it can be kept. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
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
