/** Clients that do not finish sending, or do not go when they have their reply. */
import { setTimeout as pause } from 'node:timers/promises';
import { check, eventually, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import { readSome } from './clients.ts';
import { expectReply, type Lab, readReply, request, withServer } from './lab.ts';
import { type Stayer, stay } from './stayer.ts';

const Held = z.object({ unsentMb: z.number() });
const hello = request('GET', '/hello');

check('never-leaves', 'a client that has its reply and does not go is cut off', async (context) => {
  await withServer(context, { headTimeoutMs: 500 }, async (lab) => {
    const size = 1_000_000;
    await lab.call('giveLong', 'bytes', size);
    const late = await readSome(lab.port, request('GET', '/long/bytes'), 0);
    const [silent, talks] = await Promise.all([stay(lab.port), stay(lab.port)]);
    for (const stayer of [silent, talks]) stayer.send(hello);
    for (const stayer of [silent, talks]) await answerTo(context, stayer, 'GET /hello');
    const talk = setInterval(() => talks.send('x'), 50);
    try {
      const all = await handedOver(context, lab);
      await lab.untilNoneOpen(
        'three clients have their reply and do not close their side for longer than headTimeoutMs',
        'the timer runs on after the reply, and what such a client sends does not start it again; when it fires, destroy the socket',
      );
      if (all) {
        const reply = await late.finish(5_000);
        expectEqual(
          'bytes of a reply of 1 MB that was all in the kernel when the client was cut off, and that it read only then,',
          reply.size,
          size,
          'destroy() leaves to the kernel what it has; resetAndDestroy() takes it back',
        );
      }
    } finally {
      clearInterval(talk);
    }
  });
});

/** Whether the kernel has taken the whole reply: where its buffers are small nothing is to be said about that client. */
async function handedOver({ subject }: Parameters<typeof answerTo>[0], lab: Lab): Promise<boolean> {
  const driver = await subject.driver();
  await eventually('GET /long/bytes reaches the handler', async () =>
    (await lab.requests()).includes('GET /long/bytes') ? true : undefined,
  );
  for (let asked = 0; asked < 20; asked++) {
    if (shape('MB', await driver.call('held'), Held).unsentMb === 0) return true;
    await pause(5);
  }
  return false;
}

/** The whole reply, of a client that stays. */
async function answerTo(
  { subject }: Parameters<Parameters<typeof check>[2]>[0],
  stayer: Stayer,
  what: string,
  cause?: string,
): Promise<string> {
  for (let asked = 0; asked < 500 && !stayer.ended; asked++) {
    await pause(10);
    if (asked % 20 === 0) await subject.settle();
  }
  if (stayer.ended && stayer.text !== '') return stayer.text;
  return fail({
    summary: `${what} got no reply, or the connection was not ended after it`,
    expected: 'a reply, and then the end',
    received: stayer.text === '' ? 'nothing' : stayer.text,
    ...(cause === undefined ? {} : { cause }),
  });
}

const LIMIT_MS = 500;
const isLate =
  'one timer per connection, started when it opens and not again with each byte; when it fires and the request is not complete, answer 408 and end';

check('slow-sender', 'a client that does not finish its request gets 408', async (context) => {
  await withServer(context, { headTimeoutMs: LIMIT_MS }, async (lab) => {
    const begins: [string, string, string][] = [
      ['a head that goes on, a byte every 20 ms,', 'GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', 'x'],
      ['a head that stops', 'GET /hello HTTP/1.1\r\nHost: loc', ''],
      ['a body that stops', request('POST', '/echo', ['Content-Length: 5']), ''],
    ];
    await Promise.all([
      expectFromConnect(context, lab),
      ...begins.map(async ([what, begin, more]) => {
        const began = performance.now();
        const stayer = await stay(lab.port);
        stayer.send(begin);
        while (more !== '' && !stayer.ended && performance.now() - began < 2_500) {
          stayer.send(more);
          await pause(20);
        }
        const text = await answerTo(context, stayer, `${what} (headTimeoutMs is ${LIMIT_MS})`, isLate);
        const elapsed = performance.now() - began;
        expectReply(text, what, 408, isLate);
        expectTrue(`${what} got its 408 too early`, elapsed > LIMIT_MS - 20, {
          expected: `not before headTimeoutMs, ${LIMIT_MS} ms, has passed`,
          received: `after ${Math.round(elapsed)} ms`,
        });
        // What would have been the rest, in pieces: it must find an open connection, and nobody who reads it.
        for (const byte of 'piece') {
          stayer.send(byte);
          await pause(10);
        }
        const { broken } = stayer;
        expectTrue(
          `${what} got its 408, went on sending, and was reset`,
          broken === undefined || broken.at > began + 2 * LIMIT_MS - 20,
          {
            expected: 'what comes after a reply is read and thrown away, for headTimeoutMs at most',
            received: `${broken?.code} at the next byte`,
            cause: 'after a 408 too: end() your side only, keep reading, and let the timer do the rest',
          },
        );
      }),
    ]);
    await lab.untilNoneOpen(
      'clients that got a 408 do not close their side',
      'the timer runs on after a 408 as after any reply: start it again, and destroy the socket when it fires',
    );
    expectEqual(
      'what reached the handler',
      await lab.requests(),
      [],
      'a request that was answered with 408 is over: what comes later is thrown away, not fed to the parser',
    );
  });
});

/** Two clients connect one after the other; the first one begins to send later. Its deadline still comes first. */
async function expectFromConnect(context: Parameters<typeof answerTo>[0], lab: Lab): Promise<void> {
  const first = await stay(lab.port);
  await pause(100);
  const second = await stay(lab.port);
  await pause(100);
  first.send(request('POST', '/echo', ['Expect: 100-continue', 'Content-Length: 5']));
  const idle = await answerTo(
    context,
    second,
    `a client that sends nothing (headTimeoutMs is ${LIMIT_MS})`,
    isLate,
  );
  expectReply(idle, 'a client that sends nothing', 408, isLate);
  const text = await answerTo(context, first, 'a client that sends its head late, and no body,', isLate);
  expectReply(text.replace(/^HTTP\/1\.1 100 [^\r\n]*\r\n\r\n/, ''), 'a head that comes late', 408, isLate);
  expectTrue(
    'two clients connected, and the one that came first got its 408 last, since it sent its head late',
    (first.endRank ?? 0) < (second.endRank ?? 0),
    {
      expected: '408 when headTimeoutMs has passed since the connect',
      received: 'a deadline that began, or began again, later',
      cause: 'start the timer with the connection; neither the first byte nor 100 Continue moves it',
    },
  );
}

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
