/** Limits: for each client, and for the memory of all. */
import { check, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { withService } from './lab.ts';

check('rate-limit', 'who sends too much gets 429, and is told when to come back', async (context) => {
  const { http } = context;
  await withService(context, { limit: 3, windowMs: 10_000 }, async (lab) => {
    for (let seq = 1; seq <= 3; seq++) http.expectResponse(await lab.post({ seq }), { status: 202 });
    await lab.call('advance', 2_500);
    for (let i = 0; i < 3; i++)
      http.expectResponse(
        await lab.post({}),
        { status: 429, jsonHas: { error: 'RATE_LIMITED' }, headers: { 'retry-after': '8' } },
        '7,500 ms are 8 seconds: rounded up, or the client would come too early',
      );
    http.expectResponse(
      await lab.post({ body: '{' }),
      { status: 429 },
      'the limit is asked first: who is over it costs no parsing',
    );
    http.expectResponse(
      await lab.post({ seq: 1 }),
      { status: 429 },
      'the limit is asked first: a repeated batch is a request like any other',
    );
    http.expectResponse(
      await lab.post({ seq: 'x' }),
      { status: 429 },
      'the limit is asked first, before X-Batch-Seq is looked at: the rows of the table in their order',
    );
    http.expectResponse(await lab.post({ client: 'web-2' }), { status: 202 }, 'a limit is for one client');
    await lab.call('advance', 7_500);
    for (let i = 0; i < 3; i++)
      http.expectResponse(
        await lab.post({}),
        { status: 202 },
        'the first three are out of the window; those that were refused cost nothing',
      );
    expectEqual('records in the file', (await lab.stored()).length, 7);
    // Any window: one request at its beginning, two at 0.9 of it; at 1.1 there is room for one.
    const slide = () => lab.post({ client: 'slider' });
    const statuses = [(await slide()).status];
    await lab.call('advance', 9_000);
    statuses.push((await slide()).status, (await slide()).status);
    await lab.call('advance', 2_000);
    statuses.push((await slide()).status, (await slide()).status);
    expectEqual(
      'the statuses of 1 request, 2 more after 0.9 windows, and 2 more after 1.1, with a limit of 3',
      statuses,
      [202, 202, 202, 202, 429],
      'a limit for any windowMs, wherever it starts: the SlidingWindow of 1.6, not a count that starts again',
    );
  });
  await withService(context, { limit: 0 }, async (lab) => {
    const refused = await lab.post({});
    http.expectResponse(refused, { status: 429 }, 'a limit of 0 lets nobody in');
    expectTrue('Retry-After with a limit of 0', /^[1-9]\d*$/.test(refused.headers['retry-after'] ?? ''), {
      expected: 'whole seconds',
      received: refused.headers['retry-after'] ?? 'none',
      cause: 'retryAfterMs of 1.6 is Infinity for a limit of 0: for whom nobody knows, windowMs will do',
    });
    expectEqual(
      'ingest_clients after a stranger was refused',
      (await lab.counters()).get('ingest_clients'),
      0,
      'who is refused leaves nothing behind: remember a client when the window has let it in',
    );
  });
  await withService(context, {}, async (lab) => {
    const statuses = await lab.call('postMany', 1_001);
    expectEqual(
      'answers to 1,001 requests of a client, when the options say nothing of a limit',
      statuses,
      { 202: 1_000, 429: 1 },
      'limit is 1,000 when absent',
    );
    await lab.call('advance', 999);
    http.expectResponse(await lab.post({ client: 'many' }), { status: 429 }, 'windowMs is 1,000 when absent');
    await lab.call('advance', 1);
    http.expectResponse(await lab.post({ client: 'many' }), { status: 202 }, 'windowMs is 1,000 when absent');
  });
});

check(
  'many-clients',
  'ten thousand clients are served; the next one is told to wait, and nobody else',
  async (context) => {
    const { http } = context;
    await withService(context, { maxClients: 30, limit: 10, windowMs: 5_000 }, async (lab) => {
      for (let i = 0; i < 30; i++)
        http.expectResponse(await lab.post({ client: `c${i}` }), { status: 202 }, 'maxClients clients fit');
      for (let i = 0; i < 3; i++) {
        const refused = await lab.post({ client: `stranger${i}` });
        http.expectResponse(
          refused,
          { status: 503, jsonHas: { error: 'OVERLOADED' } },
          'who is new when maxClients are known gets 503',
        );
        const seconds = refused.headers['retry-after'] ?? 'none';
        expectTrue('Retry-After of a stranger', /^([5-9]|10)$/.test(seconds), {
          expected:
            'whole seconds, 5 to 10: all are in a window of 5 s, so earlier there is no room for anybody',
          received: seconds,
          cause: 'a stranger is not in the window of 1.6, which says 0 for it',
        });
      }
      http.expectResponse(await lab.post({ client: 'c0' }), { status: 202 }, 'who is known is served');
      expectEqual(
        'ingest_clients',
        (await lab.counters()).get('ingest_clients'),
        30,
        'who was refused leaves nothing behind',
      );
      await lab.call('advance', 4_999);
      http.expectResponse(
        await lab.post({ client: 'too-early' }),
        { status: 503 },
        'all 30 were here less than a window ago',
      );
      // Half of them stay, the others go.
      for (let round = 0; round < 3; round++) {
        await lab.call('advance', 5_000);
        for (let i = 0; i < 15; i++)
          http.expectResponse(
            await lab.post({ client: `c${i}` }),
            { status: 202 },
            'who comes in every window is never a stranger',
          );
      }
      for (let i = 0; i < 15; i++)
        http.expectResponse(
          await lab.post({ client: `new${i}` }),
          { status: 202 },
          'who was silent for two windows is forgotten, and makes room',
        );
      http.expectResponse(
        await lab.post({ client: 'one-more' }),
        { status: 503, jsonHas: { error: 'OVERLOADED' } },
        'c0 to c14 and new0 to new14 are 30',
      );
      expectEqual('ingest_clients', (await lab.counters()).get('ingest_clients'), 30);
    });
    await withService(context, { maxClients: 3, limit: 10, windowMs: 5_000 }, async (lab) => {
      for (let round = 0; round < 5; round++) {
        if (round > 0)
          http.expectResponse(
            await lab.post({ client: `stranger${round}` }),
            { status: 503 },
            'three clients come every 4 s, and the window has 5: who comes again is young again, else a stranger takes its place',
          );
        for (const client of ['a', 'b', 'c'])
          http.expectResponse(await lab.post({ client }), { status: 202 }, 'who is known is served');
        await lab.call('advance', 4_000);
      }
    });
    await withService(context, { maxClients: 2, limit: 10, windowMs: 5_000 }, async (lab) => {
      for (const client of ['a', 'b'])
        http.expectResponse(await lab.post({ client }), { status: 202 }, 'maxClients clients fit');
      await lab.call('setBack', 3_600_000);
      // Somebody has to come, or nobody can notice how late it is.
      for (let round = 0; round < 2; round++) {
        await lab.post({ client: 'early' });
        await lab.call('advance', 5_001);
      }
      http.expectResponse(
        await lab.post({ client: 'late' }),
        { status: 202 },
        'the clock was set back by an hour, and since then two clients were silent for more than two windows: a difference of two times may be negative, and then a window has not "not yet passed" for an hour',
      );
    });
  },
);

const Growth = z.object({ grownKb: z.number(), statuses: z.record(z.string(), z.number()) });

check(
  'memory',
  'strangers, and batches without end, cost no memory',
  async ({ subject }) => {
    const driver = await subject.driver('flood.ts');
    const clients = shape(
      'what was measured',
      await driver.callWithin(15_000, 'floodClients', 15_000),
      Growth,
    );
    expectEqual('answers to 15,000 clients when 100 are allowed', clients.statuses, {
      202: 100,
      503: 14_900,
    });
    expectTrue('15,000 strangers have left something', clients.grownKb < 1_500, {
      expected: 'less than 1,500 KB',
      received: `${clients.grownKb} KB`,
      cause: 'who is refused leaves nothing behind: look for a Map, a Set or an array that only grows',
    });
    const passing = shape(
      'what was measured',
      await driver.callWithin(15_000, 'floodPassing', 15_000),
      Growth,
    );
    expectEqual('answers to 15,000 clients, 50 in each window', passing.statuses, { 202: 15_000 });
    expectTrue('15,000 clients that came once have left something', passing.grownKb < 1_500, {
      expected: 'less than 1,500 KB: never more than 50 of them are in the window',
      received: `${passing.grownKb} KB`,
      cause:
        'forgetting a client means forgetting it everywhere: somebody must call sweep() of the window too',
    });
    const batches = shape(
      'what was measured',
      await driver.callWithin(15_000, 'floodBatches', 15_000),
      Growth,
    );
    expectEqual('answers to 15,000 batches of one client', batches.statuses, { 202: 15_000 });
    expectTrue('15,000 numbered batches have left something', batches.grownKb < 1_500, {
      expected: 'less than 1,500 KB, with maxBatches 100',
      received: `${batches.grownKb} KB`,
      cause: 'Generations forgets when you tell it how many batches to remember: new Generations(maxBatches)',
    });
  },
  { fresh: true, timeoutMs: 20_000 },
);
