/** Many requests on one connection: which stay, and in which order they are answered. */
import { check, expectEqual } from '../../../harness/index.ts';
import { afterOf, answerOf, expectAnswers, expectEnd, get, request, withServer } from './lab.ts';

const goesOn =
  'the parser keeps what follows a request: after next() has given one, ask it again, and go on listening for data after an answer';

check('keeps', 'a connection carries one request after another', async (context) => {
  await withServer(context, {}, async (lab) => {
    const client = await lab.client();
    for (const target of ['/now/1', '/soon/2', '/now/3']) {
      await client.write(get(target));
      await expectAnswers(client, [target], {
        what: `${target} on a connection that stays`,
        cause: goesOn,
        from: client.answers.length,
      });
    }
    const pieces = request('POST', '/echo', ['Content-Length: 5'], 'piece') + get('/now/4');
    for (const byte of Buffer.from(pieces)) await client.write(Uint8Array.of(byte));
    const chunked = request(
      'POST',
      '/echo',
      ['Transfer-Encoding: chunked'],
      '3\r\nchu\r\n3\r\nnks\r\n0\r\n\r\n',
    );
    await client.write(chunked + get('/now/5'));
    await expectAnswers(client, ['piece', '/now/4', 'chunks', '/now/5'], {
      what: 'requests that come byte by byte, or end and begin in one packet',
      cause: goesOn,
      from: 3,
    });
    for (const answer of client.answers) {
      const cause =
        "encodeHead(reply, 'keep-alive') says that more may come; 'close' belongs to the last answer";
      expectEqual(
        'Connection in an answer after which the connection stays',
        afterOf(answer),
        'keep-alive',
        cause,
      );
    }
    expectEqual(
      'requests that reached the handler',
      await lab.called(),
      7,
      'each once, in however many pieces it came',
    );
  });
});

check('close', 'who asks for the end gets an answer that says so, and the end', async (context) => {
  const old = (target: string, ...fields: string[]): string =>
    [`GET ${target} HTTP/1.0`, ...fields, '', ''].join('\r\n');
  await withServer(context, {}, async (lab) => {
    const last: [string, string, readonly string[]][] = [
      ['Connection: close', get('/now/0') + get('/soon/1', 'Connection: close'), ['/now/0', '/soon/1']],
      ['HTTP/1.0', get('/now/0') + old('/now/1'), ['/now/0', '/now/1']],
      [
        'HTTP/1.0 that asked for keep-alive before',
        old('/now/0', 'Connection: keep-alive') + old('/now/1'),
        ['/now/0', '/now/1'],
      ],
    ];
    for (const [what, sent, targets] of last) {
      const client = await lab.client();
      await client.write(sent + get('/now/too-many'));
      const cause =
        'request.keepAlive is false: answer, say Connection: close, end() after the answer, and take nothing more from the parser';
      await expectAnswers(client, targets, { what: `a request with ${what}`, cause });
      const said = client.answers.map((answer) => afterOf(answer));
      expectEqual(
        `Connection in the two answers, the second to ${what},`,
        said,
        ['keep-alive', 'close'],
        cause,
      );
      await client.write(get('/now/too-late'));
      await expectEnd(client, `after the answer to ${what}`, cause);
      client.destroy();
    }
    const carried = (await lab.requests()).filter((line) => line.includes('too-'));
    expectEqual(
      'what reached the handler behind a request that was the last',
      carried,
      [],
      'after the last request of a connection the rest is thrown away: a request whose answer nobody gets must not be carried out',
    );
    const stays = await lab.client();
    await stays.write(old('/now/1', 'Connection: keep-alive'));
    const cause =
      'request.keepAlive is true for HTTP/1.0 with Connection: keep-alive: ask it, not the version';
    expectEqual(
      'Connection in the answer to HTTP/1.0 that asks for keep-alive',
      afterOf(await answerOf(stays, 0, 'HTTP/1.0 with Connection: keep-alive', cause)),
      'keep-alive',
      `${cause}; an old client believes only an answer that says so`,
    );
    await stays.write(get('/now/2'));
    await expectAnswers(stays, ['/now/2'], { what: 'a second request after it', cause, from: 1 });
  });
});

check('framing', 'every answer ends where it says, whatever it is', async (context) => {
  await withServer(context, {}, async (lab) => {
    const client = await lab.client();
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const text = '21 °C 🌡';
    await lab.call('give', { status: 200, body: text });
    for (const at of [0, 5, 9, 11]) client.headOnly.add(at);
    await client.write(
      request('HEAD', '/now/head') +
        get('/status/204') +
        get('/status/304') +
        get('/status/404') +
        get('/given') +
        request('HEAD', '/given') +
        request('POST', '/echo', ['Content-Length: 0']) +
        request('POST', '/echo', ['Content-Length: 256']),
    );
    await client.write(all);
    await client.write(get('/now/8') + request('HEAD', '/status/204') + get('/now/10'));
    await client.write(request('HEAD', '/status/99') + get('/now/12'));
    const cause =
      'nothing follows the head of an answer to HEAD, or with 204 or 304: whatever does is taken for the next answer. A text has more bytes than characters';
    const expected: [number, string][] = [
      [200, ''],
      [204, ''],
      [304, ''],
      [404, 'of a status'],
      [200, Buffer.from(text).toString('latin1')],
      [200, ''],
      [200, ''],
      [200, all.toString('latin1')],
      [200, '/now/8'],
      [204, ''],
      [200, '/now/10'],
      [500, ''],
      [200, '/now/12'],
    ];
    for (const [i, [status, body]] of expected.entries()) {
      const what = `answer ${i + 1} of a mixed lot (HEAD, 204, 304, text, bytes, a reply to HEAD that encodeHead refuses)`;
      const answer = await answerOf(client, i, what, cause);
      expectEqual(what, { status: answer.status, body: answer.body }, { status, body }, cause);
    }
    const lengths = [0, 5].map((at) => client.answers[at]?.fields.get('content-length'));
    expectEqual('Content-Length in the answers to HEAD', lengths, ['9', '11'], 'it is that of GET');
  });
});
