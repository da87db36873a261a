/** Handlers finish in any order, or not at all; answers leave in the order of the requests. */
import { check, expectEqual, expectTrue, fail, show } from '../../../harness/index.ts';
import { answerOf, expectAnswers, get, quietly, targetsOf, withServer } from './lab.ts';

const goesOn = 'take all requests that have come, and go on listening for data after an answer';

check(
  'order',
  'answers leave in the order of the requests, whenever their handlers are done',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      const client = await lab.client();
      const targets = targetsOf('wait', 8);
      await client.write(targets.map((target) => get(target)).join('') + get('/now/8'));
      await lab.untilWaiting(
        targets,
        'a request that has come waits for no other: call the handler for each at once, and put the answers in order afterwards',
      );
      expectEqual(
        'the order in which the handler was called',
        await lab.requests(),
        [...targets, '/now/8'].map((target) => `GET ${target}`),
      );
      const order =
        'an answer may leave when all before it have left: keep a queue of the requests, and send from its front what is ready';
      await lab.call('release', targets.slice(3).reverse());
      await lab.settle();
      expectEqual(
        'answers that have come while the first three handlers of nine were at work',
        client.answers.map(({ body }) => body),
        [],
        order,
      );
      await lab.call('release', targets.slice(0, 2));
      await expectAnswers(client, targets.slice(0, 2), {
        what: 'nine requests, when the handlers of the first two are done',
        cause: 'what is ready at the front leaves at once: do not wait for the whole queue',
      });
      await lab.settle();
      expectEqual('answers that have come then', client.answers.length, 2, order);
      await lab.call('release', targets.slice(2, 3));
      await expectAnswers(client, [...targets, '/now/8'], { what: 'nine requests', cause: order });
    });
  },
);

check('handler-fails', 'a handler that fails costs its own request only', async (context) => {
  await withServer(context, {}, async (lab) => {
    const client = await lab.client();
    const ways = [
      'throws',
      'returns a promise that rejects',
      'returns undefined',
      'returns a header with \\r\\n in it',
      'resolves with the status 42',
      'resolves with undefined',
    ];
    await client.write(
      get('/wait/first') + ways.map((_, i) => get(`/failing/${i}`) + get(`/now/${i}`)).join(''),
    );
    await lab.untilWaiting(['/wait/first'], goesOn);
    await quietly(
      context,
      'handlers failed behind a request that was at work, and something was thrown that nobody caught',
      'the promise of a handler may reject long before its turn: catch it when you call the handler',
    );
    await lab.call('release', ['/wait/first']);
    await expectAnswers(client, ['/wait/first'], {
      what: 'the request before those that fail',
      cause: goesOn,
    });
    for (const [i, how] of ways.entries()) {
      const what = `a request whose handler ${how}`;
      const cause =
        i < 2
          ? 'call the handler inside try, and catch its promise: the answer in its place is a 500'
          : how.endsWith('undefined')
            ? 'undefined is no reply, and no sign that the handler still works either: a 500 in its place'
            : 'encodeHead throws for such a reply: catch that too, and send a 500 in its place';
      const answer = await answerOf(client, 1 + 2 * i, what, cause);
      expectEqual(`the status of the answer to ${what}`, answer.status, 500, cause);
      const tells = show([answer.body, ...answer.fields]);
      expectTrue(`the answer to ${what} gives away what was thrown`, !tells.includes('secret'), {
        expected: 'a 500 without the message of the error',
        received: tells,
      });
      await expectAnswers(client, [`/now/${i}`], {
        what: `the request after one whose handler ${how}`,
        cause:
          'its request was read to the end, so the connection is as good as before: only a request that the parser refuses ends it',
        from: 2 + 2 * i,
      });
    }
    await quietly(
      context,
      'handlers failed, and something was thrown that nobody caught',
      'catch the promise of the handler',
    );
  });
});

check('one-write', 'answers that are ready together leave in one write', async (context) => {
  await withServer(context, {}, async (lab) => {
    for (const kind of ['now', 'soon', 'wait']) {
      const client = await lab.client();
      await client.write(get('/now/warm'));
      await answerOf(client, 0, 'a request', goesOn);
      const targets = targetsOf(kind, 16);
      const before = await lab.writes();
      await client.write(targets.map((target) => get(target)).join(''));
      if (kind === 'wait') {
        await lab.untilWaiting(targets, goesOn);
        await lab.call('releaseAll');
      }
      await expectAnswers(client, targets, {
        what: 'sixteen requests in one packet',
        cause: goesOn,
        from: 1,
      });
      const writes = (await lab.writes()) - before;
      client.destroy();
      if (writes <= 4) continue;
      const how = {
        now: 'handlers that answer at once',
        soon: 'handlers that return a promise',
        wait: 'handlers that end in the same moment',
      }[kind];
      fail({
        summary: `sixteen requests in one packet, ${how}: ${writes} writes`,
        expected: 'one write, or a few: each is a system call and a packet',
        received: `${writes} writes to the kernel`,
        cause:
          kind === 'now'
            ? 'take all requests that have come, then send all answers that are ready: join them, or cork() before and uncork() after'
            : 'promises end one after another, but before the next turn of the event loop: when the first is ready, send in process.nextTick, and all are ready by then',
      });
    }
  });
});
