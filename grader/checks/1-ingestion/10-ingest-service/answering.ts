/** The contract over HTTP: which batch gets which answer. */
import { check, type Exchange, expectEqual, expectTrue } from '../../../harness/index.ts';
import { metricsOf } from './format.ts';
import { oneMetric, withService } from './lab.ts';

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
