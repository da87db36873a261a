/** Requests, handlers and ports that are not as they should be. */
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { LONG_BYTES, LONG_MB, readAll, writeThenRead } from './clients.ts';
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

check('refusals', 'what the parser refuses gets its status, one reply, and the end', async (context) => {
  const limits = { maxBody: 1_000, maxHead: 2_000, maxTarget: 100 };
  await withServer(context, limits, async (lab) => {
    const bad: [string, string, number][] = [
      ['a line that is no request line', 'hello\r\n\r\n', 400],
      ['two lengths', request('POST', '/echo', ['Content-Length: 5', 'Content-Length: 6'], 'piece'), 400],
      ['a body of 1,001 bytes', request('POST', '/echo', ['Content-Length: 1001']), 413],
      ['a head of 10 KB', request('GET', '/hello', [`X: ${'x'.repeat(10_000)}`]), 431],
      ['a head of 2.5 KB, with maxHead 2,000', request('GET', '/hello', [`X: ${'x'.repeat(2_500)}`]), 431],
      ['a target of 200 bytes, with maxTarget 100', request('GET', `/${'x'.repeat(199)}`), 414],
    ];
    for (const [what, sent, status] of bad) {
      const cause =
        'next() throws an HttpError, and its `status` is what to answer: catch it around feed() and next(). The parser gets all of options.limits';
      // What follows must not be read as a second request.
      const text = await lab.exchange(sent + request('GET', '/hello'), cause);
      expectReply(text, what, status, cause);
    }
    expectEqual(
      'what reached the handler',
      await lab.requests(),
      [],
      'a request that is refused must not reach the handler, nor what follows it',
    );
  });
});

check(
  'handler-fails',
  'a handler that fails gives a 500 that tells nothing, and the server goes on',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      const ways = [
        'throws',
        'returns a promise that rejects',
        'returns undefined',
        'returns a header with \\r\\n in it',
        'returns the status 42',
      ];
      for (const [i, how] of ways.entries()) {
        const what = `a request whose handler ${how}`;
        const cause =
          i < 2
            ? 'call the handler inside try, with await: both ways to fail end in one catch'
            : 'encodeHead throws for such a reply: catch that too, and send a 500 instead';
        const text = await lab.exchange(request('GET', `/failing/${i}`), cause);
        const secret = {
          expected: 'a 500 without the message of the error',
          received: text,
          cause: 'what went wrong inside is nothing that strangers should read',
        };
        expectTrue(`the reply to ${what} gives away what was thrown`, !text.includes('secret'), secret);
        expectReply(text, what, 500, cause);
        await quietly(context, `${what}: something was thrown that nobody caught`, cause);
      }
      expectReply(await lab.exchange(request('GET', '/hello')), 'the next request', 200);
      const called = [...ways.map((_, i) => `GET /failing/${i}`), 'GET /hello'];
      const once = 'a handler that fails is not called again: it may have done half of its work';
      expectEqual('what reached the handler', await lab.requests(), called, once);
    });
  },
);

check('continue', 'a client that waits for "100 Continue" gets it', async (context) => {
  await withServer(context, { maxBody: 1_000 }, async (lab) => {
    const expecting = (length: number): string =>
      request('POST', '/echo', ['Expect: 100-continue', `Content-Length: ${length}`]);
    const patient = await lab.connect();
    await patient.write(expecting(5));
    await untilContinue(patient);
    await patient.write('pie');
    await patient.write('ce');
    const text = await readReply(context, patient, 'the body after 100 Continue');
    patient.destroy();
    const rest = afterContinue(text);
    const { body } = expectReply(
      rest,
      'a request that expected 100 Continue',
      200,
      'say 100 Continue once, and then the reply',
    );
    expectEqual('its body', body, 'piece');
    const atOnce = await lab.exchange(`${expecting(5)}piece`);
    expectReply(
      atOnce,
      'a client that did not wait for 100 Continue',
      200,
      'its body is there already: nothing to ask for',
    );
    const tooMuch = await lab.exchange(expecting(1_001));
    expectReply(
      tooMuch,
      'Expect: 100-continue with a body that is too large',
      413,
      'it asked first, so say no first',
    );
  });
});

check('half-close', 'a client that closes its sending side is still answered', async (context) => {
  await withServer(context, {}, async (lab) => {
    const connection = await lab.connect();
    await connection.write(request('GET', '/wait'));
    connection.end();
    await lab.untilWaiting(1);
    // Time for the end to arrive: a question to the server and its answer.
    expectReply(await lab.exchange(request('GET', '/hello')), 'another request', 200);
    await lab.call('release');
    const cause =
      'by default Node ends its side when the other one ends: createServer({ allowHalfOpen: true }) leaves that to you';
    expectReply(await readReply(context, connection, 'a request and a half-close', cause), 'it', 200, cause);
    connection.destroy();
    await lab.call('giveLong', 'bytes', LONG_BYTES);
    const asked = Buffer.from(request('GET', '/long/bytes'));
    const whole = await readAll(lab.port, asked, { halfClose: true });
    expectTrue(
      `a half-close right after the request, and a reply of ${LONG_MB} MB`,
      whole.length > LONG_BYTES,
      {
        expected: `a head, and ${LONG_BYTES} bytes`,
        received: `${whole.length} bytes in all`,
        cause:
          "an 'end' that comes while you send says only that the client has nothing more to say: end your side after the last piece",
      },
    );
    const half = await lab.connect();
    await half.write('GET /hel');
    half.end();
    const left = await half.readUntilClose(3_000);
    expectTrue('half a request and then the end: the connection must be closed', half.closed, {
      expected: 'the end of the connection, with or without a 400',
      received: `it is open after 3 s${left === '' ? '' : `, with ${left}`}`,
      cause:
        "with allowHalfOpen nobody closes for you: in the 'end' event, end the socket when the request is not complete",
    });
    half.destroy();
  });
});

check('taken-port', 'listen rejects when the port is taken', async (context) => {
  await withServer(context, {}, async (lab) => {
    const cause =
      "listen() does not throw for a port that is taken: the server emits 'error', and the promise must reject then";
    const outcome = await lab.driver.call('listenOn', lab.port);
    await quietly(context, `a second server on port ${lab.port}: an error that nobody caught`, cause);
    expectTrue(
      `listen(${lab.port}) of a second server, when the first one has that port`,
      /EADDRINUSE/.test(String(outcome)),
      {
        expected: 'a promise that rejects with the error of node:net, EADDRINUSE',
        received: String(outcome),
        cause,
      },
    );
    expectReply(await lab.exchange(request('GET', '/hello')), 'a request to the first server', 200);
  });
});

check('early-answer', 'a client in the middle of a long write still gets its 413', async (context) => {
  await withServer(context, { maxBody: 1_000 }, async (lab) => {
    const [ending] = await Promise.all([
      writeThenRead(lab.port, request('POST', '/echo', [`Content-Length: ${LONG_BYTES}`])),
      expectThrownAway(lab),
    ]);
    const received = 'text' in ending ? ending.text : ending.failed;
    expectTrue(
      `a client that writes ${LONG_MB} MB before it reads got no 413`,
      received.startsWith('HTTP/1.1 413 '),
      {
        expected: 'status 413 when the write is done',
        received,
        cause:
          'end() your side, and go on reading: a socket that is closed with unread input sends RST, and the client loses the reply. Keep the data listener, and let it throw away what comes',
      },
    );
  });
});

/** What follows a request that was answered is read as well, and kept nowhere. */
async function expectThrownAway(lab: Lab): Promise<void> {
  const before = await lab.memory();
  let grown = 0;
  const ending = await writeThenRead(lab.port, request('GET', '/hello'), async () => {
    grown = (await lab.memory()).heldMb - before.heldMb;
  });
  const received = 'text' in ending ? ending.text : ending.failed;
  const what = `a request and ${LONG_MB} MB behind it, from a client that reads only then`;
  expectTrue(`${what}: no reply`, received.startsWith('HTTP/1.1 200 '), {
    expected: 'status 200 when the write is done',
    received,
    cause:
      'after the reply go on reading, and throw away what comes: a paused socket does not even see the end',
  });
  expectTrue(`${what}: the server holds ${Math.round(grown)} MB more`, grown < 16, {
    expected: 'less than 16 MB',
    received: `${Math.round(grown)} MB`,
    cause: 'once you have a request, the parser gets nothing more: it keeps what you feed',
  });
}
