/** Clients that do not finish a request. */
import { setTimeout as pause } from 'node:timers/promises';
import { check, expectEqual, expectTrue, fail } from '../../../harness/index.ts';
import type { Client } from './clients.ts';
import { afterOf, answerOf, expectAnswers, expectEnd, get, type Lab, request, withServer } from './lab.ts';
import { onTime } from './ontime.ts';

check('slow-sender', 'each request has headTimeoutMs, from its first byte on', async (context) => {
  const head = 500;
  await withServer(context, { headTimeoutMs: head, idleTimeoutMs: 10_000 }, async (lab) => {
    const cause =
      'when the first bytes of a request come, start the deadline of headTimeoutMs; bytes that trickle in do not move it, the next request has its own. When it passes: 408, Connection: close, and the end';
    const begins: [string, string, string][] = [
      [
        'a head that goes on, a byte every 20 ms,',
        'GET /now/slow HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
        'x',
      ],
      ['a head that stops', 'GET /now/slow HTTP/1.1\r\nHost: loc', ''],
      ['a body that stops', request('POST', '/echo', ['Content-Length: 5']), ''],
    ];
    const never = begins.map(async ([what, begin, more]) => {
      const client = await lab.client();
      await client.write(get('/now/1'));
      await answerOf(client, 0, 'a request', 'answer it');
      await pause(0.6 * head); // the connection is older than the request
      const began = performance.now();
      await client.write(begin);
      while (!client.ended && client.answers.length < 2 && performance.now() - began < 3_000) {
        if (more !== '') await client.write(more);
        await pause(20);
      }
      const elapsed = performance.now() - began;
      if (client.answers.length < 2 && !client.ended) {
        fail({
          summary: `${what}: no 408`,
          expected: `a 408 when headTimeoutMs, ${head} ms, has passed since the first byte of this request`,
          received: `nothing within ${Math.round(elapsed)} ms`,
          cause,
        });
      }
      const answer = await answerOf(client, 1, what, cause);
      expectEqual(`the status for ${what}`, [answer.status, afterOf(answer)], [408, 'close'], cause);
      expectTrue(`${what} got its 408 too early`, elapsed > head - 30, {
        expected: `not before headTimeoutMs, ${head} ms, has passed since the first byte of this request`,
        received: `after ${Math.round(elapsed)} ms`,
        cause: 'the deadline belongs to the request, not to the connection',
      });
      await expectEnd(client, `after the 408 for ${what}`, cause);
    });
    await Promise.all([
      ...never,
      silent(lab, head),
      firstRequest(lab, head, cause),
      behindAHandler(lab, head),
      inHalves(lab, head, cause),
      keepsItsDeadline(lab, head, {
        what: 'a client that connects, waits, and then sends half a request',
        first: '',
        second: 'GET /now/slow HT',
        cause:
          'the deadline of the first request begins with the connect: its first byte does not start it again',
      }),
      keepsItsDeadline(lab, head, {
        what: 'a client that was told 100 Continue, and sends no body,',
        first: [
          'POST /echo HTTP/1.1',
          'Host: localhost',
          'Expect: 100-continue',
          'Content-Length: 5',
          '',
        ].join('\r\n'),
        second: '\r\n',
        cause: '100 Continue does not start the deadline of its request again',
      }),
    ]);
    const slow = (await lab.requests()).filter((line) => line.includes('slow') || line.includes('echo'));
    expectEqual(
      'what reached the handler of requests that were never complete',
      slow,
      [],
      'answer 408 instead',
    );
  });
});

/** A request that began while a handler worked has its deadline too, when the handler is done. */
async function behindAHandler(lab: Lab, head: number): Promise<void> {
  const client = await lab.client();
  await client.write(`${get('/wait/before')}GET /now/slow`);
  await pause(1.4 * head);
  const cause =
    'while a handler works no deadline runs; when its answer has left, the one for the request that has begun starts';
  expectEqual(
    'answers while the handler of an earlier request works, for longer than headTimeoutMs,',
    client.answers.map(({ status }) => status),
    [],
    cause,
  );
  await lab.call('release', ['/wait/before']);
  const what = 'a request that began while the handler of another one worked, and stopped,';
  const answer = await answerOf(client, 1, what, cause);
  expectEqual(`the status for ${what}`, answer.status, 408, cause);
}

/** Nothing at all has come: a 408, or just the end. */
async function silent(lab: Lab, head: number): Promise<void> {
  const client = await lab.client();
  if (await client.until(() => client.ended, 4_000)) return;
  fail({
    summary: 'a client connects and sends nothing',
    expected: `the end of the connection after headTimeoutMs, ${head} ms`,
    received: 'an open connection after 4 s',
    cause: 'the deadline of the first request begins with the connection: set it in the constructor',
  });
}

/** The first request of a connection has no answer before it that could start a deadline. */
async function firstRequest(lab: Lab, head: number, cause: string): Promise<void> {
  const client = await lab.client();
  const began = performance.now();
  await client.write('GET /now/slow HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  while (!client.ended && client.answers.length < 1 && performance.now() - began < 3_000) {
    await client.write('x');
    await pause(20);
  }
  const elapsed = performance.now() - began;
  const what = 'a first request whose head goes on, a byte every 20 ms,';
  expectTrue(`${what}: no 408`, client.answers[0]?.status === 408, {
    expected: `a 408 when headTimeoutMs, ${head} ms, has passed since the connect`,
    received: client.answers[0] === undefined ? `nothing within ${Math.round(elapsed)} ms` : 'another answer',
    cause,
  });
}

interface Begun {
  readonly what: string;
  readonly first: string;
  readonly second: string;
  readonly cause: string;
}

/** By order, not by the clock: a silent client that connects 0.4 deadlines later has its end later. */
function keepsItsDeadline(lab: Lab, head: number, { what, first, second, cause }: Begun): Promise<void> {
  return onTime(0.15 * head, async (rest) => {
    const client = await lab.client();
    if (first !== '') await client.write(first);
    await rest(0.4 * head);
    const later = await lab.client();
    await rest(0.25 * head);
    await client.write(second);
    const isLate = (): boolean => later.ended || later.answers.length > 0;
    const isRefused = (): boolean => client.answers.some(({ status }) => status === 408);
    while (!isRefused() && !isLate() && !client.ended) await rest(10);
    expectTrue(`${what}: the 408 comes too late`, isRefused(), {
      expected: `a 408 after headTimeoutMs, ${head} ms, before the deadline of a client that came ${0.4 * head} ms later`,
      received: isLate() ? 'the later one had its end first' : 'no 408',
      cause,
    });
    client.destroy();
    later.destroy();
  });
}

/** Seven requests, each in two halves 0.3 s apart, the second half in one packet with the first half of the next. */
function inHalves(lab: Lab, head: number, cause: string): Promise<void> {
  return onTime(0.3 * head, async (rest) => {
    const client: Client = await lab.client();
    const whole = get('/now/half');
    const middle = whole.length / 2;
    await client.write(whole.slice(0, middle));
    for (let at = 0; at < 5; at++) {
      await rest(0.5 * head);
      await client.write(whole.slice(middle) + whole.slice(0, middle));
      await expectAnswers(client, ['/now/half'], {
        what: `request ${at + 1} of a connection whose requests take half of headTimeoutMs each`,
        cause,
        from: at,
      });
    }
  });
}
