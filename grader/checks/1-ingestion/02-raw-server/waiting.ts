/** Clients that do not read, do not finish sending, or are suddenly gone. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { check, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { readSome } from './clients.ts';
import { long } from './content.ts';
import { expectReply, type Lab, parseReply, quietly, readReply, request, withServer } from './lab.ts';

const LONG = 50_000_000;
const GET = request('GET', '/given');
const Held = z.object({ rssMb: z.number(), unsentMb: z.number() });
const isStuck =
  'a client that takes nothing of its reply for headTimeoutMs is cut off: destroy its socket, or it holds the reply for ever';

check(
  'slow-reader',
  'a client that reads slowly does not make the server grow',
  async (context) => {
    await withServer(context, {}, async (lab) => {
      const expected = createHash('sha1').update(long(LONG)).digest('hex');
      await lab.driver.call('watchWarnings');
      await lab.exchange(request('GET', '/hello'));
      for (const form of ['bytes', 'text'] as const) {
        await lab.call('giveLong', form, LONG);
        const { rssMb } = await lab.memory();
        const reader = await readSome(lab.port, GET, 1_000_000);
        const what = `a reply of 50 MB, its body ${form === 'text' ? 'a string' : 'a Uint8Array'}`;
        await context.subject.settle();
        await expectSmall(lab, rssMb, what, form);
        const { head, size, sha1 } = await reader.finish(8_000);
        expectEqual(`the status of ${what}`, parseReply(head, what).status, 200);
        expectEqual(
          `bytes of ${what}, that arrived`,
          size,
          LONG,
          'after write() has returned false, go on when the socket emits drain; end() comes after the last piece',
        );
        expectTrue(`${what}: what arrived is not what was sent`, sha1 === expected, {
          expected: 'every piece once, in order',
          received: 'as many bytes, but others',
        });
      }
      const cause =
        "a listener that is added for each piece must be removed again: once('drain'), or one that stays";
      expectEqual('warnings of the process', await lab.driver.call('watchWarnings'), [], cause);
    });
  },
  { fresh: true, timeoutMs: 20_000 },
);

/** The process must stay small while the client stands still; looks until it has stopped growing. */
async function expectSmall(lab: Lab, before: number, what: string, form: 'bytes' | 'text'): Promise<void> {
  // Bytes in a socket's queue may be the reply's own; text there is going to be copied.
  const growth = async (): Promise<number> => {
    const { rssMb, unsentMb } = shape('MB', await lab.driver.call('held'), Held);
    return Math.max(rssMb - before, form === 'text' ? unsentMb : 0);
  };
  let grown = await growth();
  for (let quiet = 0; quiet < 3 && grown < 20; ) {
    await pause(30);
    const now = await growth();
    quiet = Math.abs(now - grown) < 0.5 ? quiet + 1 : 0;
    grown = now;
  }
  expectTrue(
    `${what}, and a client that reads 1 MB and then stops: the server grew by ${Math.round(grown)} MB`,
    grown < 20,
    {
      expected: 'less than 20 MB more than the reply itself',
      received: `${Math.round(grown)} MB`,
      cause:
        form === 'bytes'
          ? 'Buffer.concat([head, body]) copies the body: join the two only when the body is short'
          : 'a string becomes bytes when it is written: write a piece of it, and when write() returns false stop and wait for drain. Otherwise the socket keeps all the pieces',
    },
  );
}

check(
  'never-reads',
  'a client that never reads is cut off, a slow one is not',
  async (context) => {
    await withServer(context, { headTimeoutMs: 800 }, async (lab) => {
      await lab.call('giveLong', 'bytes', LONG);
      const [stuck, steady] = await Promise.all([readSome(lab.port, GET, 0), readSome(lab.port, GET, 1)]);
      // Three megabytes at a time are more than the kernel's buffers give back unnoticed.
      for (let burst = 0; burst < 11; burst++) {
        await steady.more(3_000_000, 2_000);
        await pause(100);
      }
      const { size } = await steady.finish(5_000);
      expectEqual(
        'bytes that a client got which reads 3 MB every 0.1 s, with headTimeoutMs of 0.8 s,',
        size,
        LONG,
        'the deadline is for a client that takes nothing: start it again whenever the socket has emptied',
      );
      await lab.untilNoneOpen('a client has read nothing for longer than headTimeoutMs', isStuck);
      stuck.destroy();
    });
  },
  { timeoutMs: 15_000 },
);

check('slow-sender', 'a client that does not finish its request gets 408', async (context) => {
  await withServer(context, { headTimeoutMs: 300 }, async (lab) => {
    const begins: [string, string, string][] = [
      ['a head that goes on, a byte every 20 ms,', 'GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 'x'],
      ['a head that stops', 'GET /hello HTTP/1.1\r\nHost: loc', ''],
      ['a body that stops', request('POST', '/echo', ['Content-Length: 5']), ''],
    ];
    const cause =
      'one timer per connection, started when it opens and not again with each byte; when it fires and the request is not complete, answer 408 and end';
    await Promise.all(
      begins.map(async ([what, begin, more]) => {
        const began = performance.now();
        const connection = await lab.connect();
        await connection.write(begin);
        const patience = 2_500;
        while (more !== '' && !connection.closed) {
          await connection.write(more);
          await pause(20);
          if (performance.now() - began < patience) continue;
          fail({
            summary: `${what}: no 408`,
            expected: 'a 408 when headTimeoutMs, 300 ms, has passed since the client connected',
            received: `nothing within ${patience / 1_000} s`,
            cause,
          });
        }
        const text = await readReply(context, connection, what, cause);
        const elapsed = performance.now() - began;
        connection.destroy();
        expectReply(text, what, 408, cause);
        expectTrue(`${what} got its 408 too early`, elapsed > 280, {
          expected: 'not before headTimeoutMs, 300 ms, has passed',
          received: `after ${Math.round(elapsed)} ms`,
        });
      }),
    );
    expectEqual(
      'what reached the handler',
      await lab.requests(),
      [],
      'half a request must not reach the handler',
    );
  });
});

check('slow-handler', 'headTimeoutMs is for the client: a handler may take longer', async (context) => {
  await withServer(context, { headTimeoutMs: 200 }, async (lab) => {
    const connection = await lab.connect();
    await connection.write(request('GET', '/wait'));
    await lab.untilWaiting(1);
    await pause(500);
    await lab.call('release');
    const cause = 'once the request is complete, the deadline for it must not fire any more';
    const text = await readReply(context, connection, 'a request whose handler takes 0.5 s', cause);
    connection.destroy();
    expectReply(text, 'a request whose handler takes 0.5 s, with headTimeoutMs of 0.2 s,', 200, cause);
  });
});

check('resets', 'a client that is suddenly gone takes nothing down', async (context) => {
  await withServer(context, {}, async (lab) => {
    const cause =
      "a reset arrives as an 'error' event of the socket, and without a listener it ends the process: socket.on('error', () => {})";
    const survive = async (when: string): Promise<void> => {
      await lab.untilNoneOpen(
        when,
        "whoever waits for 'drain' waits for ever when the socket is gone: after 'close' nothing more is written",
      );
      await quietly(context, `${when}, and something was thrown that nobody caught`, cause);
    };
    const early = await readSome(lab.port, 'GET /hel', 0);
    expectReply(await lab.exchange(request('GET', '/hello')), 'a request', 200);
    early.reset();
    await survive('a client was reset in the middle of its request');

    const waits = await readSome(lab.port, request('GET', '/wait'), 0);
    await lab.untilWaiting(1);
    waits.reset();
    await survive('a client was reset while the handler worked');
    await lab.call('release');
    await quietly(context, 'the handler answered a client that was gone, and something was thrown', cause);

    await lab.call('giveLong', 'text', 20_000_000);
    const readers = await Promise.all([1, 2, 3, 4].map(() => readSome(lab.port, GET, 1_000_000)));
    for (const reader of readers) {
      if (reader.bytes < 1_000_000)
        fail({
          summary: 'a reply of 20 MB stopped',
          expected: 'at least 1 MB',
          received: `${reader.bytes} bytes`,
        });
      reader.reset();
    }
    await survive('four clients were reset in the middle of their reply');
    expectReply(await lab.exchange(request('GET', '/hello')), 'the next request', 200);
  });
});
