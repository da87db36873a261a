/** close(): every promise is kept, nobody is waited for without end, and nothing is left. */
import { check, expectEqual, expectTrue, fail, type RawConnection } from '../../../harness/index.ts';
import { expectStored, halfSent, held, leftBehind, openMonitor, until, untilRefused } from './lab.ts';

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
    expectTrue('a request in flight was cut when close() began', !connection.closed, {
      expected: 'the server reads the rest of the request, and answers it',
      received: 'the connection was cut when close() began; it had nearly all of graceMs (1.5 s) left',
      cause:
        'Is closeAllConnections() called at once? First server.close(), which lets the requests that have begun finish; closeAllConnections() only after graceMs.',
    });
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
    await close(
      2_000,
      'A client has sent half a request and never sends the rest, and server.close() waits for it: after graceMs (200 here) call server.closeAllConnections().',
    );
    expectTrue('the connection of the slow client is still open', await isClosed(connection), {
      expected: 'closed when graceMs (200) were over',
      received: 'open',
      cause:
        'server.close() waits for ever for a request that never ends: call server.closeAllConnections() after graceMs.',
    });
  },
);

check(
  'close-leaves-nothing',
  'after close() nothing is left: no port, timer or open file; a second close() does no harm',
  async (context) => {
    const { subject, http, scratch } = context;
    await subject.load('monitor.ts');
    const before = await held(context, scratch);
    // A minute of grace: a timer of it that nobody stopped is still there when this check looks.
    const { port, close } = await openMonitor(context, { graceMs: 60_000 });
    await http.request({ port, path: '/metrics', body: '{"name":"m","value":1}' });
    const noWait =
      'Nobody is connected, so there is nothing to wait for, and graceMs is a minute here: server.close() calls back at once. A second close() returns the promise of the first.';
    await again('two close() calls at once', Promise.all([close(2_000, noWait), close(2_000, noWait)]));
    await again('a close() after the monitor was closed', close(2_000, noWait));
    await untilRefused(context, port);
    let left: string[] = [];
    const isClean = async (): Promise<boolean> => {
      left = leftBehind(before, await held(context, scratch));
      return left.length === 0;
    };
    await until(isClean, 2_000, () => ({
      summary: 'close() has left something behind',
      expected: 'nothing that was not there before boot()',
      received: `still there after 2 s: ${left.join(', ')}`,
      cause: left.some((one) => one.includes('timer'))
        ? 'A timer: of the alert loop, if alerts.stop() was not called; of the grace time, if it was not cleared when the server had closed.'
        : 'Close both files, after the parts that use them have stopped.',
    }));
  },
  { fresh: true },
);

/** Other checks call close() once; what goes wrong here is owed to the second call. */
async function again(what: string, closing: Promise<unknown>): Promise<void> {
  await closing.catch((error: Error) => {
    if (error.message.startsWith('close() did not resolve')) throw error;
    fail({
      summary: `${what} did not go well: the SECOND call has stopped everything once more`,
      expected: 'each call resolves when the first one has stopped everything',
      received: error.message,
      cause: 'Keep the promise of the first close() in a variable, and return it to every later call.',
    });
  });
}

/** The end of a connection arrives a moment after it was sent. */
async function isClosed(connection: RawConnection): Promise<boolean> {
  await connection.readUntilClose(1_000);
  return connection.closed;
}
