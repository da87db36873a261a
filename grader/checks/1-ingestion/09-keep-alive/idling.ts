/** Connections with nothing to do, and those that only look like it. */
import { setTimeout as pause } from 'node:timers/promises';
import { check, expectEqual, expectTrue } from '../../../harness/index.ts';
import { answerOf, expectAnswers, expectEnd, get, type Lab, request, withServer } from './lab.ts';
import { onTime } from './ontime.ts';

const IDLE = 400;

check(
  'idle',
  'a connection with nothing to do is closed after idleTimeoutMs, and no other is',
  async (context) => {
    await withServer(context, { idleTimeoutMs: IDLE, headTimeoutMs: 10_000 }, async (lab) => {
      await lab.call('giveLong', 'bytes', 20_000_000);
      const only =
        'idleTimeoutMs is for a connection on which nothing has come since its last answer left: not for one whose handler works, which is in the middle of a request, or whose client still reads';
      await Promise.all([
        closesIdle(lab),
        staysBusy(lab, 'now', only),
        staysBusy(lab, 'soon', only),
        staysAtWork(lab, only),
        ...midway(lab, only),
        staysReading(lab, only),
        ...strayLines(lab),
      ]);
    });
  },
);

async function closesIdle(lab: Lab): Promise<void> {
  const client = await lab.client();
  const began = performance.now();
  await client.write(get('/now/idle'));
  await answerOf(client, 0, 'a request', 'answer it');
  const cause =
    'start the deadline when the last answer has left: when it passes, end() without an answer, since nothing was asked';
  await expectEnd(client, `a connection that is idle for longer than idleTimeoutMs, ${IDLE} ms,`, cause);
  const elapsed = performance.now() - began;
  expectTrue('an idle connection was closed too early', elapsed > IDLE - 30, {
    expected: `not before idleTimeoutMs, ${IDLE} ms, has passed since its last answer`,
    received: `after ${Math.round(elapsed)} ms`,
  });
}

/** A request every 200 ms, so that it is never idle for 400. */
async function staysBusy(lab: Lab, kind: string, cause: string): Promise<void> {
  let client = await lab.client();
  const starts = 'each answer starts the deadline again, whether its handler gave a promise or not';
  await onTime(100, async (rest) => {
    client = await lab.client();
    for (let at = 0; at < 5; at++) {
      await rest(200);
      await client.write(get(`/${kind}/busy`));
      await expectAnswers(client, [`/${kind}/busy`], {
        what: `request ${at + 1} of a client that asks every 200 ms`,
        cause: `${starts}. ${cause}`,
        from: at,
      });
    }
  });
  await expectEnd(client, 'a client that has asked five times, and then no more,', starts);
}

async function staysAtWork(lab: Lab, cause: string): Promise<void> {
  const client = await lab.client();
  await client.write(get('/now/1') + get('/wait/long'));
  await pause(2.5 * IDLE);
  await lab.call('release', ['/wait/long']);
  await expectAnswers(client, ['/now/1', '/wait/long'], {
    what: `requests of which one takes ${2.5 * IDLE} ms`,
    cause,
  });
}

/** Requests of which a part has come: alone, in one packet with the one before, and a body. */
function midway(lab: Lab, cause: string): Promise<void>[] {
  const cuts: [string, number, string][] = [
    [get('/now/cut'), 1, '/now/cut'],
    [get('/now/cut'), 20, '/now/cut'],
    [request('POST', '/echo', ['Content-Length: 5'], 'piece'), 3, 'piece'],
  ];
  const together = [true, false];
  return cuts.flatMap(([whole, left, body]) =>
    together.map(async (inOnePacket) => {
      const client = await lab.client();
      const begin = whole.slice(0, -left);
      await client.write(inOnePacket ? get('/now/1') + begin : get('/now/1'));
      await answerOf(client, 0, 'a request', 'answer it');
      if (!inOnePacket) await client.write(begin);
      await pause(2 * IDLE);
      await client.write(whole.slice(-left));
      await expectAnswers(client, [body], {
        what: `a request whose last ${left} bytes come ${2 * IDLE} ms after the rest, ${inOnePacket ? 'which came in one packet with the request before it' : 'which came alone'},`,
        cause: `${cause}. incoming.isEmpty tells whether something of a request has come`,
        from: 1,
      });
    }),
  );
}

/** An empty line behind a body, in its packet or in one of its own, is no beginning of a request. */
function strayLines(lab: Lab): Promise<void>[] {
  const post = request('POST', '/echo', ['Content-Length: 5'], 'piece');
  return [[`${post}\r\n`], [post, '\r\n'], [`${post}\r`, '\n']].map(async (packets, i) => {
    const client = await lab.client();
    for (const packet of packets) {
      await client.write(packet);
      await answerOf(client, 0, 'a request', 'answer it');
    }
    const what = `a client whose body is followed by an empty line (form ${i + 1})`;
    if (i === 0) {
      await client.write(get('/now/2'));
      const cause = 'the parser skips empty lines';
      await expectAnswers(client, ['/now/2'], { what: `the next request of ${what}`, cause, from: 1 });
    }
    await expectEnd(
      client,
      `${what}, and that is idle for longer than idleTimeoutMs,`,
      'ask incoming.isEmpty',
    );
  });
}

async function staysReading(lab: Lab, cause: string): Promise<void> {
  const client = await lab.client();
  await client.write(get('/given'));
  await client.until(() => client.bytes > 100_000);
  client.pause();
  await pause(2 * IDLE);
  client.resume();
  const answer = await answerOf(client, 0, `20 MB whose client does not read for ${2 * IDLE} ms`, cause);
  expectEqual(
    'bytes of a long answer that a client takes its time to read',
    answer.body.length,
    20_000_000,
    cause,
  );
}
