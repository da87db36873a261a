/** The platform at work: what goes in at one end comes out at the other. */
import { writeFile } from 'node:fs/promises';
import { check, closedLoop, eventually, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { configIn } from './config.ts';
import { expectStored, health, logged, openMonitor, stored, until } from './lab.ts';

check('answers', 'boot() resolves with the real port, and /health answers there', async (context) => {
  const { port } = await openMonitor(context);
  expectTrue('the port of boot() is not one to connect to', Number.isInteger(port) && port > 0, {
    expected: 'the port that the system chose for port 0',
    received: port,
    cause: 'Ask server.address() once it listens: config.port is only what was asked for.',
  });
  const body = await health(context, port);
  expectEqual('GET /health of a monitor that has done nothing yet', body, {
    status: 'ok',
    queueDepth: 0,
    peakDepth: 0,
    processed: 0,
    dropped: 0,
  });
});

check(
  'path',
  'a metric goes from POST /metrics into the data file and out of GET /query',
  async (context) => {
    const { port, dataFile } = await openMonitor(context);
    const { http } = context;
    const sent = { name: 'cpu_usage', value: 42.5, timestamp: 1_700_000_000_000, tags: { host: 'web-1' } };
    const accepted = await http.request({ port, path: '/metrics', body: JSON.stringify(sent) });
    http.expectResponse(
      accepted,
      { status: 202, jsonHas: { status: 'accepted', count: 1 } },
      'POST /metrics belongs to ingestHandler of 0.3: hand it request and response.',
    );
    await eventually(
      'the write of one line to the data file',
      async () => ((await stored(dataFile)).length === 1 ? true : undefined),
      { withinMs: 3_000, cause: 'Nothing takes from the queue: was the store started, on config.dataFile?' },
    );
    const path = '/query?name=cpu_usage&start=1700000000000&end=1700000000000';
    const answer = await http.request({ port, path });
    http.expectResponse(
      answer,
      { status: 200, jsonHas: { count: 1, metrics: [sent] } },
      'GET /query belongs to queryHandler of 0.4, on the same file that the store writes.',
    );
  },
);

check('routes', 'every path finds its handler, on one port', async (context) => {
  const { port } = await openMonitor(context);
  const { http } = context;
  const bad = await http.request({ port, path: '/metrics', body: '{"name":""}' });
  http.expectResponse(bad, { status: 400 }, 'A bad metric is refused by ingestHandler.');
  const percentile = await http.request({ port, path: '/percentile?name=x&start=0&end=1&p=50' });
  http.expectResponse(
    percentile,
    { status: 200, jsonHas: { count: 0, value: null } },
    'GET /percentile belongs to queryHandler. Route by the path without its query string.',
  );
  const health = await http.request({ port, path: '/health?verbose=1' });
  http.expectResponse(health, { status: 200 }, 'Cut the query string off before you compare the path.');
  const unknown = await http.request({ port, path: '/nothing-here' });
  http.expectResponse(unknown, { status: 404 }, 'Paths that nobody knows get 404; ingestHandler can say so.');
  const wrongMethod = await http.request({ port, path: '/metrics' });
  http.expectResponse(wrongMethod, { status: 405 }, 'GET /metrics is the right path with the wrong method.');
  const posted = await http.request({ port, path: '/health', method: 'POST', body: '{}' });
  http.expectResponse(
    posted,
    { status: 405, headers: { allow: 'GET' } },
    '/health has no handler of an earlier exercise: look at request.method yourself. refuse() of 0.3 takes headers too.',
  );
});

check('health', '/health counts what the store has written', async (context) => {
  const { port } = await openMonitor(context);
  const metrics = Array.from({ length: 250 }, (_, i) => ({ name: `m${i}`, value: i }));
  await context.http.request({ port, path: '/metrics', body: JSON.stringify({ metrics }) });
  const now = await eventually(
    'the step to processed 250 and queueDepth 0, after 250 metrics,',
    async () => {
      const body = await health(context, port);
      return body.processed === 250 && body.queueDepth === 0 ? body : undefined;
    },
    {
      withinMs: 3_000,
      cause: 'processed is store.stats.written, queueDepth is queue.size, both read at the request.',
    },
  );
  expectEqual('dropped, after metrics that were all written', now.dropped, 0);
});

check('peak', 'peakDepth remembers a burst that is over', async (context) => {
  const { port } = await openMonitor(context);
  const metrics = Array.from({ length: 1_000 }, (_, i) => ({ name: 'burst', value: i }));
  const answer = await context.http.request({ port, path: '/metrics', body: JSON.stringify({ metrics }) });
  context.http.expectResponse(answer, { status: 202 });
  const after = await eventually(
    'the step to queueDepth 0 and processed 1000, after 1,000 metrics,',
    async () => {
      const body = await health(context, port);
      return body.queueDepth === 0 && body.processed === 1_000 ? body : undefined;
    },
    { withinMs: 3_000 },
  );
  expectTrue('peakDepth has not seen the burst', after.peakDepth >= 900 && after.peakDepth <= 1_000, {
    expected: 'about 1000: one request brought 1,000 metrics at once',
    received: after.peakDepth,
    cause:
      'Looking at queue.size now and then misses what happens between two looks. Look at each push: a subclass of BoundedQueue can.',
  });
});

check('alerts', 'an alert fires and resolves in the alert log', async (context) => {
  const rule = { id: 'cpu-high', metric: 'cpu', op: '>', threshold: 80, windowMs: 5_000 };
  const { port, alertLog } = await openMonitor(context, { alertIntervalMs: 20, rules: [rule] });
  const post = (value: number) =>
    context.http.request({ port, path: '/metrics', body: JSON.stringify({ name: 'cpu', value }) });
  const types = async (): Promise<string[]> =>
    (await logged(alertLog)).map(
      (event) => shape('a line of the alert log', event, z.object({ type: z.string() })).type,
    );

  await post(95);
  await eventually(
    'the write of FIRING to the alert log',
    async () => ((await types()).length > 0 ? true : undefined),
    {
      withinMs: 3_000,
      cause:
        'The alert loop must be started, ask the file that the store writes, and append each event to config.alertLog.',
    },
  );
  await eventually(
    'the write of RESOLVED to the alert log',
    async () => {
      await post(10);
      return (await types()).length > 1 ? true : undefined;
    },
    { withinMs: 3_000 },
  );
  expectEqual('the types in the alert log', await types(), ['FIRING', 'RESOLVED']);
  const [first] = await logged(alertLog);
  const event = shape(
    'a line of the alert log',
    first,
    z.object({ rule: z.string(), value: z.number(), at: z.number() }),
  );
  expectEqual(
    'rule and value of the first event',
    { rule: event.rule, value: event.value },
    { rule: 'cpu-high', value: 95 },
  );
});

check(
  'alert-refused',
  'an alert that the log refuses is told again',
  async (context) => {
    const { subject, scratch } = context;
    const rule = { id: 'cpu-high', metric: 'cpu', op: '>', threshold: 80, windowMs: 60_000 };
    const { dataFile } = configIn(scratch);
    await writeFile(dataFile, `${JSON.stringify({ name: 'cpu', value: 95, timestamp: Date.now() })}\n`);
    // The very first tick finds that line, and the disk is full at that moment.
    await (await subject.driver()).call('refuseFirstWriteOf', 'FIRING');
    const { alertLog } = await openMonitor(context, { alertIntervalMs: 20, rules: [rule] });
    await until(
      async () => (await logged(alertLog)).length > 0,
      3_000,
      () => ({
        summary: 'an alert that the log refused once was never told',
        expected:
          'emit rejects when the append does (ENOSPC); the loop counts that, and tells it again at the next tick',
        received: 'an empty alert log, 3 s and many ticks after the disk had room again',
        cause:
          'emit must await log.append(…), or return its promise: otherwise the loop believes that the world knows.',
      }),
    );
    expectEqual(
      'lines in the alert log, after the first write of it had failed',
      (await logged(alertLog)).length,
      1,
    );
  },
  { fresh: true },
);

check('concurrent', '500 posts at once lose nothing', async (context) => {
  const { port, dataFile } = await openMonitor(context);
  const names = Array.from({ length: 500 }, (_, i) => `m${i}`);
  const report = await closedLoop({
    port,
    path: '/metrics',
    clients: 500,
    requests: 500,
    body: (i) => JSON.stringify({ name: `m${i}`, value: i }),
  });
  expectEqual('how 500 posts at once were answered', report.statuses, { 202: 500 });
  await eventually(
    'the step to processed 500, after 500 posts,',
    async () => ((await health(context, port)).processed === 500 ? true : undefined),
    { withinMs: 5_000 },
  );
  await expectStored(
    'metrics of 500 posts at once',
    dataFile,
    names,
    'A 202 is a promise: what was accepted must reach the file.',
  );
});
