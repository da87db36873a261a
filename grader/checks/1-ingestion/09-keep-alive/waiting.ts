/** Clients that do not read the answer, or not all of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { check, expectEqual, expectTrue, fail, shape, z } from '../../../harness/index.ts';
import type { Client } from './clients.ts';
import { answerOf, expectAnswers, get, type Lab, withServer } from './lab.ts';
import { onTime } from './ontime.ts';

const LONG = 45_000_000;

check(
  'never-reads',
  'a client that does not read is cut off, a slow one is not',
  async (context) => {
    await withServer(context, { headTimeoutMs: 800, idleTimeoutMs: 60_000 }, async (lab) => {
      const cause =
        "a client that takes nothing of its answers for headTimeoutMs is cut off: start the deadline when write() returns false, again at each 'drain', and destroy the socket when it passes";
      await lab.call('giveLong', 'text', LONG);
      const stuck = await lab.client();
      stuck.pause();
      await stuck.write(get('/given') + get('/now/2'));
      await readsSlowly(lab, cause);
      // Answered, and told that it is the end: it should close its side, and goes on sending instead.
      const talkative = await lab.client();
      await talkative.write('hello\r\n\r\n');
      await answerOf(talkative, 0, 'a bad request', 'answer 400');
      // Said that it is the end, and does not close its side either.
      const lingering = await lab.client();
      await lingering.write(get('/now/1'));
      await answerOf(lingering, 0, 'a request', 'answer it');
      await lingering.write(get('/now/3', 'Connection: close'));
      await answerOf(lingering, 1, 'a request with Connection: close', 'answer it');
      let goesOn = true;
      const talking = (async () => {
        while (goesOn && !talkative.socket.destroyed) {
          await Promise.race([talkative.write('more'), pause(50)]);
          await pause(20);
        }
      })();
      await lab.untilNoneOpen(
        'a client has read nothing, and two others (one after a 400, one after Connection: close) have not closed their side after the last answer, for longer than headTimeoutMs',
        `${cause}. After end() set it once more: what comes then does not move it`,
      );
      goesOn = false;
      await talking;
      if (stuck.answers.length > 0) {
        fail({ summary: 'a client that reads nothing got an answer', expected: 'no', received: 'yes' });
      }
    });
  },
  { timeoutMs: 15_000 },
);

/** Three megabytes at a time are more than the kernel's buffers give back unnoticed. */
function readsSlowly(lab: Lab, cause: string): Promise<void> {
  return onTime(400, async (rest) => {
    const client = await lab.client();
    client.pause();
    await client.write(get('/given') + get('/now/2'));
    for (let burst = 1; burst <= LONG / 3_000_000; burst++) {
      client.resume();
      await client.until(() => client.bytes >= burst * 3_000_000, 2_000);
      client.pause();
      await rest(100);
    }
    client.resume();
    const what = 'a client that reads 3 MB every 0.1 s, with headTimeoutMs of 0.8 s,';
    const answer = await answerOf(
      client,
      0,
      what,
      `the deadline is for a client that takes nothing. ${cause}`,
    );
    expectEqual('bytes that it got', answer.body.length, LONG);
    await expectAnswers(client, ['/now/2'], { what: 'the request after it', cause, from: 1 });
    client.destroy();
  });
}

check(
  'last-bytes',
  'a client that leaves the last few bytes of its answers is not idle, and not kept for ever',
  async (context) => {
    const cause =
      "a few bytes that the kernel has not taken bring no 'drain', and writableNeedDrain is false: look at writableLength as well. While it is not 0 the client is to read, and has headTimeoutMs for it; the callback of an empty write tells that all has left";
    await withServer(context, { idleTimeoutMs: 400, headTimeoutMs: 20_000 }, async (lab) => {
      const filled = await fill(lab);
      if (filled === undefined) return;
      const { client, asked } = filled;
      await pause(800);
      client.resume();
      const what = 'a client that has left a few bytes unread for longer than idleTimeoutMs';
      await answerOf(client, asked - 1, what, cause);
      const odd = client.answers.findIndex(({ body }) => body.length !== FEW);
      expectEqual(`the number of the first answer to ${what} that is not whole`, odd, -1, cause);
      await client.write(get('/now/next'));
      await expectAnswers(client, ['/now/next'], { what: `the next request of ${what}`, cause, from: asked });
      client.destroy();
    });
    await withServer(context, { idleTimeoutMs: 60_000, headTimeoutMs: 600 }, async (lab) => {
      if ((await fill(lab)) === undefined) return;
      await lab.untilNoneOpen('a client has left a few bytes unread for longer than headTimeoutMs', cause);
    });
  },
  { timeoutMs: 20_000 },
);

/** Bytes of an answer that is shorter than what a socket of Node keeps before it says that it has enough. */
const FEW = 12_000;

const Progress = z.object({ called: z.number(), unsent: z.number() });

interface Filled {
  readonly client: Client;
  readonly asked: number;
}

/**
 * A client that reads nothing, and has asked for such answers until a part of the last one is left to the
 * server. Undefined when the machine was too busy for it.
 */
async function fill(lab: Lab): Promise<Filled | undefined> {
  let filled: Filled | undefined;
  // Who is late here is idle, or stuck, before the check wants him to be.
  await onTime(200, async (rest) => {
    const client = await lab.client();
    client.pause();
    await lab.call('forget');
    const look = async () => shape('progress', await lab.call('progress'), Progress);
    let called = 0;
    let unsent = 0;
    let asked = 0;
    while (called === asked && asked < 2_000) {
      asked++;
      await client.write(get(`/fresh/${FEW}`));
      for (let looked = 0; called < asked && looked < 1_000; looked++) ({ called, unsent } = await look());
      if (asked % 8 === 0) await rest(0);
      if (unsent === 0) continue;
      await lab.settle();
      await rest(0);
      // The kernel's buffers may have grown meanwhile.
      if ((await look()).unsent === 0) continue;
      filled = { client, asked };
      return;
    }
    client.destroy();
    fail({
      summary: `a client asks for ${FEW} bytes, again and again, and reads nothing`,
      expected:
        'some hundred answers, until the kernel takes no more, and the server keeps a part of the last one',
      received: `${called} requests reached the handler, and nothing of their answers was kept`,
    });
  });
  return filled;
}

check('timers', 'a connection has one timer, however many requests', async (context) => {
  await withServer(context, {}, async (lab) => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => lab.client()));
    const expectFew = async (when: string): Promise<void> => {
      const { timers } = await lab.leftovers();
      expectTrue(`${timers} timers for ten connections ${when}`, timers <= 12, {
        expected: 'ten at most: one for each connection',
        received: `${timers}`,
        cause:
          'a Deadline belongs to the connection, not to a request: set it again instead of making another one',
      });
    };
    const targets = clients.map((_, c) => Array.from({ length: 16 }, (__, i) => `/wait/${c}-${i}`));
    await Promise.all(
      clients.map((client, c) => client.write((targets[c] ?? []).map((target) => get(target)).join(''))),
    );
    await lab.untilWaiting(targets.flat(), 'call the handler for each request that has come');
    await expectFew('with sixteen requests under way on each');
    await lab.call('releaseAll');
    await Promise.all(
      clients.map((client, c) =>
        expectAnswers(client, targets[c] ?? [], { what: 'sixteen requests', cause: 'answer them' }),
      ),
    );
    for (let at = 0; at < 8; at++) {
      await Promise.all(clients.map((client) => client.write(get('/now/1'))));
      await Promise.all(clients.map((client) => answerOf(client, 16 + at, 'a request', 'answer it')));
    }
    await expectFew('after 24 requests on each');
    for (const client of clients) client.destroy();
    await lab.untilNoneOpen('the clients are gone', 'their connections must close');
    const { timers } = await lab.leftovers();
    expectTrue(`${timers} timers are left of connections that are closed`, timers <= 2, {
      expected: 'none',
      received: `${timers}`,
      cause: "stop the deadline in the socket's 'close' event",
    });
  });
});
