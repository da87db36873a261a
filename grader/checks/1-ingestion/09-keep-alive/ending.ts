import { check, expectEqual, expectTrue, fail, show } from '../../../harness/index.ts';
import { afterOf, answerOf, expectAnswers, expectEnd, get, quietly, targetsOf, withServer } from './lab.ts';

check(
  'half-close',
  'a client that closes its sending side is answered all that it asked',
  async (context) => {
    await withServer(context, { maxPipelined: 4 }, async (lab) => {
      const cause =
        "allowHalfOpen: true, and in 'end': no request will come any more, but those that have come are answered; end() after the last answer";
      const client = await lab.client();
      const targets = targetsOf('wait', 6);
      await client.write(`${targets.map((target) => get(target)).join('')}GET /half HTTP/1.1\r\nHo`);
      client.end();
      await lab.untilWaiting(targets.slice(0, 4), cause);
      await lab.settle();
      await lab.call('release', targets.slice(0, 4).reverse());
      await lab.untilWaiting(
        targets.slice(4),
        `${cause}. More of them than maxPipelined may be waiting in the parser when the end comes`,
      );
      await lab.call('release', targets.slice(4));
      await expectAnswers(client, targets, { what: 'a client that has closed its sending side', cause });
      await expectEnd(client, 'after all is answered, and the client has closed its side,', cause);
      expectEqual(
        'how often the handler was called',
        await lab.called(),
        6,
        'half a request must not reach it',
      );

      for (const begin of ['', get('/now/1'), `${get('/now/1')}GET /ha`, 'GET /ha']) {
        const idle = await lab.client();
        if (begin !== '') await idle.write(begin);
        if (begin.includes('/now')) await answerOf(idle, 0, 'a request', cause);
        idle.end();
        await expectEnd(
          idle,
          `a client that closes its side after ${show(begin)}`,
          'a connection whose client is done, and has nothing to get, ends: what has come of a request will never be complete',
        );
      }
    });
  },
);

check(
  'max-requests',
  'a connection carries maxRequests requests, and the last answer says so',
  async (context) => {
    await withServer(context, { maxRequests: 3 }, async (lab) => {
      const cause =
        'count the requests of a connection: after number maxRequests take no more, say Connection: close in its answer, and end';
      for (const kind of ['wait', 'now', 'soon']) {
        await lab.call('forget');
        const client = await lab.client();
        const targets = targetsOf(kind, 5);
        await client.write(targets.map((target) => get(target)).join(''));
        if (kind === 'wait') {
          await lab.untilWaiting(targets.slice(0, 3), cause);
          await lab.call('release', targets.slice(0, 3).reverse());
        }
        await expectAnswers(client, targets.slice(0, 3), { what: 'three of five requests', cause });
        const said = client.answers.map((answer) => afterOf(answer));
        expectEqual('Connection in the three answers', said, ['keep-alive', 'keep-alive', 'close'], cause);
        await expectEnd(client, 'after the third answer', cause);
        expectEqual('how often the handler was called for five requests', await lab.called(), 3, cause);
        client.destroy();
      }
      const slow = await lab.client();
      for (const at of [0, 1, 2]) {
        await slow.write(get(`/now/${at}`));
        await answerOf(slow, at, 'a request', cause);
      }
      expectEqual(
        'Connection in the third answer, one request after another',
        afterOf(slow.answers[2]),
        'close',
        cause,
      );
      await expectEnd(slow, 'after the third answer', cause);
    });
  },
);

check('resets', 'a client that is suddenly gone takes nothing down', async (context) => {
  await withServer(context, {}, async (lab) => {
    const cause =
      "a reset arrives as an 'error' event of the socket, and without a listener it ends the process: socket.on('error', () => {})";
    const survive = async (when: string): Promise<void> => {
      await lab.untilNoneOpen(when, "after 'close' nothing more is written, and nobody is waited for");
      await quietly(context, `${when}, and something was thrown that nobody caught`, cause);
    };
    const waits = await lab.client();
    await waits.write(`${get('/now/0') + get('/wait/1') + get('/wait/2')}GET /ha`);
    await lab.untilWaiting(['/wait/1', '/wait/2'], 'call the handler for each');
    waits.reset();
    await survive('a client was reset while two of its handlers worked');
    await lab.call('release', ['/wait/2', '/wait/1']);
    await quietly(context, 'handlers answered a client that was gone, and something was thrown', cause);

    await lab.call('giveLong', 'text', 10_000_000);
    const reader = await lab.client();
    await reader.write(get('/given') + get('/given'));
    if (!(await reader.until(() => reader.bytes > 1_000_000))) {
      fail({
        summary: 'two answers of 10 MB stopped',
        expected: 'at least 1 MB',
        received: `${reader.bytes} bytes`,
      });
    }
    reader.reset();
    await survive('a client was reset in the middle of its first answer');
    const next = await lab.client();
    await next.write(get('/now/1'));
    await expectAnswers(next, ['/now/1'], { what: 'the next client', cause });
  });
});

check('taken-port', 'listen rejects when the port is taken', async ({ subject, ...rest }) => {
  await withServer({ subject, ...rest }, {}, async (lab) => {
    const outcome = await lab.driver.call('listenOn', lab.port);
    expectTrue(
      `listen(${lab.port}) of a second server, when the first one has that port`,
      /EADDRINUSE/.test(String(outcome)),
      {
        expected: 'a promise that rejects with the error of node:net, EADDRINUSE',
        received: String(outcome),
        cause: "as in 1.2: server.on('error', reject)",
      },
    );
  });
});
