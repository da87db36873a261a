/** Whole requests over HTTP: each kind of answer. */
import { check, exhibitOf, expectEqual, expectResponse, expectTrue, fail } from '../../../harness/index.ts';
import { expectProblem, NOW, withIngest } from './lab.ts';

const cpu = { name: 'cpu_usage', value: 42.5, timestamp: 1_600_000_000_000, tags: { host: 'web-1' } };

check('accepts', 'POST /metrics answers 202 and the metrics are in the queue', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    expectResponse(await ingest.post(cpu), { status: 202, jsonHas: { status: 'accepted', count: 1 } });
    expectEqual('the queue after one metric', await ingest.queued(), [cpu], 'push what validate returned');
    const metrics = [1, 2, 3].map((value) => ({ name: 'load', value, timestamp: value }));
    const batch = await ingest.post({ metrics });
    expectResponse(batch, { status: 202, jsonHas: { status: 'accepted', count: 3 } });
    const cause = 'push them in the order they came';
    expectEqual('the queue after a batch of three', await ingest.queued(), metrics, cause);
    const asked = await context.http.request({
      port: ingest.port,
      path: '/metrics?from=web-1',
      body: JSON.stringify(cpu),
    });
    const path = 'the path ends before the "?": compare only what stands in front of it with /metrics';
    expectResponse(asked, { status: 202 }, path);
  });
});

check('clock', 'a metric without a timestamp gets the time of options.clock', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    expectResponse(await ingest.post({ name: 'up', value: 1 }), { status: 202 });
    const cause = 'call options.clock.now(), not Date.now(): the clock of the checks stands still';
    expectEqual('the queue', await ingest.queued(), [{ name: 'up', value: 1, timestamp: NOW }], cause);
  });
});

check('bad-json', 'a body that is not JSON gets 400, and the server lives on', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    for (const body of ['{"name":"cpu', 'hello', '', '{"name":"a","value":NaN}', '{"name":"a","value":1}}']) {
      const cause = 'JSON.parse throws on bad input: catch that and answer 400';
      expectProblem(await ingest.post(body), 400, 'BAD_JSON', cause);
    }
    expectResponse(await ingest.post(cpu), { status: 202 }, 'the server must go on after a bad request');
  });
});

check('all-or-nothing', 'one bad metric refuses its whole batch', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    const exchange = await ingest.post({ metrics: [cpu, cpu, { name: '', value: 1 }, cpu] });
    const cause =
      'one bad metric refuses the whole batch: nobody knows what a sender means with half of its data';
    expectProblem(exchange, 400, 'INVALID_METRIC', cause);
    await ingest.expectUntouched(
      'a batch with a bad metric',
      'check all of them first, then push all of them',
    );
    // JSON has no Infinity, but this is how one gets in.
    const infinite = await ingest.post('{"name":"a","value":1e400}');
    expectProblem(infinite, 400, 'INVALID_METRIC', 'JSON.parse reads 1e400 as Infinity, which is not finite');
    expectProblem(await ingest.post({ metrics: [] }), 400, 'INVALID_BATCH');
    await ingest.expectUntouched('refused requests');
  });
});

check('explains', 'an error tells the sender what is wrong', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    const exchange = await ingest.post({ metrics: [cpu, { ...cpu, value: '5' }] });
    expectProblem(exchange, 400, 'INVALID_METRIC', 'the string "5" is not a number');
    const { message, details } = (exchange.json() ?? {}) as Record<string, unknown>;
    if (typeof message === 'string' && message !== '' && (details as { index?: unknown })?.index === 1)
      return;
    fail({
      summary: 'the error does not say what is wrong and where',
      expected:
        'a message, and details with the index: {"error":"INVALID_METRIC","message":"…","details":{"index":1}}',
      received: exchange.text,
      cause: 'pass the Problem that validate returned to refuse() unchanged',
      ...exhibitOf(exchange),
    });
  });
});

check('not-found', 'other paths get 404', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    for (const [method, path] of [
      ['GET', '/'],
      ['POST', '/metric'],
      ['POST', '/metrics/1'],
      ['POST', '//'],
    ] as const) {
      expectProblem(await ingest.ask(method, path), 404, 'NOT_FOUND', 'only the path /metrics is served');
    }
    await ingest.expectUntouched('requests to other paths');
  });
});

check('wrong-method', 'other methods on /metrics get 405 and the header Allow', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const exchange = await ingest.ask(method, '/metrics');
      expectProblem(
        exchange,
        405,
        'METHOD_NOT_ALLOWED',
        'the path exists, the method does not fit: 405, not 404',
      );
      expectTrue(
        `${method} /metrics: the header Allow does not name POST`,
        /\bPOST\b/.test(exchange.headers.allow ?? ''),
        {
          expected: 'Allow: POST',
          received: exchange.headers,
          cause: "pass { allow: 'POST' } as headers: a 405 must say which methods there are",
        },
      );
    }
  });
});

check(
  'full-queue',
  'a batch that does not fit gets 503 with Retry-After, and nothing of it is kept',
  async (context) => {
    await withIngest(context, { capacity: 5 }, async (ingest) => {
      await ingest.fill(3);
      const metrics = [1, 2, 3].map((value) => ({ name: 'load', value, timestamp: value }));
      const exchange = await ingest.post({ metrics });
      const cause = 'compare queue.capacity - queue.size with the length of the batch before the first push';
      expectProblem(exchange, 503, 'OVERLOADED', cause);
      expectTrue('a 503 without Retry-After', /^\d+$/.test(exchange.headers['retry-after'] ?? ''), {
        expected: 'Retry-After: 1',
        received: exchange.headers,
        cause: 'without it, every client tries again at once',
      });
      expectEqual('queue.size after 3 metrics did not fit into room for 2', await ingest.size(), 3, cause);
      const fits = await ingest.post({ metrics: metrics.slice(0, 2) });
      expectResponse(fits, { status: 202, jsonHas: { count: 2 } }, 'a batch that just fits is accepted');
      await ingest.queued();
      expectResponse(await ingest.post({ metrics }), { status: 202 }, 'there is room again');
    });
  },
);

check('closed-queue', 'a closed queue gives 503, not a crash', async (context) => {
  await withIngest(context, {}, async (ingest) => {
    await ingest.closeQueue();
    const cause = 'push throws on a closed queue: catch that and answer 503';
    expectProblem(await ingest.post(cpu, cause), 503, 'OVERLOADED', cause);
    expectProblem(await ingest.post('{'), 400, 'BAD_JSON');
  });
});
