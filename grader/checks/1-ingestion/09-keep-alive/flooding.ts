/** Clients that send more than can be answered, or ask for more than they read. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { check, eventually, expectEqual, expectTrue } from '../../../harness/index.ts';
import { flood } from './clients.ts';
import { long } from './content.ts';
import { answerOf, expectAnswers, expectEnd, get, type Lab, request, targetsOf, withServer } from './lab.ts';

const CAP = 4;

check(
  'pipeline-cap',
  'a connection has at most maxPipelined requests under way, and then reads no more',
  async (context) => {
    await withServer(context, { maxPipelined: CAP }, async (lab) => {
      const cause =
        'a request is under way from when the handler is called until its answer has left: with maxPipelined of them, stop asking the parser, and go on when an answer has left';
      const client = await lab.client();
      const targets = targetsOf('wait', 10);
      await client.write(targets.map((target) => get(target)).join(''));
      await lab.untilWaiting(targets.slice(0, CAP), cause);
      await lab.settle();
      expectEqual(
        `calls of the handler for ten requests, with maxPipelined ${CAP},`,
        await lab.called(),
        CAP,
        cause,
      );
      // The answer is ready, and has to wait for the first: its place is taken.
      await lab.call('release', targets.slice(1, 3));
      await lab.settle();
      expectEqual(
        'calls of the handler when the second and the third are done, and the first is not,',
        await lab.called(),
        CAP,
        `an answer that waits for its turn takes a place too: otherwise a slow first request lets the queue grow for ever. ${cause}`,
      );
      const other = await lab.client();
      await other.write(get('/wait/other'));
      await lab.untilWaiting(
        ['/wait/0', '/wait/3', '/wait/other'],
        'each connection has its own maxPipelined',
      );
      await lab.call('release', ['/wait/0', '/wait/other']);
      await lab.untilWaiting(['/wait/3', '/wait/4', '/wait/5', '/wait/6'], cause);
      for (const target of targets.slice(3)) {
        await eventually(
          `${target} reaches the handler`,
          async () => (((await lab.call('waiting')) as string[]).includes(target) ? true : undefined),
          { cause },
        );
        await lab.call('release', [target]);
      }
      await expectAnswers(client, targets, { what: `ten requests, with maxPipelined ${CAP}`, cause });
    });
    await withServer(context, { maxPipelined: CAP }, async (lab) => {
      const cause =
        'while maxPipelined requests are under way, socket.pause(): the kernel keeps what comes until its buffers are full, and then the client has to wait. Resume when an answer has left';
      const client = await lab.client();
      await client.write(get('/wait/first'));
      await lab.untilWaiting(['/wait/first'], cause);
      const { rssMb } = await lab.memory();
      const piece = Buffer.from(request('POST', '/echo', ['Content-Length: 100000'], '.'.repeat(100_000)));
      const taken = await flood(client, piece, { most: 60_000_000, quietMs: 300 });
      expectTrue(
        `a client could send ${Math.round(taken / 1e6)} MB of requests while the first one was at work`,
        taken < 30_000_000,
        {
          expected: 'some MB, which the buffers of the two kernels hold, and then back-pressure',
          received: `${Math.round(taken / 1e6)} MB`,
          cause,
        },
      );
      const grown = (await lab.held()).rssMb - rssMb;
      expectTrue(`the server grew by ${Math.round(grown)} MB`, grown < 20, {
        expected: 'less than 20 MB',
        received: `${Math.round(grown)} MB`,
        cause,
      });
      await lab.call('release', ['/wait/first']);
      const all = Math.ceil(taken / piece.length);
      await answerOf(client, all - 5, 'a client that was held up, and then let go,', cause);
    });
  },
  { fresh: true, timeoutMs: 15_000 },
);

check(
  'unread',
  'a client that asks and does not read makes neither the queue nor the server grow',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      const cause =
        "when write() returns false, stop taking requests as well, until 'drain': otherwise the answers pile up in the socket";
      const size = 20_000;
      const count = 3_000;
      for (const form of ['bytes', 'text'] as const) {
        await lab.call('giveLong', form, size);
        await lab.call('forget');
        const { rssMb } = await lab.memory();
        const client = await lab.client();
        client.pause();
        const what = `a client that sends ${count} requests for ${size} bytes of ${form} each, and reads nothing`;
        void client.write(get('/given').repeat(count));
        let called = -1;
        for (let quiet = 0; quiet < 4; quiet++) {
          await pause(30);
          const now = await lab.called();
          if (now !== called) quiet = 0;
          called = now;
        }
        expectTrue(`${what}: the handler was called ${called} times`, called < count / 2, {
          expected: 'some hundred times, until the buffers of the two kernels are full',
          received: `${called} calls`,
          cause,
        });
        const { rssMb: now, unsentMb } = await lab.held();
        const grown = Math.max(now - rssMb, unsentMb);
        expectTrue(`${what}: the server grew by ${Math.round(grown)} MB`, grown < 20, {
          expected: 'less than 20 MB',
          received: `${Math.round(grown)} MB`,
          cause,
        });
        client.resume();
        await client.until(() => client.answers.length >= count, 6_000);
        await answerOf(client, count - 1, `${what} until later,`, "go on at 'drain'");
        const right = long(size).toString('latin1');
        const wrong = client.answers.findIndex(({ body }) => body !== right);
        expectEqual('the number of the first answer whose body is not what was sent', wrong, -1);
        client.destroy();
      }
      await takesNoMore(lab, cause);
      const { rssMb } = await lab.memory();
      const client = await lab.client();
      client.pause();
      const piece = Buffer.from(request('POST', '/echo', ['Content-Length: 100000'], '.'.repeat(100_000)));
      const taken = await flood(client, piece, { most: 90_000_000, quietMs: 300 });
      const grown = (await lab.held()).rssMb - rssMb;
      expectTrue(
        `a client could send ${Math.round(taken / 1e6)} MB of requests without reading an answer, and the server grew by ${Math.round(grown)} MB`,
        taken < 50_000_000 && grown < 25,
        {
          expected: 'some MB, which the buffers of the two kernels hold, and then back-pressure',
          received: `${Math.round(taken / 1e6)} MB were taken`,
          cause:
            'who does not read his answers need not be read either: pause() the socket until it has emptied',
        },
      );
    });
  },
  { fresh: true, timeoutMs: 15_000 },
);

/** One request after another, each when the one before has reached the handler, and each answer a MB of its own. */
async function takesNoMore(lab: Lab, cause: string): Promise<void> {
  const client = await lab.client();
  client.pause();
  await lab.call('forget');
  const most = 16; // the buffers of two kernels and of the socket hold some 4 to 10 MB
  let called = 0;
  for (let asks = true; asks && called <= most; ) {
    await client.write(get('/fresh/1048576'));
    asks = false;
    for (let look = 0; look < 30 && !asks; look++) {
      await pause(4);
      const now = await lab.called();
      asks = now > called;
      called = now;
    }
  }
  expectTrue(
    `a client asks one by one for 1 MB each, and reads nothing: ${called} were taken`,
    called <= most,
    {
      expected: 'as many as the buffers of the two kernels hold, some four to ten, and no more',
      received: `${called} calls of the handler`,
      cause: `a free place is not enough. ${cause}`,
    },
  );
  client.destroy();
}

check(
  'long-answers',
  'long answers keep their places in the queue, and cost no memory',
  async (context) => {
    const size = 30_000_000;
    await withServer(context, {}, async (lab) => {
      const expected = createHash('sha1').update(long(size)).digest('hex');
      for (const form of ['text', 'bytes'] as const) {
        await lab.call('giveLong', form, size);
        const { rssMb } = await lab.memory();
        const client = await lab.client();
        client.pause();
        const what = `an answer of 30 MB, ${form === 'text' ? 'a string' : 'a Uint8Array'},`;
        const cause =
          'the pieces of a long body belong together: while there are pieces left, no other answer may leave, and no more is written than the socket takes';
        await client.write(
          get('/now/before') + get('/given') + get('/now/after') + get('/given', 'Connection: close'),
        );
        await lab.settle();
        await pause(100);
        const { rssMb: now, unsentMb } = await lab.held();
        const grown = Math.max(now - rssMb, form === 'text' ? unsentMb : 0);
        expectTrue(`${what} that is not read: the server grew by ${Math.round(grown)} MB`, grown < 20, {
          expected: 'less than 20 MB more than the reply itself',
          received: `${Math.round(grown)} MB`,
          cause:
            'piecesOf(body) gives pieces of 64 KB: when write() returns false, take the next one at drain',
        });
        client.resume();
        await expectAnswers(client, ['/now/before'], { what: `a request before ${what}`, cause });
        await answerOf(client, 2, `${what} and what follows it`, cause);
        const [, answer, after] = client.answers;
        const sha1 = createHash('sha1')
          .update(answer?.body ?? '', 'latin1')
          .digest('hex');
        expectEqual(`bytes of ${what}`, answer?.body.length, size, cause);
        expectTrue(`${what} is not what was sent`, sha1 === expected, {
          expected: 'every piece once, in order',
          received: 'as many bytes, but others',
          cause,
        });
        expectEqual(`the answer after ${what}`, after?.body, '/now/after', cause);
        const last = await answerOf(client, 3, `${what} to a request with Connection: close`, cause);
        const ends = 'end() after the last piece of the last answer';
        expectEqual(`bytes of ${what} to a request with Connection: close`, last.body.length, size, ends);
        await expectEnd(client, `after ${what} to a request with Connection: close`, ends);
        client.destroy();
      }
    });
  },
  { fresh: true, timeoutMs: 15_000 },
);
