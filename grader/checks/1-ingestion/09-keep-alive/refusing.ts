/** The end of a connection from one side: bad requests, clients that close theirs, the number of requests. */
import { setTimeout as pause } from 'node:timers/promises';
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { type Answer, type Client, type Ending, LONG_BYTES, LONG_MB, writeThenRead } from './clients.ts';
import { afterOf, answerOf, expectAnswers, expectEnd, get, request, withServer } from './lab.ts';

check('refusals', 'a bad request is answered in its turn, and is the last', async (context) => {
  await withServer(context, { maxBody: 1_000 }, async (lab) => {
    const evil = get('/now/evil');
    const bad: [string, string, number][] = [
      ['a line that is no request line', 'hello\r\n\r\n', 400],
      [
        'a body of 1,001 bytes that looks like requests',
        request('POST', '/echo', ['Content-Length: 1001']) + evil.repeat(25),
        413,
      ],
      ['a head of 10 KB', get('/now/long', `X: ${'x'.repeat(10_000)}`), 431],
    ];
    for (const [i, [what, sent, status]] of bad.entries()) {
      const client = await lab.client();
      const targets = [`/wait/${i}a`, `/wait/${i}b`];
      const cause =
        'put the refusal into the queue like an answer: it leaves after those before it, says Connection: close, and nothing after it is read as a request';
      await client.write(targets.map((target) => get(target)).join('') + sent + evil);
      await lab.untilWaiting(targets, cause);
      await lab.settle();
      const early = client.answers.map((answer) => answer.status);
      expectEqual(`answers before the two requests before ${what} are done`, early, [], cause);
      await lab.call('release', [...targets].reverse());
      await expectAnswers(client, targets, { what: `two requests before ${what}`, cause });
      const answer = await answerOf(client, 2, what, cause);
      expectEqual(`the status for ${what}`, answer.status, status, 'the HttpError that next() throws has it');
      const said = client.answers.map((each) => afterOf(each));
      expectEqual(`Connection in these three answers`, said, ['keep-alive', 'keep-alive', 'close'], cause);
      await expectEnd(client, `after the ${status} for ${what}`, cause);
      client.destroy();
    }
    const reached = (await lab.requests()).filter((line) => !line.includes('/wait/'));
    expectEqual(
      'what reached the handler from behind a bad request',
      reached,
      [],
      'where the next request begins is not known any more: what follows may be the body, written by an attacker',
    );
  });
});

check('wording', 'what no handler has answered is said in the words of `refusal`', async (context) => {
  await withServer(context, { maxBody: 1_000, headTimeoutMs: 400, words: true }, async (lab) => {
    const cause =
      'status and reason go through the option `refusal`, whatever the server answers by itself: what the parser refuses, 408, and each 500. Its headers and its body are the answer; only the status stays yours';
    const late = await lab.client();
    await late.write('GET /now/late HTTP/1.1\r\nHost: loc');
    const failing = [0, 1, 2, 3, 4, 5].map((n): [string, string, number] => [
      `a handler that fails, case ${n}`,
      get(`/failing/${n}`),
      500,
    ]);
    const own: [string, string, number][] = [
      ['a line that is no request line', 'hello\r\n\r\n', 400],
      ['a body that is too large', request('POST', '/echo', ['Content-Length: 1001']), 413],
      ['a head of 10 KB', get('/now/long', `X: ${'x'.repeat(10_000)}`), 431],
      ...failing,
    ];
    for (const [what, sent, status] of own) {
      const client = await lab.client();
      await client.write(get('/now/1') + sent);
      expectWords(await answerOf(client, 1, what, cause), what, status, cause);
      client.destroy();
    }
    const what = 'a head that stops';
    expectWords(await answerOf(late, 0, what, cause), what, 408, cause);
    const client = await lab.client();
    await client.write(get('/status/503'));
    const { body } = await answerOf(client, 0, 'a handler that answers 503', 'answer it');
    expectEqual('the body of a 503 that the handler gave', body, 'of a status', 'its own words stay');
  });
});

function expectWords(answer: Answer, what: string, status: number, cause: string): void {
  const { fields, body } = answer;
  const type = fields.get('content-type');
  expectEqual(
    `status, Content-Type and X-Words-For in the answer to ${what}`,
    [answer.status, type, fields.get('x-words-for')],
    [status, 'application/json', String(status)],
    cause,
  );
  expectTrue(
    `the body of the answer to ${what}`,
    body.startsWith(`{"status":${status},"reason":"`) &&
      !body.includes('secret') &&
      !body.endsWith('"reason":""}'),
    {
      expected: `{"status":${status},"reason":"some words, and nothing of what the handler threw"}`,
      received: body,
      cause,
    },
  );
}

check('early-answer', 'a client in the middle of a long write still gets its 413', async (context) => {
  await withServer(context, { maxBody: 1_000, maxPipelined: 2 }, async (lab) => {
    const tooLong = request('POST', '/echo', [`Content-Length: ${LONG_BYTES}`]);
    const gets413 = (ending: Ending, who: string): void => {
      const received = 'status' in ending ? `status ${ending.status}` : ending.failed;
      expectTrue(
        `a client that writes ${LONG_MB} MB before it reads${who} got no 413`,
        received === 'status 413',
        {
          expected: 'status 413 when the write is done',
          received,
          cause:
            'after the last answer end() your side, and go on reading and throwing away, also when the socket was paused before: one that is closed with unread input sends RST, and the client loses the answer',
        },
      );
    };
    const client = await lab.client();
    await client.write(get('/now/1'));
    await answerOf(client, 0, 'a request', 'answer it');
    gets413(await writeThenRead(client, tooLong), '');
    // The queue was full when it came, and the socket paused.
    const full = await lab.client();
    const ahead = ['/wait/1', '/wait/2'];
    await full.write(ahead.map((target) => get(target)).join(''));
    await lab.untilWaiting(ahead, 'call the handler for each');
    const ending = writeThenRead(full, tooLong, ahead.length);
    await lab.settle();
    await lab.call('releaseAll'); // in one moment: nothing resumes the socket between the two
    gets413(await ending, ', behind as many requests as there are places,');
  });
});

check('continue', '"100 Continue" is said in its turn', async (context) => {
  await withServer(context, { maxBody: 1_000 }, async (lab) => {
    const expecting = request('POST', '/echo', ['Expect: 100-continue', 'Content-Length: 5']);
    const turn =
      "'HTTP/1.1 100 Continue' stands between two answers: say it when all before it have left, as long as the client still waits";
    const statuses = (client: Client): number[] => client.answers.map(({ status }) => status);

    const client = await lab.client();
    await client.write(get('/wait/1') + expecting);
    await lab.untilWaiting(['/wait/1'], 'call the handler for the first request');
    await lab.settle();
    const early = 'statuses that have come while the answer before 100 Continue was missing';
    expectEqual(early, statuses(client), [], turn);
    await lab.call('release', ['/wait/1']);
    await answerOf(
      client,
      1,
      'Expect: 100-continue behind another request',
      `${turn}. Look again after each answer that has left`,
    );
    expectEqual('the statuses that have come', statuses(client), [200, 100], turn);
    await client.write('pie');
    await client.write(`ce${expecting}`);
    await answerOf(client, 3, 'a second Expect: 100-continue on the connection', turn);
    await client.write('again');
    await expectAnswers(client, ['again'], { what: 'the body after it', cause: turn, from: 4 });
    expectEqual(
      'the statuses of all that came',
      statuses(client),
      [200, 100, 200, 100, 200],
      'once for each request',
    );

    const impatient = await lab.client();
    await impatient.write(`${get('/wait/2') + expecting}piece${get('/now/3')}`);
    await lab.untilWaiting(['/wait/2'], 'call the handler for the first request');
    await lab.call('release', ['/wait/2']);
    await answerOf(impatient, 2, 'a body that came unasked', turn);
    const cause = 'its body has come: nothing to ask for';
    expectEqual('the statuses for a client that did not wait', statuses(impatient), [200, 200, 200], cause);

    const began = await lab.client();
    await began.write(get('/wait/5') + expecting);
    await lab.untilWaiting(['/wait/5'], 'call the handler for the first request');
    await lab.settle();
    await began.write('pi');
    await lab.settle();
    await lab.call('release', ['/wait/5']);
    await answerOf(began, 0, 'a request before Expect: 100-continue', turn);
    await lab.settle();
    await began.write('ece');
    await answerOf(began, 1, 'a body of which a part came unasked', turn);
    const asked = 'statuses for a client that began its body while an earlier handler worked';
    const ask =
      'it does not wait any more: ask incoming.wantsContinue when the turn has come, do not note it before';
    expectEqual(asked, statuses(began), [200, 200], ask);

    const tooMuch = await lab.client();
    await tooMuch.write(
      get('/now/4') + request('POST', '/echo', ['Expect: 100-continue', 'Content-Length: 1001']),
    );
    await answerOf(tooMuch, 1, 'Expect: 100-continue with a body that is too large', turn);
    expectEqual(
      'the statuses for a body that is too large',
      statuses(tooMuch),
      [200, 413],
      'it asked first, so say no first',
    );
  });
  await withServer(context, { headTimeoutMs: 300 }, async (lab) => {
    const client = await lab.client();
    await client.write(
      get('/wait/1') + request('POST', '/echo', ['Expect: 100-continue', 'Content-Length: 5']),
    );
    await lab.untilWaiting(['/wait/1'], 'call the handler for the first request');
    await pause(600); // longer than headTimeoutMs: it is the handler that lets the client wait
    await lab.call('release', ['/wait/1']);
    const what = 'Expect: 100-continue behind a request that takes longer than headTimeoutMs';
    const cause = 'this client waits for you: the time that handlers take is not counted against it';
    const answer = await answerOf(client, 1, what, cause);
    expectEqual(`the status for ${what}`, answer.status, 100, cause);
  });
});
