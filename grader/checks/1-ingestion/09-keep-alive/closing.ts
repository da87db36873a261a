/** Stopping: what has been asked is answered, and nobody is waited for who has asked nothing. */
import { connect } from 'node:net';
import { check, eventually, expectEqual, expectTrue } from '../../../harness/index.ts';
import { afterOf, answerOf, expectAnswers, expectEnd, get, quietly, targetsOf, withServer } from './lab.ts';

check('close-idle', 'close ends idle connections at once, and leaves nothing', async (context) => {
  await withServer(context, {}, async (lab) => {
    const before = await lab.leftovers();
    const unused = await lab.client();
    const idle = await lab.client();
    await idle.write(get('/now/1') + get('/soon/2'));
    await answerOf(idle, 1, 'two requests', 'answer them');
    await lab.call('beginClose', 60_000);
    const cause =
      'a connection that waits for its next request has nothing to finish, and its client may keep it for ever: tell each connection to finish, and let the idle ones go at once';
    await expectEnd(idle, 'close() was called, a connection is idle:', cause);
    await expectEnd(unused, 'close() was called, a connection has sent nothing:', cause);
    await lab.untilClosed(1, cause);
    const left = await lab.leftovers();
    expectTrue('timers are left after close()', left.timers <= before.timers, {
      expected: 'none: the process can end',
      received: `${left.timers - before.timers}`,
      cause:
        'clear the timer for graceMs when everything has closed before it, and the deadline of each connection',
    });
  });
  await withServer(context, {}, async (lab) => {
    await lab.call('beginClose', 60_000);
    await lab.untilClosed(1, 'with no connection at all close() resolves at once');
  });
});

const LONG = 20_000_000;

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

check('close-answers', 'close answers what has come, and the last answer says so', async (context) => {
  await withServer(context, { maxPipelined: 4 }, async (lab) => {
    const cause =
      'on close() every request that has come is answered, in order; the last answer says Connection: close, and then the connection ends';
    const queued = await lab.client();
    const targets = targetsOf('wait', 6); // two more than there are places
    await queued.write(targets.map((target) => get(target)).join(''));
    const half = await lab.client();
    await half.write(`${get('/now/1')}GET /now/2 HTTP/1.1\r\nHos`);
    await answerOf(half, 0, 'a request', 'answer it');
    await lab.untilWaiting(targets.slice(0, 4), cause);
    await lab.call('giveLong', 'bytes', LONG);
    const reading = await lab.client();
    await reading.write(get('/given'));
    await reading.until(() => reading.bytes > 0);
    reading.pause();

    await lab.call('beginClose', 20_000);
    const refused = await outcome(lab.port);
    expectEqual(
      'a new connection after close() was called',
      refused,
      'ECONNREFUSED',
      'server.close() at once',
    );
    expectEqual(
      'how many close() have resolved, with requests under way,',
      await lab.call('closed'),
      0,
      cause,
    );

    await half.write(`t: localhost\r\n\r\n`);
    await expectAnswers(half, ['/now/2'], {
      what: 'a request that was half sent when close() was called',
      cause: `${cause}. incoming.isEmpty tells that something of a request has come`,
      from: 1,
    });
    expectEqual('Connection in that answer', afterOf(half.answers[1]), 'close', cause);
    await half.write(get('/now/too-late'));
    await expectEnd(half, 'after that answer', cause);

    await queued.write(get('/now/too-late'));
    await lab.settle();
    await lab.call('release', targets.slice(0, 4).reverse());
    await lab.untilWaiting(
      targets.slice(4),
      `${cause}. Requests that wait in the parser for a place have come as well`,
    );
    await lab.call('release', targets.slice(4));
    await expectAnswers(queued, targets, {
      what: 'requests that were under way when close() was called',
      cause,
    });
    await queued.until(() => queued.ended);
    const said = queued.answers.map((answer) => afterOf(answer));
    const last = said.pop();
    expectEqual(
      'Connection in the answers before the last one',
      said,
      said.map(() => 'keep-alive'),
      'close in an answer says that no other follows: a client drops what it still waits for',
    );
    expectEqual('Connection in the last answer', last, 'close', cause);
    expectTrue('the connection stays open after its last answer', queued.ended, {
      expected: 'end() after the last answer',
      received: 'nothing',
      cause,
    });
    reading.resume();
    const long = await answerOf(reading, 0, 'a client that was reading 20 MB when close() was called', cause);
    expectEqual(
      'bytes of an answer that was on its way when close() was called',
      long.body.length,
      LONG,
      cause,
    );
    await expectEnd(reading, 'after that answer', cause);
    for (const client of [half, queued, reading]) client.destroy();
    await lab.untilClosed(1, 'when the last connection has closed, close() must resolve');
    await lab.call('beginClose', 20_000);
    await lab.untilClosed(2, 'a second close() waits for the same end: keep the promise of the first');
  });
  await withServer(context, {}, async (lab) => {
    const client = await lab.client();
    await client.write(get('/now/1') + get('/stop') + get('/wait/3'));
    await lab.untilWaiting(
      ['/wait/3'],
      'the handler may call close() itself: what came with that request is answered too',
    );
    await lab.call('release', ['/wait/3']);
    await expectAnswers(client, ['/now/1', '/stop', '/wait/3'], {
      what: 'three requests, the handler of the second of which calls close(),',
      cause:
        'close() comes while requests are being taken: let it set a field, and act on that when they are',
    });
    expectEqual('Connection in the last of the three', afterOf(client.answers[2]), 'close');
    await expectEnd(
      client,
      'after the last answer',
      'end() when close() was called and nothing is left to answer',
    );
  });
});

check('close-grace', 'what has not ended after graceMs is cut off', async (context) => {
  await withServer(context, {}, async (lab) => {
    await lab.call('giveLong', 'bytes', 40_000_000);
    const handled = await lab.client();
    await handled.write(get('/wait/1') + get('/wait/2'));
    await lab.untilWaiting(['/wait/1', '/wait/2'], 'call the handler for each');
    const half = await lab.client();
    await half.write(`${get('/now/1')}GET /now/2 HTTP/1.1\r\nHos`);
    await answerOf(half, 0, 'a request', 'answer it');
    const stuck = await lab.client();
    await stuck.write(get('/given'));
    await stuck.until(() => stuck.bytes > 0);
    stuck.pause();
    const began = performance.now();
    await lab.call('beginClose', 400);
    await lab.untilClosed(1, 'after graceMs destroy() every connection that is left');
    const elapsed = performance.now() - began;
    expectTrue('close(400) cut the connections off too early', elapsed > 380, {
      expected: 'not before 400 ms have passed',
      received: `after ${Math.round(elapsed)} ms`,
      cause: 'graceMs is the time that is given to requests which have begun',
    });
    expectEqual('sockets that are open after close()', (await lab.leftovers()).sockets, 0);
    await lab.call('release', ['/wait/2', '/wait/1']);
    await quietly(
      context,
      'handlers answered after their connection was cut off, and something was thrown',
      'the socket may be gone when a handler is done: look at socket.destroyed',
    );
    await eventually(
      'nothing is left',
      async () => ((await lab.leftovers()).timers <= 0 ? true : undefined),
      {
        cause: "stop the deadline in the socket's 'close' event",
      },
    );
  });
});
