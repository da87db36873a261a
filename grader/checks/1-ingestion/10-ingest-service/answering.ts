/** The contract over HTTP: who gets which answer. */
import { check, type Exchange, expectEqual, expectTrue } from '../../../harness/index.ts';
import { metricsOf } from './format.ts';
import { answerOn, bytesOf, oneMetric, withService } from './lab.ts';

const NOW = 1_700_000_000_000; // where the simulated clock begins

const full = {
  name: 'http_requests_total',
  value: 3,
  type: 'counter',
  timestamp: NOW - 5,
  tags: { host: 'web-1', città: 'Zürich' },
};

check('accepted', 'a batch is stored as it came, and answered with its place', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    const bodies = [full, { metrics: [full, { name: 'a:b', value: -0.5 }] }, oneMetric];
    const exchanges: Exchange[] = [];
    for (const body of bodies)
      exchanges.push(await lab.post({ body, ...(body === oneMetric && { seq: 12 }) }));
    const stored = await lab.stored();
    for (const [i, body] of bodies.entries()) {
      const record = stored[i];
      const count = 'metrics' in body ? 2 : 1;
      http.expectResponse(
        exchanges[i] as Exchange,
        { status: 202, json: { status: 'accepted', count, partition: 0, offset: record?.position ?? -1 } },
        'count is the number of metrics, offset what committer.append resolved with: use accepted() of replies.ts',
      );
      expectEqual(
        `what is stored of batch ${i}`,
        record && { client: record.client, seq: record.seq, count: record.count, metrics: metricsOf(record) },
        {
          client: 'web-1',
          seq: body === oneMetric ? 12 : undefined,
          count,
          metrics: metricsOf({ body: JSON.stringify(body), at: NOW }),
        },
        'the body goes into the record as it came: parseMetrics drops the type, so its result is for checking and counting only',
      );
    }
    expectEqual('records in the file after three requests', stored.length, 3);
  });
});

check('no-client', 'who does not say who it is gets 401', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    for (const client of ['', 'x'.repeat(129)])
      http.expectResponse(
        await lab.post({ client }),
        { status: 401, jsonHas: { error: 'NO_CLIENT' } },
        client === '' ? 'no header Authorization' : 'an id has at most 128 characters',
      );
    http.expectResponse(
      await lab.post({ client: 'x'.repeat(128) }),
      { status: 202 },
      '128 characters are allowed',
    );
    expectEqual(
      'records in the file',
      (await lab.stored()).length,
      1,
      'a request that is refused is not stored',
    );
  });
});

check('bad-batches', 'a batch with one bad metric is refused as a whole', async (context) => {
  const { http } = context;
  const tags = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`t${i}`, 'x']));
  const bad: [object | string, number, string, number | undefined, string][] = [
    ['{"name":"a","value":1', 400, 'BAD_JSON', undefined, 'half a body'],
    ['{"name":"\xff"', 400, 'BAD_JSON', undefined, 'no JSON'],
    ['', 400, 'BAD_JSON', undefined, 'no body'],
    [[], 400, 'INVALID_METRIC', -1, 'a list'],
    [{ metrics: [] }, 400, 'INVALID_METRIC', -1, 'an empty batch'],
    [
      { metrics: [oneMetric, oneMetric, { name: 'a' }] },
      400,
      'INVALID_METRIC',
      2,
      'a metric without a value',
    ],
    [{ metrics: [oneMetric, { ...oneMetric, type: 'meter' }] }, 400, 'INVALID_METRIC', 1, 'an unknown type'],
    [{ ...oneMetric, name: 'x'.repeat(256) }, 400, 'INVALID_METRIC', 0, 'a name of 256 characters'],
    ...['cpu usage', '9lives', 'cpu-usage', 'città', 'a\n', ''].map((name): (typeof bad)[number] => [
      { metrics: [oneMetric, { name, value: 1 }] },
      400,
      'INVALID_METRIC',
      1,
      `the name ${JSON.stringify(name)}`,
    ]),
    [{ metrics: [oneMetric, { ...oneMetric, tags: tags(33) }] }, 400, 'INVALID_METRIC', 1, '33 tags'],
    [
      { metrics: [oneMetric, { ...oneMetric, name: '9' }, { ...oneMetric, tags: tags(33) }] },
      400,
      'INVALID_METRIC',
      1,
      'a bad name, then 33 tags',
    ],
    [
      { metrics: [oneMetric, { ...oneMetric, tags: tags(33) }, { ...oneMetric, name: '9' }] },
      400,
      'INVALID_METRIC',
      1,
      '33 tags, then a bad name',
    ],
    [{ metrics: Array(1_001).fill(oneMetric) }, 413, 'TOO_LARGE', undefined, '1,001 metrics'],
    [
      { metrics: [...Array(1_500).fill(oneMetric), { name: 'bad' }] },
      413,
      'TOO_LARGE',
      undefined,
      '1,501 metrics, one of them bad',
    ],
  ];
  await withService(context, {}, async (lab) => {
    for (const [body, status, error, index, what] of bad) {
      const exchange = await lab.post({ body, seq: 1 });
      const details = index === undefined ? {} : { details: { index } };
      http.expectResponse(exchange, { status, jsonHas: { error, ...details } }, `${what}: ${causeOf(error)}`);
      expectTrue(
        `${what}: no message`,
        typeof (exchange.json() as { message?: unknown }).message === 'string',
        { expected: 'a sentence for people under "message"', received: exchange.text },
      );
    }
    expectEqual(
      'records in the file after refused batches only',
      (await lab.stored()).length,
      0,
      'nothing of a refused batch is stored, its good metrics neither',
    );
    for (const body of [
      { ...oneMetric, name: 'x'.repeat(255), tags: tags(32) },
      { metrics: Array(1_000).fill(oneMetric) },
      { name: '_:A9', value: 1e300, type: 'summary' },
    ])
      http.expectResponse(
        await lab.post({ body }),
        { status: 202 },
        'these are within all limits: 255 characters, 32 tags, 1,000 metrics',
      );
    http.expectResponse(
      await lab.post({ body: oneMetric, seq: 1 }),
      { status: 202, jsonHas: { count: 1 } },
      'a refused batch has not used up its number',
    );
    expectEqual(
      'records in the file',
      (await lab.stored()).length,
      4,
      'batch 1 was refused before, so this one is new',
    );
    http.expectResponse(
      await lab.post({ seq: 'seven' }),
      { status: 400, jsonHas: { error: 'BAD_SEQ' } },
      'X-Batch-Seq is digits',
    );
    http.expectResponse(
      await lab.post({ seq: '' }),
      { status: 400, jsonHas: { error: 'BAD_SEQ' } },
      'an empty X-Batch-Seq is there, and is no number: ask for undefined, not for "falsy"',
    );
    http.expectResponse(await lab.post({ seq: '-1' }), { status: 400, jsonHas: { error: 'BAD_SEQ' } });
    http.expectResponse(
      await lab.post({ seq: '1e3' }),
      { status: 400, jsonHas: { error: 'BAD_SEQ' } },
      'Number() takes too much: digits only',
    );
    http.expectResponse(
      await lab.post({ seq: '9007199254740993' }),
      { status: 400, jsonHas: { error: 'BAD_SEQ' } },
      'at most 15 digits: 9007199254740993 is rounded to its neighbour',
    );
  });
});

function causeOf(error: string): string {
  if (error === 'TOO_LARGE')
    return 'parseMetrics says -1 for more than 1,000 entries as it does for no batch at all: look which of the two it is';
  if (error === 'BAD_JSON')
    return 'parseMetrics throws a JsonError for it, which is none of the MetricErrors';
  return 'the index is that of the MetricError, or of the first metric that breaks a rule of the lesson (its name, its number of tags)';
}

check('large-body', 'a body of more than 1 MiB gets 413', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    const body = (size: number): string => `{"name":"a","value":1}`.padEnd(size);
    http.expectResponse(
      await lab.post({ body: body(1_048_577) }),
      { status: 413 },
      'the parser of 1.1 refuses it: leave its limits as they are',
    );
    http.expectResponse(await lab.post({ body: body(1_048_576) }), { status: 202 }, '1 MiB is allowed');
    expectEqual('records in the file', (await lab.stored()).length, 1);
  });
});

check('routes', 'other paths and methods get their answer', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    http.expectResponse(await lab.get('/nothing'), { status: 404, jsonHas: { error: 'NOT_FOUND' } });
    http.expectResponse(
      await lab.get('/metrics/'),
      { status: 404, jsonHas: { error: 'NOT_FOUND' } },
      'compare the whole path',
    );
    const wrong: [string, string, RegExp][] = [
      ['/metrics', 'DELETE', /POST/],
      ['/health', 'POST', /GET/],
      ['/metrics', 'PUT', /GET/],
    ];
    for (const [path, method, allowed] of wrong) {
      const exchange = await lab.get(path, method);
      http.expectResponse(exchange, { status: 405, jsonHas: { error: 'METHOD_NOT_ALLOWED' } });
      expectTrue(`${method} ${path}: header Allow`, allowed.test(exchange.headers.allow ?? ''), {
        expected: `Allow names the methods that ${path} knows`,
        received: exchange.headers.allow ?? 'no such header',
      });
    }
    http.expectResponse(
      await lab.get('/health?verbose'),
      { status: 200, json: { status: 'ok', deps: { disk: 'ok' } } },
      'cut the query string off before you compare the path',
    );
    http.expectResponse(
      await lab.get('/health', 'HEAD'),
      { status: 200 },
      'HEAD is answered like GET: your server leaves the body out',
    );
    http.expectResponse(
      await lab.post({ path: '/metrics?from=here' }),
      { status: 202 },
      'cut the query string off before you compare the path',
    );
    const metrics = await lab.get('/metrics');
    http.expectResponse(metrics, { status: 200 });
    expectTrue('the type of GET /metrics', (metrics.headers['content-type'] ?? '').startsWith('text/plain'), {
      expected: 'text/plain',
      received: metrics.headers['content-type'] ?? 'none',
    });
  });
});

check('request-id', 'X-Request-Id comes back with every answer', async (context) => {
  const { http } = context;
  await withService(context, { limit: 3 }, async (lab) => {
    let asked = 0;
    const next = () => ({ 'x-request-id': `q-7f3a-${asked++}` });
    const ask = (path: string, method: string) =>
      http.request({ port: lab.port, path, method, headers: next() });
    const answers = [
      await lab.post({ headers: next() }),
      await lab.post({ headers: next(), seq: 4 }),
      await lab.post({ headers: next(), seq: 4 }),
      await lab.post({ headers: next() }),
      await lab.post({ headers: next(), client: '' }),
      await lab.post({ headers: next(), client: 'other', body: '{' }),
      await ask('/health', 'GET'),
      await ask('/metrics', 'GET'),
      await ask('/nothing', 'GET'),
      await ask('/health', 'POST'),
    ];
    expectEqual(
      'the statuses',
      answers.map(({ status }) => status),
      [202, 202, 202, 429, 401, 400, 200, 200, 404, 405],
    );
    for (const [i, answer] of answers.entries())
      http.expectResponse(
        answer,
        { status: answer.status, headers: { 'x-request-id': `q-7f3a-${i}` } },
        'headersFor(request) of replies.ts gives the headers of every answer to this request, also to one that is stored already: remember what was stored, not the reply',
      );
    const connection = await http.raw(lab.port);
    await connection.write(
      Buffer.from(bytesOf({ client: 'x', headers: { 'x-request-id': 'caf\xe9' } }), 'latin1'),
    );
    expectEqual(
      'the status of a good batch with an X-Request-Id that cannot be sent back',
      await answerOn(connection),
      202,
      'encodeHead refuses a value that is no ASCII: then the batch is stored and its sender is told 500',
    );
    connection.destroy();
  });
});

check('counters', 'GET /metrics counts what has happened, and nothing else', async (context) => {
  await withService(context, { limit: 6 }, async (lab) => {
    await lab.post({ body: { metrics: [oneMetric, oneMetric, oneMetric] }, seq: 1 });
    await lab.post({ body: { metrics: [oneMetric, oneMetric, oneMetric] }, seq: 1 });
    await lab.post({});
    await lab.post({ body: '{' });
    await lab.call('fail', 'append', 'ENOSPC');
    await lab.post({ seq: 2 });
    await lab.post({ client: '' });
    await lab.post({});
    await lab.post({});
    await lab.get('/health');
    await lab.get('/nothing');
    const counters = Object.fromEntries(await lab.counters());
    expectEqual(
      'GET /metrics after: a batch of 3, the same again, 1 metric, bad JSON, one that the full disk refused, no client, 1 metric, one too many',
      counters,
      {
        'ingest_requests_total{status="202"}': 4,
        'ingest_requests_total{status="400"}': 1,
        'ingest_requests_total{status="401"}': 1,
        'ingest_requests_total{status="429"}': 1,
        'ingest_requests_total{status="503"}': 1,
        ingest_metrics_stored_total: 5,
        ingest_duplicates_total: 1,
        ingest_clients: 1,
        ingest_batches: 1,
      },
      'every answer to POST /metrics counts once, under its status; metrics count when they are durable, and only the first time; clients and batches are those that are remembered',
    );
  });
});
