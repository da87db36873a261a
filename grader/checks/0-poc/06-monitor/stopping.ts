/** close(): every promise is kept, nobody is waited for without end, and nothing is left. */
import { check, eventually, expectEqual, expectTrue, shape, z } from '../../../harness/index.ts';
import { expectStored, halfSent, openMonitor, untilRefused } from './lab.ts';

const keepAll =
  'close() must wait for store.stop(), after the server has stopped: the queue still holds metrics.';

check(
  'close-drains',
  'close() right after a burst: everything accepted is in the file',
  async (context) => {
    // One line per append: when the last request is answered, most of the burst still waits in the queue.
    const { port, dataFile, close } = await openMonitor(context, { batch: 1 });
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 1_000 }, (_, i) => ({ name: `m${batch}-${i}`, value: i })),
    );
    const posts = batches.map((metrics) =>
      context.http.request({ port, path: '/metrics', body: JSON.stringify({ metrics }) }),
    );
    for (const answer of await Promise.all(posts)) context.http.expectResponse(answer, { status: 202 });
    await close(15_000);
    const names = batches.flat().map(({ name }) => name);
    await expectStored('20,000 metrics accepted before close()', dataFile, names, keepAll);
  },
  { timeoutMs: 20_000 },
);

check(
  'in-flight',
  'a request that was half sent when close() began is still answered, and kept',
  async (context) => {
    const { port, dataFile, close } = await openMonitor(context, { graceMs: 1_500 });
    const { connection, rest } = await halfSent(context, port, 'late');
    const closing = close(5_000);
    closing.catch(() => {}); // reported where it is awaited
    await untilRefused(context, port);
    // A client that takes its time: whoever cuts connections off has done so by now.
    await connection.readUntilClose(100);
    await connection.write(rest);
    const text = await connection.readUntilClose(1_000);
    const status = /HTTP\/1\.1 ([2345]\d\d)/.exec(text)?.[1];
    expectEqual(
      'status of a request that began before close() and was completed after it',
      status ?? 'no answer',
      '202',
      (received) =>
        received === '503'
          ? 'The queue was closed while requests were still being answered: stop the server first, then the store.'
          : 'The connection was cut. Stop listening, but let the requests that have begun finish: closeAllConnections() only after graceMs.',
    );
    connection.destroy();
    await closing;
    await expectStored('the metric of that request', dataFile, ['late'], keepAll);
  },
);

check(
  'slow-client',
  'a client that never finishes its request holds close() no longer than graceMs',
  async (context) => {
    const { port, close } = await openMonitor(context, { graceMs: 200 });
    const { connection } = await halfSent(context, port, 'never');
    await close();
    expectTrue(
      'the connection of the slow client is still open',
      connection.closed || (await isClosed(connection)),
      {
        expected: 'closed when graceMs (200) were over',
        received: 'open',
        cause:
          'server.close() waits for ever for a request that never ends: call server.closeAllConnections() after graceMs.',
      },
    );
  },
);

check(
  'close-leaves-nothing',
  'after close() nothing is left: no port, timer or open file; a second close() does no harm',
  async (context) => {
    const { subject, http, scratch } = context;
    const driver = await subject.driver();
    const look = async () => ({
      active: shape(
        'active resources',
        await driver.call('activeResources'),
        z.record(z.string(), z.number()),
      ),
      files: shape('open files', await driver.call('openFiles', scratch), z.array(z.string())),
    });
    await subject.load('monitor.ts');
    const before = await look();
    const { port, close } = await openMonitor(context);
    await http.request({ port, path: '/metrics', body: '{"name":"m","value":1}' });
    await Promise.all([close(), close()]);
    await close();
    await untilRefused(context, port);
    let after = before;
    const isClean = async (): Promise<true | undefined> => {
      after = await look();
      return JSON.stringify(after) === JSON.stringify(before) ? true : undefined;
    };
    await eventually('everything that boot() had started is stopped', isClean, {
      withinMs: 2_000,
      cause: () =>
        `Left behind: ${JSON.stringify(after)}; before boot() it was ${JSON.stringify(before)}. Stop the alert loop, and close both files.`,
    });
  },
  { fresh: true },
);

/** The end of a connection arrives a moment after it was sent. */
async function isClosed(connection: { readonly closed: boolean }): Promise<boolean> {
  await eventually('the connection is closed', async () => (connection.closed ? true : undefined), {
    withinMs: 1_000,
  });
  return true;
}
