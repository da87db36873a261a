import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SubjectError } from '../subject/index.ts';
import { eventually } from './eventually.ts';
import { Expectation, expectEqual, expectThrows, expectTrue, shape, type Wrong, z } from './expectations.ts';
import { expectResponse, raw, request } from './http.ts';

/** What the student would read. */
async function wrongOf(action: () => unknown): Promise<Wrong> {
  try {
    await action();
  } catch (error) {
    if (error instanceof Expectation) return error.wrong;
    throw error;
  }
  throw new Error('the expectation held');
}

describe('equality', () => {
  test.each([
    [1, 1],
    [Number.NaN, Number.NaN],
    [{ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] }],
  ])('%j is %j', (received, expected) => {
    expect(() => expectEqual('x', received, expected)).not.toThrow();
  });

  test.each([
    [0, -0],
    ['1', 1],
    [undefined, null],
    [[1], [1, undefined]],
    [{ a: undefined }, {}],
  ])('%j is not %j', (received, expected) => {
    expect(() => expectEqual('x', received, expected)).toThrow(Expectation);
  });

  test('a failure says what, expected, received and the cause that fits', async () => {
    const cause = (received: unknown): string | undefined =>
      Array.isArray(received) && received[0] === 'c' ? 'taken from the wrong end' : undefined;
    expect(await wrongOf(() => expectEqual('take(2)', ['c', 'b'], ['a', 'b'], cause))).toEqual({
      summary: 'Not as expected: take(2)',
      expected: "[ 'a', 'b' ]",
      received: "[ 'c', 'b' ]",
      cause: 'taken from the wrong end',
    });
    expect(await wrongOf(() => expectEqual('take(2)', [], ['a', 'b'], cause))).not.toHaveProperty('cause');
  });

  test('a huge value is shortened', async () => {
    const wrong = await wrongOf(() => expectEqual('x', 'y'.repeat(1e6), ''));
    expect(wrong.received?.length).toBeLessThan(2_000);
  });
});

test('a condition says what holds instead', async () => {
  const wrong = await wrongOf(() => expectTrue('at most 3', false, { expected: '<= 3', received: 4 }));
  expect(wrong).toEqual({ summary: 'at most 3', expected: '<= 3', received: '4' });
});

describe('expectThrows', () => {
  test('accepts what the student’s code threw', async () => {
    const thrown = new SubjectError(
      'THREW',
      { what: 'push()', message: 'RangeError: no' },
      { thrownName: 'RangeError' },
    );
    expect((await expectThrows('push', Promise.reject(thrown))).thrownName).toBe('RangeError');
  });

  test('tells an error of another class from the wanted one', async () => {
    const thrown = new SubjectError(
      'THREW',
      { what: 'push()', message: 'Error: no' },
      { thrownName: 'Error', thrownMessage: 'no', where: 'queue.ts:3:1' },
    );
    const wrong = await wrongOf(() =>
      expectThrows('push', Promise.reject(thrown), 'too late', { name: 'RangeError' }),
    );
    expect(wrong).toMatchObject({ expected: 'a RangeError', received: 'Error: no', where: 'queue.ts:3:1' });
    expect(wrong.cause).toContain('throw new RangeError');
  });

  test('does not take a crash for an exception', async () => {
    const crash = new SubjectError('EXITED', { exitCode: 0, during: 'push()' });
    await expect(expectThrows('push', Promise.reject(crash))).rejects.toBe(crash);
  });

  test('fails when nothing is thrown', async () => {
    const wrong = await wrongOf(() => expectThrows('push(1)', Promise.resolve(false)));
    expect(wrong).toMatchObject({ summary: 'push(1) should throw', received: 'false' });
  });
});

test('a reply of another shape is the student’s failure, not a crash of the judge', async () => {
  const wrong = await wrongOf(() =>
    shape('the history', { takes: 'none' }, z.object({ takes: z.array(z.number()) })),
  );
  expect(wrong.summary).toBe('the history has the wrong shape');
  expect(wrong.expected).toContain('takes');
});

test('eventually gives up with the condition’s name', async () => {
  let asked = 0;
  expect(await eventually('three', async () => (++asked >= 3 ? asked : undefined))).toBe(3);
  const wrong = await wrongOf(() => eventually('the file', async () => undefined, { withinMs: 20 }));
  expect(wrong.summary).toBe('the file did not happen within 0.02 s');
});

describe('HTTP', () => {
  let port = 0;
  const server = createServer((incoming, reply) => {
    incoming.resume();
    reply.writeHead(200, { 'content-type': 'application/json' });
    reply.end(incoming.url === '/bad' ? 'oops' : '{"status":"accepted","count":1,"extra":true}');
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  test('a wrong status shows the exchange and a curl line', async () => {
    const exchange = await request({
      port,
      path: '/metrics',
      headers: { 'x-a': "it's" },
      body: '{"name":"a"}',
    });
    const wrong = await wrongOf(() => expectResponse(exchange, { status: 202 }, 'answer 202'));
    expect(wrong).toMatchObject({ expected: 'status 202', received: 'status 200', cause: 'answer 202' });
    expect(wrong.exhibit).toContain('> POST /metrics HTTP/1.1');
    expect(wrong.exhibit).toContain('< {"status":"accepted"');
    expect(wrong.curl).toBe(
      `curl -i -H 'x-a: it'\\''s' --data-binary '{"name":"a"}' 'http://127.0.0.1:${port}/metrics'`,
    );
  });

  test('fields that are not asked for do no harm; those that are must be right', async () => {
    const exchange = await request({ port, path: '/metrics', body: '{}' });
    expectResponse(exchange, { status: 200, jsonHas: { status: 'accepted', count: 1 } });
    const wrong = await wrongOf(() => expectResponse(exchange, { status: 200, jsonHas: { count: 3 } }));
    expect(wrong).toMatchObject({ expected: '3', received: '1' });
  });

  test('a body that is no JSON fails with the body', async () => {
    const exchange = await request({ port, path: '/bad' });
    expect((await wrongOf(() => exchange.json())).received).toBe('oops');
  });

  test('a server that is not there is a failure with the curl line', async () => {
    const wrong = await wrongOf(() => request({ port: 1, path: '/x' }));
    expect(wrong.summary).toBe('GET /x got no answer');
  });

  test('a raw connection sends half a request, then the rest', async () => {
    const connection = await raw(port);
    await connection.write('GET / HTTP/1.1\r\nHost: a\r\n');
    await connection.write('Connection: close\r\n\r\n');
    expect(await connection.readUntilClose()).toContain('"accepted"');
    expect(connection.closed).toBe(true);
  });
});
