/** What is asked in other ways than as a batch, or not at all as HTTP has it; and what every answer has. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { answerOn, bytesOf, oneMetric, withService } from './lab.ts';

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

check('refusals', 'what HTTP itself refuses is answered as JSON too', async (context) => {
  const { http } = context;
  await withService(context, {}, async (lab) => {
    const start = (target: string, version = '1.1') => `POST ${target} HTTP/${version}\r\nHost: ingest\r\n`;
    const bad: [string, string, number, string][] = [
      ['no request line', 'hello\r\n\r\n', 400, 'BAD_REQUEST'],
      ['a body of 1,048,577 bytes', `${start('/metrics')}Content-Length: 1048577\r\n\r\n`, 413, 'TOO_LARGE'],
      ['a target of 5,000 bytes', `${start(`/${'x'.repeat(5_000)}`)}\r\n`, 414, 'TARGET_TOO_LONG'],
      ['a head of 10 KB', `${start('/metrics')}X: ${'x'.repeat(10_000)}\r\n\r\n`, 431, 'HEAD_TOO_LARGE'],
      ['HTTP/2.0', `${start('/metrics', '2.0')}\r\n`, 505, 'BAD_VERSION'],
    ];
    for (const [what, sent, status, error] of bad) {
      const connection = await http.raw(lab.port);
      await connection.write(sent);
      const text = await connection.readUntilClose(3_000);
      connection.destroy();
      const [head = '', body = ''] = text.split('\r\n\r\n');
      const type = /^content-type: *([^;\r\n]*)/im.exec(head)?.[1];
      const cause =
        'new KeepAliveServer(handler, { refusal: refusalOf }): without it your server answers in its own words';
      expectEqual(
        `status and Content-Type of the answer to ${what}`,
        [Number(head.slice(9, 12)), type],
        [status, 'application/json'],
        cause,
      );
      const message = /^\{"error":"([A-Z_]+)","message":".+"\}$/.exec(body)?.[1];
      expectEqual(`the code in the answer to ${what}, whose body is ${body}`, message, error, cause);
    }
    expectEqual('records in the file', (await lab.stored()).length, 0);
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
