/** Stopping: what has begun ends well, but not for ever. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { check, eventually, expectEqual, expectTrue, fail } from '../../../harness/index.ts';
import { readSome } from './clients.ts';
import {
  afterContinue,
  expectReply,
  type Lab,
  quietly,
  readReply,
  request,
  untilContinue,
  withServer,
} from './lab.ts';
import { stay } from './stayer.ts';

/** `open` says who was connected when close() was called. */
async function untilClosed(lab: Lab, count: number, open: string, cause: string): Promise<void> {
  const deadline = performance.now() + 5_000;
  while ((await lab.call('closed')) !== count) {
    await pause(5);
    if (performance.now() < deadline) continue;
    fail({
      summary: `close() had not resolved after 5 s; ${open}`,
      expected: 'a promise that resolves when nothing is open any more',
      received: `a promise that is pending, with ${(await lab.leftovers()).sockets} sockets open`,
      cause,
    });
  }
}

check('close-finishes', 'close takes nobody new, and finishes what has begun', async (context) => {
  await withServer(context, {}, async (lab) => {
    await lab.call('giveLong', 'bytes', 20_000_000);
    const handled = await lab.connect();
    await handled.write(request('GET', '/wait'));
    await lab.untilWaiting(1);
    const halfSent = await lab.connect();
    await halfSent.write(request('POST', '/echo', ['Expect: 100-continue', 'Content-Length: 5']));
    await untilContinue(halfSent);
    const reading = await readSome(lab.port, request('GET', '/long/bytes'), 100_000);

    await lab.call('beginClose', 20_000);
    await lab.call('beginClose', 20_000);
    expectEqual(
      'a new connection after close() was called',
      await outcome(lab.port),
      'ECONNREFUSED',
      'server.close() at once: no new connection is accepted while the old ones end',
    );
    expectEqual(
      'how many of two calls of close() have resolved, with three requests under way,',
      await lab.call('closed'),
      0,
      'close() resolves when the last connection has closed; a second call waits for the same end: keep the promise of the first',
    );

    const cause =
      'close() must leave connections alone that have begun a request: until graceMs have passed they go on';
    await halfSent.write('piece');
    const echoed = await readReply(
      context,
      halfSent,
      'a request that was half sent when close() was called',
      cause,
    );
    const { body } = expectReply(
      afterContinue(echoed),
      'a request that was half sent when close() was called',
      200,
      cause,
    );
    expectEqual('its body', body, 'piece');
    await lab.call('release');
    const waited = await readReply(
      context,
      handled,
      'a request whose handler worked when close() was called',
      cause,
    );
    expectReply(waited, 'a request whose handler worked when close() was called', 200, cause);
    const { size } = await reading.finish(5_000);
    expectEqual('bytes of a reply that was being sent when close() was called', size, 20_000_000, cause);
    for (const connection of [handled, halfSent]) connection.destroy();
    await untilClosed(
      lab,
      2,
      'three requests were under way, all have been answered',
      'when the last connection has closed, close() must resolve, without waiting for the rest of graceMs; a second call gets the promise of the first',
    );
    await lab.call('beginClose', 20_000);
    await untilClosed(
      lab,
      3,
      'it was closed already',
      'a second close() waits for the same end: keep the promise of the first',
    );
  });
});

/** What becomes of an attempt to connect. */
function outcome(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

check('close-grace', 'what has not ended after graceMs is cut off', async (context) => {
  await withServer(context, {}, async (lab) => {
    await lab.call('giveLong', 'bytes', 50_000_000);
    const handled = await lab.connect();
    await handled.write(request('GET', '/wait'));
    await lab.untilWaiting(1);
    const halfSent = await lab.connect();
    await halfSent.write(request('POST', '/echo', ['Expect: 100-continue', 'Content-Length: 5']));
    await untilContinue(halfSent);
    const lingers = await stay(lab.port);
    lingers.send(request('GET', '/hello'));
    await eventually('a reply to GET /hello', async () => (lingers.ended ? true : undefined));
    const stuck = await readSome(lab.port, request('GET', '/long/bytes'), 1);
    const began = performance.now();
    await lab.call('beginClose', 400);
    await untilClosed(
      lab,
      1,
      'graceMs was 400; four clients were connected: one whose handler works, one that has sent half a request, one that does not read its reply, and one that has its reply and does not close its side',
      'after graceMs destroy() every socket that is left, also those that have their reply; server.close() alone waits for ever',
    );
    const elapsed = performance.now() - began;
    expectTrue('close(400) cut the connections off too early', elapsed > 380, {
      expected: 'not before 400 ms have passed',
      received: `after ${Math.round(elapsed)} ms`,
      cause: 'graceMs is the time that is given to requests which have begun',
    });
    expectEqual('sockets that are open after close()', (await lab.leftovers()).sockets, 0);
    await lab.call('release');
    await quietly(
      context,
      'the handler answered after its connection was cut off, and something was thrown',
      'the socket may be gone when the handler is done: look at socket.destroyed',
    );
    handled.destroy();
    halfSent.destroy();
    stuck.destroy();
    lingers.destroy();
  });
});

check(
  'close-unused',
  'close does not wait for connections that have sent nothing, and leaves nothing',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      const before = await lab.leftovers();
      const idle = await lab.connect();
      // Connections are accepted in order: when this one is answered, the server knows the idle one.
      expectReply(await lab.exchange(request('GET', '/hello')), 'a request', 200);
      await lab.call('beginClose', 60_000);
      await untilClosed(
        lab,
        1,
        'one client was connected and had sent nothing',
        'a connection on which nothing has come has no request to finish: destroy() its socket at once. After end() it lives until the client closes its side too',
      );
      const left = await lab.leftovers();
      expectTrue('timers are left after close()', left.timers <= before.timers, {
        expected: 'none: the process can end',
        received: `${left.timers - before.timers}`,
        cause: 'clear the timer for graceMs when everything has closed before it',
      });
      idle.destroy();
    });
    await withServer(context, {}, async (lab) => {
      await lab.call('beginClose', 60_000);
      await untilClosed(lab, 1, 'nobody was connected', 'with no connection at all close() resolves at once');
    });
  },
);
