/** Requests that are what they should be. */
import { check, expectEqual, expectResponse, fail } from '../../../harness/index.ts';
import { readAll } from './clients.ts';
import { expectReply, parseReply, readReply, request, withServer } from './lab.ts';

const unanswered = 'feed() the parser in the data event, ask next(), call the handler, and write its reply';

check('answers', 'a request reaches the handler, and its reply the client', async (context) => {
  await withServer(context, {}, async (lab) => {
    const text = await lab.exchange(request('GET', '/hello'), unanswered);
    const reply = expectReply(text, 'GET /hello', 200);
    expectEqual('the body of the reply to GET /hello', reply.body, 'hello');
    expectEqual(
      'Content-Type in it',
      reply.fields.get('content-type'),
      'text/plain',
      'the headers of the Reply belong into the head',
    );
    const exchange = await context.http.request({
      port: lab.port,
      method: 'PUT',
      path: '/what',
      body: 'some',
    });
    const json = { method: 'PUT', target: '/what', version: '1.1' };
    expectResponse(exchange, { status: 202, json }, 'the handler may return a promise: await it');
  });
});

check('one-request', 'a connection carries one request, in however many pieces it comes', async (context) => {
  await withServer(context, {}, async (lab) => {
    const whole = request('POST', '/echo', ['Content-Length: 5'], 'piece');
    const connection = await lab.connect();
    for (const byte of Buffer.from(whole)) await connection.write(Uint8Array.of(byte));
    const cause = 'a data event brings some bytes, not a request: next() gives null until all of it is there';
    const text = await readReply(context, connection, 'a request in 90 pieces', cause);
    connection.destroy();
    expectEqual('the body of its reply', expectReply(text, 'a request in pieces', 200, cause).body, 'piece');
    const twice = await lab.exchange(request('GET', '/hello') + request('GET', '/hello?2'));
    expectReply(
      twice,
      'two requests in one packet',
      200,
      'every reply says Connection: close, so the second request gets none',
    );
    const called = ['POST /echo', 'GET /hello'];
    expectEqual('what reached the handler', await lab.requests(), called, (received) =>
      Array.isArray(received) && received.includes('GET /hello?2')
        ? 'after the first request of a connection the rest of its bytes is thrown away: a request whose reply nobody gets must not be carried out'
        : 'each request reaches the handler once',
    );
  });
});

check('bodies', 'bodies arrive as they are, text as UTF-8', async (context) => {
  await withServer(context, { maxBody: 2_000_000 }, async (lab) => {
    const all = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
    const upload = Buffer.concat([Buffer.from(request('POST', '/echo', ['Content-Length: 512'])), all]);
    expectEqual(
      'the body of the reply to POST /echo with the bytes 0 to 255, twice,',
      bodyOf(await readAll(lab.port, upload)),
      all,
      'a Uint8Array is sent as it is: making text of it changes what is not UTF-8',
    );
    const short = 'Grüße aus 東京: 21 °C 🌡';
    await lab.call('give', { status: 200, body: short });
    expectEqual(
      'the body of a reply whose body is a short text',
      bodyOf(await readAll(lab.port, Buffer.from(request('GET', '/given')))).toString(),
      short,
      'text is sent as UTF-8: latin1 is for a head, which is ASCII',
    );
    const bytes = Uint8Array.of(0, 200, 13, 10, 255);
    await lab.call('give', { status: 200, body: bytes });
    expectEqual(
      'the body of a reply whose body is a subarray of 5 bytes',
      bodyOf(await readAll(lab.port, Buffer.from(request('GET', '/given')))),
      Buffer.from(bytes),
      'send the Uint8Array itself: its .buffer is all that it is a part of',
    );
    // One unit before the pairs, or none: then one of the two is cut inside a pair, wherever it is cut.
    for (const before of ['', 'x']) {
      const body = `${before}${'🌡'.repeat(80_000)}`;
      await lab.call('give', { status: 200, body });
      const what = `a text of ${body.length} UTF-16 units`;
      const text = bodyOf(await readAll(lab.port, Buffer.from(request('GET', '/given')))).toString();
      if (text === body) continue;
      const holes = text.split('\ufffd').length - 1;
      fail({
        summary: `${what} did not arrive as it was`,
        expected: `${Buffer.byteLength(body)} bytes`,
        received: `${Buffer.byteLength(text)} bytes, with ${holes} characters U+FFFD`,
        cause:
          'a cut between the two units of an emoji gives two replacement characters: move the cut by one when the unit before it is a high surrogate (0xD800 to 0xDBFF)',
      });
    }
  });
});

/** What follows the head. */
function bodyOf(reply: Buffer): Buffer {
  const end = reply.indexOf('\r\n\r\n');
  return end === -1 ? Buffer.alloc(0) : reply.subarray(end + 4);
}

check('head-method', 'HEAD gets the head of GET, and no body', async (context) => {
  await withServer(context, {}, async (lab) => {
    const cause =
      'HEAD asks for the head that GET would get, Content-Length included; a body after it would be taken for the next reply';
    const headOnly = async (what: string, text: string, length: string | undefined): Promise<void> => {
      const reply = parseReply(text, `the reply to ${what}`);
      expectEqual(
        `Content-Length in the reply to ${what}`,
        reply.fields.get('content-length'),
        length,
        cause,
      );
      expectEqual(`what follows the head of the reply to ${what}`, reply.body, '', cause);
    };
    await headOnly('HEAD /hello', await lab.exchange(request('HEAD', '/hello')), '5');
    for (const form of ['text', 'bytes']) {
      await lab.call('giveLong', form, 300_000);
      const what = `HEAD of 300,000 bytes (${form})`;
      await headOnly(what, await lab.exchange(request('HEAD', `/long/${form}`)), '300000');
    }
    await lab.call('give', { status: 200, body: Buffer.from('some bytes') });
    await headOnly('HEAD of a few bytes', await lab.exchange(request('HEAD', '/given')), '10');
    for (const status of [204, 304]) {
      for (const body of ['must not be sent', Buffer.from('nor these'), 'x'.repeat(100_000)]) {
        await lab.call('give', { status, body });
        const form = typeof body === 'string' ? `${body.length} characters` : 'bytes';
        const text = await lab.exchange(request('GET', '/given'));
        await headOnly(`a GET whose reply is ${status} with ${form}`, text, undefined);
      }
    }
    for (const [how, what] of [
      [0, 'when the handler throws'],
      [3, 'when encodeHead refuses what the handler returned'],
    ]) {
      const text = await lab.exchange(request('HEAD', `/failing/${how}`));
      const { status, body } = parseReply(text, `the reply to HEAD ${what}`);
      expectEqual(`the status of HEAD ${what}`, status, 500);
      expectEqual(`what follows the head of that 500, ${what},`, body, '', cause);
    }
  });
});

check('old-client', 'a client that speaks HTTP/1.0 is answered', async (context) => {
  await withServer(context, {}, async (lab) => {
    expectReply(await lab.exchange('GET /hello HTTP/1.0\r\n\r\n'), 'GET /hello HTTP/1.0', 200);
    const kept = 'GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n';
    expectReply(await lab.exchange(kept), 'HTTP/1.0 that asks for keep-alive', 200);
  });
});
