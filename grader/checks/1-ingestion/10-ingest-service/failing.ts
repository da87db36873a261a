/** What becomes of promises when the disk is full, slow or broken. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { answerOn, withService } from './lab.ts';

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

function expectRetryAfter(headers: Readonly<Record<string, string>>): void {
  expectTrue('a 503 without Retry-After', /^[1-9]\d*$/.test(headers['retry-after'] ?? ''), {
    expected:
      'Retry-After with whole seconds, at least 1: without it clients come back at once, all together',
    received: headers['retry-after'] ?? 'no such header',
  });
}
