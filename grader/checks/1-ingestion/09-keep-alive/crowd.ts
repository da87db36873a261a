import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckContext,
  check,
  eventually,
  expectEqual,
  expectTrue,
  shape,
  z,
} from '../../../harness/index.ts';
import { answerOf, expectAnswers, get, type Lab, quietly, request, targetsOf, withServer } from './lab.ts';

const Remembered = z.object({ accepted: z.number(), left: z.number() });

check(
  'many-at-once',
  'ten thousand requests in one go are answered, in order',
  async (context) => {
    const count = 10_000;
    for (const maxPipelined of [3, 100_000]) {
      await withServer(context, { maxPipelined }, async (lab) => {
        for (const kind of ['now', 'soon']) {
          const client = await lab.client();
          const targets = targetsOf(kind, count);
          await client.write(targets.map((target) => get(target)).join(''));
          const cause =
            'take requests in a loop, not in a function that calls itself: each call is a frame of the stack, and there are only some ten thousand. Whoever is out of places must go on when there are some again';
          const what = `${count} requests in one go, with maxPipelined ${maxPipelined}`;
          await quietly(context, `${what}: something was thrown`, cause);
          await expectAnswers(client, targets, { what, cause });
          client.destroy();
        }
      });
    }
  },
  { timeoutMs: 15_000 },
);

check('takes-turns', 'no connection makes the others wait', async (context) => {
  const maxPipelined = 8;
  await withServer(context, { maxPipelined }, async (lab) => {
    const stuck = await lab.client();
    await stuck.write(get('/wait/never'));
    const other = await lab.client();
    await other.write(get('/soon/1'));
    await expectAnswers(other, ['/soon/1'], {
      what: 'a client beside one whose handler never ends',
      cause: 'each connection has a queue of its own',
    });
    for (const kind of ['now', 'soon']) {
      await lab.call('forget');
      const cause =
        'take at most maxPipelined requests of a connection in one turn of the event loop, and then let the others have theirs: go on in setImmediate. process.nextTick and promises come before all others';
      const greedy = await Promise.all([lab.client(), lab.client(), lab.client()]);
      const modest = await lab.client();
      await whileBlocked(context, lab, kind, async () => {
        await Promise.all(greedy.map((client) => client.write(get(`/${kind}/greedy`).repeat(1_200))));
        await modest.write(get(`/${kind}/modest`));
      });
      await expectAnswers(modest, [`/${kind}/modest`], {
        what: 'a client beside three that have sent much',
        cause,
      });
      const order = await lab.requests();
      const before = order.indexOf(`GET /${kind}/modest`);
      const most = 3 * maxPipelined * 5;
      expectTrue(
        `three clients have sent 1,200 requests each, a fourth sends one: ${before} of theirs came first`,
        before < most,
        {
          expected: `at most ${3 * maxPipelined}, with maxPipelined ${maxPipelined}, or a few times as many`,
          received: `${before}`,
          cause,
        },
      );
      await expectAnswers(
        greedy[0] ?? modest,
        Array.from({ length: 1_200 }, () => `/${kind}/greedy`),
        {
          what: 'one of the three',
          cause: 'and then go on with the rest',
        },
      );
      for (const client of [...greedy, modest]) client.destroy();
    }
  });
  await packetByPacket(
    context,
    'after maxPipelined requests in one turn of the event loop the others have theirs: go on in setImmediate',
  );
});

/** Three are one byte less than the 64 KB that a data event brings at most. */
const SIZE = 21_845;

/** Packets of 64 KB with three requests each: none of them fills the queue, all of them together are a long turn. */
async function packetByPacket(context: CheckContext, cause: string): Promise<void> {
  const maxPipelined = 4;
  const count = 150;
  for (const target of ['/tarry', '/later']) {
    await withServer(context, { maxPipelined }, async (lab) => {
      const client = await lab.client();
      // The kernel gives a connection more room when it has carried much.
      const warm = request('POST', '/status/200', ['Content-Length: 1000000'], '.'.repeat(1_000_000));
      await client.write(warm.repeat(8));
      await answerOf(client, 7, 'eight requests of 1 MB', cause);
      const head = request('POST', target, ['Content-Length: 21000']);
      const padded = request('POST', target, [
        'Content-Length: 21000',
        `X: ${'x'.repeat(SIZE - 21_000 - head.length - 5)}`,
      ]);
      await client.write((padded + '.'.repeat(21_000)).repeat(count));
      await answerOf(client, 7 + count, `${count} requests of 21 KB in one go`, cause);
      const most = Number(await lab.call('mostInTurn'));
      expectTrue(
        `${count} requests of 21 KB came in one go: ${most} were taken in one turn`,
        most <= 5 * maxPipelined,
        {
          expected: `${maxPipelined} in a turn, with maxPipelined ${maxPipelined} (up to ${5 * maxPipelined} pass)`,
          received: `${most}`,
          cause: `count what a connection has taken in this turn: several data events may come in one. ${cause}`,
        },
      );
    });
  }
}

/** What `body` sends arrives while the server's event loop stands still. */
async function whileBlocked(
  { scratch }: CheckContext,
  lab: Lab,
  name: string,
  body: () => Promise<void>,
): Promise<void> {
  const begun = join(scratch, `${name}-begun`);
  const until = join(scratch, `${name}-until`);
  const blocked = lab.driver.callWithin(10_000, 'block', begun, until, 6_000);
  await eventually('the server is busy', async () => (existsSync(begun) ? true : undefined));
  await body();
  writeFileSync(until, '');
  await blocked;
}

check(
  'no-leaks',
  'after 10,000 requests nothing is left of them',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      await lab.driver.call('watchWarnings');
      const lanes = await Promise.all(Array.from({ length: 20 }, () => lab.client()));
      const ask = async (rounds: number): Promise<number> => {
        const deadline = performance.now() + 4_000;
        let asked = 0;
        for (let round = 0; round < rounds && performance.now() < deadline; round++) {
          const batch =
            round % 2 === 0
              ? get('/soon/1').repeat(10)
              : request('POST', '/echo', ['Content-Length: 9'], 'something').repeat(10);
          await Promise.all(
            lanes.map(async (client) => {
              const upTo = client.answers.length + 10;
              await client.write(batch);
              await answerOf(client, upTo - 1, 'ten requests', 'answer them');
              client.answers.length = 0;
            }),
          );
          asked += 10 * lanes.length;
        }
        await lab.call('forget');
        return asked;
      };
      await ask(5); // code and caches that come with the first requests
      const before = await lab.memory();
      const asked = await ask(100);
      const grown = (await lab.memory()).heldMb - before.heldMb;
      expectTrue(`${grown.toFixed(1)} MB are held after ${asked} requests on 20 connections`, grown < 2, {
        expected: 'less than 2 MB',
        received: `${grown.toFixed(1)} MB more than before`,
        cause: 'what is kept for a request must go when its answer has left: a connection may live for weeks',
      });
      for (const client of lanes) client.destroy();
      await lab.untilNoneOpen('the clients are gone', 'their connections must close');
      await lab.driver.call('remembered');
      for (let lot = 0; lot < 3; lot++) {
        const many = await Promise.all(Array.from({ length: 60 }, () => lab.client()));
        await Promise.all(many.map((client) => client.write(get('/soon/1'))));
        await Promise.all(many.map((client) => answerOf(client, 0, 'one of sixty clients', 'answer it')));
        for (const client of many) client.destroy();
        await lab.untilNoneOpen('sixty clients are gone', 'their connections must close');
      }
      const counts = shape('sockets', await lab.driver.call('remembered'), Remembered);
      expectTrue(
        `${counts.left} of ${counts.accepted} sockets that are closed are still referred to`,
        counts.left < 30,
        {
          expected: 'none, or a few that happened to be the last',
          received: `${counts.left}`,
          cause:
            "what is kept per connection, in a Set or as a listener of the server, must go when its socket emits 'close'",
        },
      );
      const warnings = await lab.driver.call('watchWarnings');
      expectEqual(
        'warnings of the process',
        warnings,
        [],
        'a listener was added for each request and never removed',
      );
    });
  },
  { fresh: true, timeoutMs: 20_000 },
);
