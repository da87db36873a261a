/** Loads against small servers that know exactly what they got and gave. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  endServers,
  expectWhole,
  http,
  listen,
  none,
  servers,
  sockets,
  specFor,
} from '../fixtures/servers/inside.ts';
import { openLoad, runLoad } from './load.ts';
import type { LoadSpec } from './types.ts';

afterEach(endServers);

describe.each([
  ['one worker', { workers: 1 }],
  ['two workers', { workers: 2 }],
  ['more workers than clients', { workers: 4, clients: 2 }],
  ['pipelined', { pipeline: 4 }],
  ['a connection for every request', { keepAlive: false }],
  ['two pipelining workers, batches', { workers: 2, pipeline: 3, payload: { kind: 'metrics', batch: 10 } }],
  ['an open loop', { mode: { kind: 'open', rate: 2_000 } }],
  ['an open loop of two workers', { workers: 2, mode: { kind: 'open', rate: 2_000 } }],
  ['an open loop without keep-alive', { keepAlive: false, mode: { kind: 'open', rate: 1_000 } }],
] as [string, Partial<LoadSpec>][])('%s', (_, changes) => {
  test('counts exactly what the server did', async () => {
    let requests = 0;
    let connections = 0;
    const bodies: string[] = [];
    const url = await http((body, request, response) => {
      bodies.push(body);
      expect(request.method).toBe('POST');
      expect(request.url).toBe('/metrics?x=1');
      // Every tenth is refused, every tenth lies.
      const turn = requests++ % 10;
      const count = changes.payload?.kind === 'metrics' ? changes.payload.batch : 1;
      response.statusCode = turn === 3 ? 503 : 202;
      response.end(JSON.stringify({ status: 'accepted', count: turn === 7 ? 0 : count }));
    });
    servers.at(-1)?.on('connection', () => {
      connections++;
    });
    const json = { status: 'accepted', count: '$batch' };
    const result = await runLoad(specFor(url, { expect: { status: 202, json }, ...changes }));
    expect(result.outcomes).toEqual({ ...none, succeeded: 160, wrongBody: 20, statuses: { 503: 20 } });
    expect(result).toMatchObject({ planned: 200, sent: 200, interrupted: false });
    expectWhole(result);
    expect(result.examples).toHaveLength(2);
    expect(requests).toBe(200);
    expect(connections).toBe(changes.keepAlive === false ? 200 : (changes.clients ?? 5));
    // Processes have bodies of their own.
    expect(new Set(bodies).size).toBe(200);
  });
});

test('an open loop gives up what a server that is far behind will not get to, and tells how much', async () => {
  const replies: (() => void)[] = [];
  let done = 0;
  const url = await http((_, __, response) => {
    replies.push(() => response.writeHead(202).end());
    done++;
    if (replies.length > 1) return;
    setTimeout(() => {
      for (const reply of replies.splice(0)) reply();
    }, 40);
  });
  // 2 clients at 40 ms each are 50 requests a second: all 400 would take eight seconds.
  const changes = { clients: 2, mode: { kind: 'open', rate: 2_000 } as const, measure: { requests: 400 } };
  const result = await runLoad(specFor(url, { ...changes, timeoutMs: 300, warmup: {} }));
  expect(result).toMatchObject({ planned: 400, sent: done, interrupted: false });
  expect(result.sent).toBeLessThan(100);
  expectWhole(result);
});

describe('the closed loop', () => {
  test('keeps as many under way as clients and pipeline say, and no more', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    // Nobody is answered before all clients wait: fewer would wait for ever.
    const url = await listen(
      createServer((socket) => {
        socket.on('data', (bytes) => {
          const requests = bytes.toString('latin1').split('POST /').length - 1;
          for (let i = 0; i < requests; i++) {
            waiting.push(() => socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n'));
          }
          most = Math.max(most, waiting.length);
          if (waiting.length === 12) for (const answer of waiting.splice(0)) answer();
        });
      }),
    );
    const result = await runLoad(specFor(url, { clients: 4, pipeline: 3, measure: { requests: 12 * 20 } }));
    expect(result.outcomes).toEqual({ ...none, succeeded: 240 });
    expect(most).toBe(12);
  });

  test('ends with the time, awaits what is under way, and tells how far it is', async () => {
    const url = await http((_, __, response) => {
      response.writeHead(202).end();
    });
    const seen: string[] = [];
    const spec = specFor(url, { measure: { ms: 600 }, warmup: { requests: 50 } });
    const result = await runLoad(spec, { onProgress: ({ phase }) => seen.push(phase) });
    expect(result.outcomes).toEqual({ ...none, succeeded: result.sent });
    expect(result.warmup.requests).toBe(50);
    expect(result.ms).toBeGreaterThanOrEqual(600);
    expect(seen).toContain('measuring');
    expectWhole(result);
  });

  test('one request that hangs costs one reply, not the rate', async () => {
    let requests = 0;
    const url = await http((_, __, response) => {
      if (requests++ !== 20) response.writeHead(202).end();
    });
    const result = await runLoad(specFor(url, { timeoutMs: 1_500, measure: { requests: 500 } }));
    expect(result.outcomes).toEqual({ ...none, succeeded: 499, timeouts: 1 });
    expect(result.ms).toBeGreaterThan(1_500);
    // 499 in 1.5 s would be 333 a second.
    expect(result.rate).toBeGreaterThan((2 * 499) / (result.ms / 1_000));
    expectWhole(result);
  });
});

describe('connections', () => {
  test('`Connection: close` is obeyed: pipelined requests behind it are resets', async () => {
    const url = await listen(
      createServer((socket) => {
        socket.once('data', () => {
          socket.end('HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        });
      }),
    );
    const alone = await runLoad(specFor(url, { measure: { requests: 40 } }));
    expect(alone.outcomes).toEqual({ ...none, succeeded: 40 });
    const piped = await runLoad(specFor(url, { clients: 1, pipeline: 4, measure: { requests: 4 } }));
    expect(piped.outcomes).toEqual({ ...none, succeeded: 1, resets: 3 });
    expect(piped.examples[0]).toContain('behind an earlier reply');
  });

  test('a body may end with its connection', async () => {
    const url = await listen(
      createServer((socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 202 Accepted\r\n\r\n{"ok":true}'));
      }),
    );
    const result = await runLoad(specFor(url, { expect: { status: 202, json: { ok: true } } }));
    expect(result.outcomes).toEqual({ ...none, succeeded: 200 });
  });

  test.each([
    ['closed', { kind: 'closed' }],
    ['open', { kind: 'open', rate: 1_000 }],
  ] as const)('nobody listens: each request of the %s loop is refused', async (_, mode) => {
    const url = await http(() => {});
    servers.pop()?.close();
    const result = await runLoad(
      specFor(url, { mode, clients: 20, measure: { requests: 60 }, warmup: { requests: 50 } }),
    );
    expect(result.outcomes).toEqual({ ...none, refused: 60 });
    expect(result.latency).toBeNull();
    expect(result.examples[0]).toContain('ECONNREFUSED');
  });

  test('a load keeps them from run to run, and opens again what was closed meanwhile', async () => {
    let connections = 0;
    const url = await http((_, __, response) => {
      response.writeHead(202).end();
    });
    servers.at(-1)?.on('connection', () => {
      connections++;
    });
    const load = await openLoad(specFor(url));
    try {
      for (let i = 1; i <= 3; i++) {
        const { outcomes } = await load.run({ requests: 50 * i });
        expect(outcomes).toEqual({ ...none, succeeded: 50 * i });
      }
      expect(connections).toBe(5);
      for (const socket of sockets) socket.destroy();
      expect((await load.run({ requests: 50 })).outcomes.succeeded).toBe(50);
      expect(connections).toBe(10);
    } finally {
      await load.close();
    }
  });
});
