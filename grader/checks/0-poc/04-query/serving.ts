/** GET /query and GET /percentile. */
import { check, expectEqual, expectResponse, shape, z } from '../../../harness/index.ts';
import { expectClosed, expectProblem, openFiles, type Row, withServer, write } from './lab.ts';

const rows: Row[] = [10, 20, 30, 40, -50].map((value, i) => ({
  name: i === 1 ? 'a+b c&d' : 'cpu',
  value,
  timestamp: 1_000 * i,
  tags: { i: `${i}` },
}));
const cpu = rows.filter(({ name }) => name === 'cpu');

check(
  'query',
  'GET /query answers with the metrics, their count, and the number of skipped lines',
  async (context) => {
    const path = write(context.scratch, `${rows.map((row) => `${JSON.stringify(row)}\n`).join('')}torn`);
    await withServer(context, path, async (server) => {
      const all = await server.get('/query?name=cpu&start=0&end=9000');
      const cause = 'count and skipped are known when the scan has ended';
      expectResponse(all, { status: 200, jsonHas: { metrics: cpu, count: 4, skipped: 1 } }, cause);
      const some = await server.get('/query?end=3000&min=-100&max=35&start=2000&name=cpu');
      expectResponse(
        some,
        { status: 200, jsonHas: { metrics: [rows[2]], count: 1 } },
        'min and max restrict the values',
      );
      const zero = await server.get('/query?name=cpu&start=0&end=9000&max=0');
      expectResponse(
        zero,
        { status: 200, jsonHas: { metrics: [rows[4]], count: 1 } },
        'max=0 is a bound like any other',
      );
      const none = await server.get('/query?name=disk&start=0&end=9000');
      expectResponse(
        none,
        { status: 200, jsonHas: { metrics: [], count: 0, skipped: 1 } },
        'nothing found is an answer, not an error',
      );
    });
  },
);

check('encoded-names', 'a name in the address may be percent-encoded', async (context) => {
  await withServer(context, write(context.scratch, rows), async (server) => {
    const exchange = await server.get(`/query?name=${encodeURIComponent('a+b c&d')}&start=0&end=9000`);
    const cause = 'URLSearchParams decodes %2B and %26; splitting the text at & and = by hand does not';
    expectResponse(exchange, { status: 200, jsonHas: { metrics: [rows[1]], count: 1 } }, cause);
  });
});

check('bad-queries', 'questions that make no sense get 400', async (context) => {
  await withServer(context, write(context.scratch, rows), async (server) => {
    const causes: [string, string][] = [
      ['start=0&end=9', 'name is required'],
      ['name=&start=0&end=9', 'an empty name is no name'],
      ['name=cpu&end=9', 'start is required'],
      ['name=cpu&start=0', 'end is required'],
      ['name=cpu&start=&end=9', 'Number("") is 0: test for the empty text first'],
      ['name=cpu&start=abc&end=9', 'Number("abc") is NaN: ask Number.isFinite'],
      ['name=cpu&start=0&end=12abc', 'parseInt and parseFloat stop at the first letter; Number does not'],
      ['name=cpu&start=0&end=1e400', 'Number("1e400") is Infinity: ask Number.isFinite'],
      ['name=cpu&start=NaN&end=9', 'NaN is not a time'],
      ['name=cpu&start=9&end=8', 'start is after end: the bounds are the wrong way round'],
      ['name=cpu&start=0&end=9&min=low', 'min must be a number when it is there'],
      ['name=cpu&start=0&end=9&max=', 'max must be a number when it is there'],
      ['name=cpu&start=0&end=9&min=2&max=1', 'min is above max: the bounds are the wrong way round'],
    ];
    for (const [search, cause] of causes) {
      expectProblem(await server.get(`/query?${search}`), 400, 'BAD_QUERY', cause);
      expectProblem(await server.get(`/percentile?${search}&p=50`), 400, 'BAD_QUERY', cause);
    }
    const good = await server.get('/query?name=cpu&start=0&end=0');
    expectResponse(
      good,
      { status: 200, jsonHas: { count: 1 } },
      'start = end is one moment, and a good question',
    );
  });
});

check('percentile', 'GET /percentile answers with p, the count and the value', async (context) => {
  await withServer(context, write(context.scratch, rows), async (server) => {
    const cases: [string, object][] = [
      ['name=cpu&start=0&end=9000&p=50', { p: 50, count: 4, value: 10 }],
      ['name=cpu&start=0&end=9000&p=0', { p: 0, count: 4, value: -50 }],
      ['name=cpu&start=0&end=9000&p=99.5&min=0', { p: 99.5, count: 3, value: 40 }],
      ['name=all&start=1000&end=1000&p=100', { p: 100, count: 1, value: 20 }],
      ['name=disk&start=0&end=9000&p=50', { p: 50, count: 0, value: null }],
    ];
    for (const [search, expected] of cases) {
      const exchange = await server.get(`/percentile?${search}`);
      expectResponse(
        exchange,
        { status: 200, jsonHas: { ...expected } },
        'p comes back as a number; no values, no percentile: null',
      );
    }
    for (const p of ['', '&p=', '&p=abc', '&p=101', '&p=-1', '&p=1e400']) {
      const exchange = await server.get(`/percentile?name=cpu&start=0&end=9000${p}`);
      expectProblem(exchange, 400, 'BAD_QUERY', 'p is required, and a number from 0 to 100');
    }
  });
});

check('routes', 'other paths get 404, other methods 405', async (context) => {
  await withServer(
    context,
    write(context.scratch, rows),
    async (server) => {
      for (const path of ['/', '/queries?name=cpu&start=0&end=9', '//', '/query/']) {
        expectProblem(await server.get(path), 404, 'NOT_FOUND');
      }
      for (const path of ['/query', '/percentile']) {
        const exchange = await server.ask('POST', `${path}?name=cpu&start=0&end=9&p=50`);
        expectProblem(exchange, 405, 'METHOD_NOT_ALLOWED');
        expectEqual('the header Allow names GET', /\bGET\b/.test(exchange.headers.allow ?? ''), true);
      }
    },
    true,
  );
});

check('large-answer', 'an answer of 30,000 metrics is whole', async (context) => {
  const many = Array.from({ length: 30_000 }, (_, i) => ({ name: 'cpu', value: i, timestamp: i }));
  await withServer(context, write(context.scratch, many), async (server) => {
    const exchange = await server.get('/query?name=cpu&start=0&end=29999');
    const { metrics, count } = shape(
      'the answer',
      exchange.json(),
      z.object({ metrics: z.array(z.unknown()), count: z.number() }),
    );
    const cause =
      'rows are lost or doubled: between two blocks of the file (then the check blocks fails, too) or between two pieces of the answer';
    expectEqual('count, and the number of metrics,', [count, metrics.length], [30_000, 30_000], cause);
    const wrong = metrics.findIndex((metric, i) => (metric as Row)?.value !== i);
    expectEqual('the first metric that is wrong (-1: none)', wrong, -1, cause);
  });
});

check(
  'asker-leaves',
  'a client that goes away in the middle of an answer leaves no open file',
  async (context) => {
    // 17 MB, more than the buffers between a server and its client hold.
    const many = Array.from({ length: 30_000 }, (_, i) => ({
      name: 'cpu',
      value: i,
      timestamp: i,
      tags: { pad: 'x'.repeat(500) },
    }));
    const path = write(context.scratch, many);
    const driver = await context.subject.driver();
    await driver.call('takeOne', write(context.scratch, [], 'empty.jsonl')); // what a first scan opens for good is not counted
    const before = await openFiles(context);
    await withServer(context, path, async (server) => {
      const first = await server.get('/query?name=all&start=0&end=0');
      expectResponse(first, { status: 200, jsonHas: { count: 1 } });
      for (let i = 0; i < 3; i++) {
        const connection = await context.http.raw(server.port);
        await connection.write('GET /query?name=all&start=0&end=99999 HTTP/1.1\r\nHost: localhost\r\n\r\n');
        await connection.readUntil('HTTP/1.1 200', 5_000);
        connection.destroy();
      }
      const again = await server.get('/percentile?name=cpu&start=0&end=9&p=100');
      expectResponse(
        again,
        { status: 200, jsonHas: { value: 9 } },
        'the server must go on after a client went away',
      );
    });
    const cause = 'a wait for "drain" never ends when the client is gone: wait for "close" as well';
    await expectClosed(context, before, 'after 3 clients went away in the middle of an answer', cause);
  },
  { fresh: true },
);
