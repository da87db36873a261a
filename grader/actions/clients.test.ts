/**
 * Clients that people really use, and some that nobody wants, against the solution of every exercise of Craft 1 that
 * answers HTTP: one server process for all of them, started as `craft bench` starts it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCurriculum } from '../curriculum/index.ts';
import {
  type Door,
  fieldsOf,
  keepsConnections,
  metric,
  openDoor,
  requestText,
} from '../fixtures/clients/door.ts';
import { post } from '../fixtures/clients/node.ts';
import { ab, curl, type LoadFigures, whyMissing, writeOut, wrk } from '../fixtures/clients/programs.ts';
import { halfClose, reset, sendSlowly, sendThenRead } from '../fixtures/clients/sockets.ts';
import { isServing } from './benchtarget.ts';

const curriculum = loadCurriculum();
const serving = curriculum.exercises.filter(isServing).filter(({ craft }) => craft === '1-ingestion');
const [noCurl, noWrk, noAb] = ['curl', 'wrk', 'ab'].map(whyMissing);
for (const why of [noCurl, noWrk, noAb]) if (why !== undefined) process.stdout.write(`skipped: ${why}\n`);

const folder = mkdtempSync(join(tmpdir(), 'craft-clients-'));
const body = JSON.stringify(metric());
/** More than a client sends at once, and less than an exercise refuses. */
const many = 500;
const batch = JSON.stringify({ metrics: Array.from({ length: many }, (_, i) => metric(i)) });
/** Sixteen times what a body may have, and more than two kernels keep under way. */
const tooLarge = join(folder, 'large.json');
writeFileSync(tooLarge, Buffer.alloc(16 * 1024 * 1024, ' '));

const doors = new Map<string, Door>();
beforeAll(async () => {
  for (const exercise of serving) doors.set(exercise.id, await openDoor(curriculum, exercise, folder));
});
afterAll(async () => {
  await Promise.all([...doors.values()].map((door) => door.close()));
  rmSync(folder, { recursive: true, force: true });
});

test('Craft 1 has servers', () => {
  expect(serving.map(({ number }) => number)).toContain('1.2');
});

describe.each(serving.map((exercise) => [`${exercise.number} ${exercise.title}`, exercise] as const))(
  '%s and',
  (_, exercise) => {
    const { serves } = exercise;
    const door = (): Door => {
      const found = doors.get(exercise.id);
      if (found === undefined) throw new Error('it did not start');
      return found;
    };
    const headers = { 'Content-Type': 'application/json', ...fieldsOf(exercise) };
    /** The same for curl. */
    const json = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    /** What the JSON of a success must have. */
    const reply = (count = 1): object =>
      Object.fromEntries(
        Object.entries(serves.reply ?? {}).map(([name, value]) => [name, value === '$batch' ? count : value]),
      );
    const expectSuccess = (answer: { status: number; body: string } | undefined, count = 1): void => {
      expect(answer?.status).toBe(serves.status);
      expect(JSON.parse(answer?.body ?? '')).toMatchObject(reply(count));
    };

    describe.skipIf(noCurl !== undefined)(`curl${noCurl === undefined ? '' : `: ${noCurl}`}`, () => {
      test('posts, and is told what it asked', async () => {
        const { code, answers, talk } = await curl([...json, '-d', body, door().url]);
        expect(code, talk).toBe(0);
        expect(answers).toHaveLength(1);
        expectSuccess(answers[0]);
        expect(talk).toMatch(/^< HTTP\/1\.1 \d+ \w/m);
        expect(talk).toMatch(/^< Date: /im);
      });

      test('of 1.0 gets an answer that ends with the connection, or sooner', async () => {
        const { code, answers, talk } = await curl(['-0', ...json, '-d', body, door().url]);
        expect(code, talk).toBe(0);
        expectSuccess(answers[0]);
        expect(talk).toContain('> POST /metrics HTTP/1.0');
        expect(talk).not.toMatch(/^< Transfer-Encoding/im);
        expect(talk).toMatch(/Closing connection/);
      });

      test('uploads in chunks', async () => {
        const chunked = ['-H', 'Transfer-Encoding: chunked', '-H', 'Expect:', '-X', 'POST', '-T', '-'];
        const pieces = batch.match(/[\s\S]{1,4000}/g) ?? [];
        const { code, answers, talk } = await curl([...json, ...chunked, door().url], pieces);
        expect(code, talk).toBe(0);
        expect(talk).toContain('> Transfer-Encoding: chunked');
        expectSuccess(answers[0], many);
      });

      test('asks before it sends, and is told to go on', async () => {
        const asks = ['-H', 'Expect: 100-continue', '--data-binary', '@-'];
        const { code, answers, talk } = await curl([...json, ...asks, door().url], [batch]);
        expect(code, talk).toBe(0);
        expect(talk).toMatch(/^< HTTP\/1\.1 100 Continue/m);
        expect(talk.match(/^< HTTP\/1\.1 100/gm)).toHaveLength(1);
        expectSuccess(answers[0], many);
        expect(answers[0]?.uploaded).toBe(batch.length);
      });

      test('asks before it sends too much, and keeps it', async () => {
        const asks = ['-H', 'Expect: 100-continue', '--data-binary', `@${tooLarge}`];
        const { code, answers, talk } = await curl([...json, ...asks, door().url]);
        expect(code, talk).toBe(0);
        expect(talk).not.toContain('100 Continue');
        expect(answers[0]).toMatchObject({ status: 413, uploaded: 0 });
      });

      test('sends too much without asking, and still learns why it was refused', async () => {
        const sends = ['-H', 'Expect:', '--data-binary', `@${tooLarge}`];
        const { answers, talk } = await curl([...json, ...sends, door().url]);
        expect(answers[0]?.status, talk).toBe(413);
      });

      test('asks for the head alone', async () => {
        const { code, answers, talk } = await curl(['-I', ...json, door().url]);
        expect(code, talk).toBe(0);
        expect(answers).toHaveLength(1);
        // Of a HEAD it prints the head; what comes after that would stand behind the blank line.
        expect(answers[0]?.body).toMatch(/^HTTP\/1\.1 \d{3} [\s\S]*\r\n\r\n$/);
        expect(talk).not.toMatch(/Excess found|unexpected/i);
      });

      test('has several to ask, on one connection if the server keeps it', async () => {
        const one = [...json, '-d', body, door().url];
        const next = ['--next', '-sSv', '--noproxy', '*', ...writeOut];
        const head = ['-I', ...json, door().url];
        const { code, answers, talk } = await curl([...one, ...next, ...head, ...next, ...one]);
        expect(code, talk).toBe(0);
        expect(answers.map(({ connects }) => connects)).toEqual(
          keepsConnections(exercise) ? [1, 0, 0] : [1, 1, 1],
        );
        expectSuccess(answers[0]);
        expectSuccess(answers[2]);
      });
    });

    const load = (connections: number): Parameters<typeof wrk>[0] => ({
      url: door().url,
      body,
      headers,
      connections,
      folder,
    });
    const expectAll = ({ requests, failed, text }: LoadFigures, least: number): void => {
      expect(failed, text).toBe(0);
      expect(requests, text).toBeGreaterThanOrEqual(least);
    };

    describe.skipIf(noWrk !== undefined)(`wrk${noWrk === undefined ? '' : `: ${noWrk}`}`, () => {
      test('loads it for a second', async () => {
        expectAll(await wrk(load(50)), 50);
      });

      // Where a connection has one request, wrk would count those that are not answered as failures of its own.
      if (keepsConnections(exercise)) {
        test('sends sixteen requests at once', async () => {
          expectAll(await wrk(load(10), 16), 160);
        });
      }
    });

    describe.skipIf(noAb !== undefined)(`ab${noAb === undefined ? '' : `: ${noAb}`}`, () => {
      test('loads it on new connections', async () => {
        expectAll(await ab(load(20), 1_000), 1_000);
      });

      test('loads it on connections that it wants to keep', async () => {
        const figures = await ab(load(20), 1_000, ['-k']);
        expectAll(figures, 1_000);
        if (keepsConnections(exercise)) expect(figures.reused, figures.text).toBeGreaterThan(900);
        else expect(figures.reused, figures.text).toBe(0);
      });
    });

    describe('Node', () => {
      const text = { method: serves.method, headers };

      test('fetches one after another, and fifty at once', async () => {
        const send = async (): Promise<void> => {
          const response = await fetch(door().url, { ...text, body });
          expectSuccess({ status: response.status, body: await response.text() });
        };
        for (let i = 0; i < 20; i++) await send();
        await Promise.all(Array.from({ length: 50 }, send));
      });

      test('fetches with a body that is a stream', async () => {
        const stream = new Blob([batch.slice(0, 30_000), batch.slice(30_000)]).stream();
        const response = await fetch(door().url, { ...text, body: stream, duplex: 'half' } as RequestInit);
        expectSuccess({ status: response.status, body: await response.text() }, many);
      });

      test('keeps its connections with an agent, if the server does', async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 4 });
        const ports = new Set<number>();
        const send = async (): Promise<void> => {
          const answer = await post({ url: door().url, agent, pieces: [body], headers });
          expectSuccess(answer);
          ports.add(answer.localPort);
        };
        for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 4 }, send));
        agent.destroy();
        if (keepsConnections(exercise)) expect(ports.size).toBe(4);
        else expect(ports.size).toBe(40);
      });

      test('asks for an end of each connection, with an agent that keeps none', async () => {
        const agent = new Agent({ keepAlive: false });
        const send = () => post({ url: door().url, agent, pieces: [body], headers });
        const answers = await Promise.all(Array.from({ length: 20 }, send));
        for (const answer of answers) expectSuccess(answer);
        expect(new Set(answers.map(({ localPort }) => localPort)).size).toBe(20);
      });

      test('writes in pieces, and waits for 100 Continue', async () => {
        const agent = new Agent({ keepAlive: true });
        const pieces = batch.match(/[\s\S]{1,9000}/g) ?? [];
        expectSuccess(await post({ url: door().url, agent, pieces, headers }), many);
        const asking = { ...headers, Expect: '100-continue', 'Content-Length': `${body.length}` };
        const asked = await post({ url: door().url, agent, pieces: [body], headers: asking });
        expectSuccess(asked);
        expect(asked.continued).toBe(true);
        agent.destroy();
      });
    });

    describe('a client that', () => {
      test('closes its direction once it has sent', async () => {
        const answer = await halfClose(door().port, requestText(exercise, body));
        expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${serves.status} `));
        expectSuccess({ status: serves.status, body: answer.slice(answer.indexOf('\r\n\r\n')) });
      });

      test('does so after several requests gets as many answers as a connection has', async () => {
        const answer = await halfClose(door().port, requestText(exercise, body).repeat(5));
        expect(answer.match(new RegExp(`HTTP/1\\.1 ${serves.status} `, 'g'))).toHaveLength(
          keepsConnections(exercise) ? 5 : 1,
        );
      });

      test('does so in the middle, or before it says anything, is let go', async () => {
        const whole = requestText(exercise, body);
        for (const part of ['', whole.slice(0, 10), whole.slice(0, -10)]) {
          expect(await halfClose(door().port, part)).not.toMatch(/^HTTP\/1\.1 [25]/);
        }
      });

      test('sends too much, and only then looks for an answer, finds it', async () => {
        const answer = await sendThenRead(door().port, requestText(exercise, ' '.repeat(16 * 1024 * 1024)));
        expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      });

      test('resets its connection does not harm the others', async () => {
        const whole = requestText(exercise, body);
        for (const part of [whole.slice(0, 20), whole.slice(0, -1), whole, whole.repeat(20)]) {
          await Promise.all(Array.from({ length: 10 }, () => reset(door().port, part)));
        }
        const response = await fetch(door().url, { method: serves.method, headers, body });
        expectSuccess({ status: response.status, body: await response.text() });
      });

      test.each(['silent', 'slow head', 'slow body', 'slow chunks'] as const)(
        'waits or is slow is not waited for: %s',
        async (name) => {
          const { fate, text } = await door().endings[name];
          expect(fate).toBe('ended');
          expect(text).toMatch(/^$|^HTTP\/1\.1 408 /);
        },
      );

      test('never reads its answers is not waited for, and not read from either', async () => {
        expect(await door().endings['never reads']).toMatchObject({ fate: 'ended' });
      });
    });

    // The last one: it ends the server.
    test('SIGTERM end well, with clients that hang, and nothing was complained of', async () => {
      const { port, server, printed } = door();
      const hanging = [sendSlowly(port, 'POST /metrics HT', ''), sendSlowly(port, '', '')];
      const before = await fetch(door().url, { method: serves.method, headers, body });
      expect(before.status).toBe(serves.status);
      await server.stop();
      expect(await server.exited).toMatchObject({ code: 0, signal: null });
      for (const { fate } of await Promise.all(hanging)) expect(fate).toBe('ended');
      expect(printed()).toMatch(/^listening on \S+\n$/);
    });
  },
);
