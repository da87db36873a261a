/** Servers at their worst, 1,000 clients: a run ends, counts each request once, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { builtGraderRoot, packageRoot } from '../core/paths.ts';
import { childrenOf, connectionsTo, socketsOf } from '../fixtures/servers/leftovers.ts';
import type { HostileRecord, ScriptedRecord, TestServer } from '../fixtures/servers/start.ts';
import { startTestServer } from '../fixtures/servers/start.ts';
import { loadSpec } from '../fixtures/servers/truth.ts';
import { runLoad } from './load.ts';
import type { LoadMode, LoadResult, LoadSpec, Outcomes } from './types.ts';

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 120_000 });

const clients = 1_000;
const measureMs = 400;
const timeoutMs = 1_000;
const open: LoadMode = { kind: 'open', rate: 2_000 };

type Ending = Exclude<keyof Outcomes, 'statuses'>;

/** Each server with the only outcomes that are true of it. */
const endings: Readonly<Record<string, readonly Ending[]>> = {
  'dies under load': ['succeeded', 'resets', 'refused'],
  'killed under load': ['succeeded', 'resets', 'refused'],
  'never answers': ['timeouts'],
  'accepts and says nothing': ['timeouts'],
  'closes at once': ['resets'],
  'resets at once': ['resets'],
  'closes after the request': ['resets'],
  'resets after the request': ['resets'],
  'half a reply, then silence': ['timeouts'],
  'half a reply, then the end': ['resets'],
  'half a head, then the end': ['resets'],
  'half a reply, then a reset': ['resets'],
  drips: ['timeouts'],
  'answers garbage': ['garbage'],
  'answers text': ['garbage'],
  'speaks another protocol': ['garbage'],
  'a status of four digits': ['garbage'],
  // The first of the two replies is right. The second belongs to no request, and must not be taken for the next one's.
  'answers twice': ['succeeded', 'garbage'],
  'answers twice, apart': ['succeeded', 'garbage'],
  'answers twice, late': ['succeeded', 'garbage'],
  'answers twice, seldom': ['succeeded', 'garbage'],
  'speaks first': ['wrongBody', 'garbage', 'timeouts'],
  'promises too much': ['timeouts'],
  'promises too little': ['wrongBody', 'garbage'],
  'promises nothing': ['timeouts', 'garbage'],
  'promises twice': ['garbage'],
  'promises a word': ['garbage'],
  'promises a negative length': ['garbage'],
  'promises more than there is memory': ['garbage', 'timeouts'],
  'broken chunks': ['garbage'],
  'chunks without end': ['garbage', 'timeouts'],
  'a body without end': ['garbage', 'timeouts'],
  'a head without end': ['garbage', 'timeouts'],
  'a line without end': ['garbage', 'timeouts'],
  'continues without end': ['garbage', 'timeouts'],
  'an old version': ['succeeded', 'garbage'],
  'a body that is no JSON': ['wrongBody'],
  'the count of another': ['wrongBody'],
};

function spec(url: string, changes: Partial<LoadSpec> = {}): LoadSpec {
  return loadSpec(url, { clients, timeoutMs, measure: { ms: measureMs }, ...changes });
}

/** The outcomes that happened, with their counts. */
function counted({ statuses, ...others }: Outcomes): [string, number][] {
  return [...Object.entries(others), ...Object.entries(statuses)].filter(([, count]) => count > 0);
}

function expectSound(result: LoadResult): void {
  const all = counted(result.outcomes);
  expect(all.reduce((sum, [, count]) => sum + count, 0)).toBe(result.sent);
  expect(result.sent).toBeGreaterThan(0);
  expect(result.latency === null).toBe(result.outcomes.succeeded === 0);
  expect(result.examples.length > 0).toBe(
    result.sent > result.outcomes.succeeded || result.unasked !== undefined,
  );
  expect(result.ticks.reduce((sum, { ended }) => sum + ended, 0)).toBe(result.sent);
}

const linux = process.platform === 'linux';
let server: TestServer<HostileRecord> | undefined;
let children: readonly number[] = [];
let sockets = 0;

beforeEach(() => {
  if (!linux) return;
  children = childrenOf(process.pid);
  sockets = socketsOf(process.pid);
});

// No process and no socket, wherever one could be: with the server, with us, or in the kernel alone.
afterEach(async () => {
  const { port } = server ?? {};
  if (server?.alive()) {
    const { record } = server;
    await vi.waitFor(async () => expect((await record()).open).toBe(0), { timeout: 20_000, interval: 20 });
  }
  await server?.end();
  server = undefined;
  if (!linux) return;
  await vi.waitFor(
    () => {
      if (port !== undefined) expect(connectionsTo(port)).toBe(0);
      expect(childrenOf(process.pid)).toEqual(children);
      expect(socketsOf(process.pid)).toBe(sockets);
    },
    { timeout: 20_000, interval: 20 },
  );
});

async function start(kind: string): Promise<TestServer<HostileRecord>> {
  server = await startTestServer<HostileRecord>('hostile', { kind });
  return server;
}

describe('a server that', () => {
  test.each(Object.entries(endings))('%s', async (kind, allowed) => {
    const { url } = await start(kind);
    const result = await runLoad(spec(url));
    expectSound(result);
    expect(counted(result.outcomes).filter(([name]) => !allowed.includes(name as Ending))).toEqual([]);
    // A net: the last request may begin at the end of the time, and has its timeout.
    expect(result.ms).toBeLessThan(measureMs + timeoutMs + 20_000);
    expect(result.interrupted).toBe(false);
  });

  test('answers twice is noticed', async () => {
    const { url } = await start('answers twice');
    const { outcomes } = await runLoad(spec(url, { clients: 10, measure: { requests: 1_000 } }));
    const seen = await server?.record();
    expect(outcomes.garbage).toBeGreaterThan(0);
    expect(outcomes.succeeded).toBeLessThanOrEqual(seen?.requests ?? 0);
  });

  // A reply in a read of its own looks like the next request's. It is one too many all the same, and stays over.
  test.each([
    ['answers twice, apart', { kind: 'closed' }, 10],
    ['answers twice, late', { kind: 'closed' }, 10],
    ['answers twice, seldom', { kind: 'closed' }, 1],
    ['answers twice, apart', { kind: 'open', rate: 500 }, 1],
    ['answers twice, seldom', { kind: 'open', rate: 500 }, 1],
  ] as const)('%s is noticed in the %o loop', async (kind, mode, least) => {
    const { url } = await start(kind);
    const result = await runLoad(spec(url, { clients: 10, mode, warmup: {}, measure: { requests: 1_000 } }));
    expectSound(result);
    // Two replies that a busy machine reads at once are no HTTP together.
    expect((result.unasked ?? 0) + result.outcomes.garbage).toBeGreaterThanOrEqual(least);
    expect(result.examples.join('\n')).toContain('nobody asked for');
    // Not of the requests that the server has read: a surplus reply that came behind a request was taken for its own,
    // and at the end a busy server may not have read it yet. But no reply counts twice.
    expect(result.outcomes.succeeded).toBeLessThanOrEqual(2 * ((await server?.record())?.requests ?? 0));
  });

  test('answers once is accused of nothing', async () => {
    const scripted = await startTestServer<ScriptedRecord>('scripted', { delays: [[1, 2, 4]] });
    for (const mode of [{ kind: 'closed' }, open] as const) {
      const result = await runLoad(spec(scripted.url, { clients: 50, mode, measure: { requests: 500 } }));
      expect(result.unasked).toBeUndefined();
      expect(result.outcomes.succeeded).toBe(500);
    }
    await scripted.end();
  });

  test.each([
    'dies under load',
    'never answers',
    'half a reply, then silence',
    'resets after the request',
    'closes at once',
    'answers garbage',
  ])('%s, in the open loop', async (kind) => {
    const { url } = await start(kind);
    const result = await runLoad(spec(url, { mode: open }));
    expectSound(result);
    const allowed = endings[kind] ?? [];
    expect(counted(result.outcomes).filter(([name]) => !allowed.includes(name as Ending))).toEqual([]);
    expect(result.ms).toBeLessThan(measureMs + 2 * timeoutMs + 5_000);
  });

  test.each(['never answers', 'half a reply, then silence'])(
    '%s, with requests in a pipeline',
    async (kind) => {
      const { url } = await start(kind);
      const result = await runLoad(spec(url, { pipeline: 8 }));
      expectSound(result);
      expect(counted(result.outcomes).map(([name]) => name)).toEqual(['timeouts']);
    },
  );

  test('is not there', async () => {
    const { url } = await start('never answers');
    await server?.end();
    const result = await runLoad(spec(url));
    expectSound(result);
    expect(counted(result.outcomes).map(([name]) => name)).toEqual(['refused']);
  });
});

describe('an end before the end', () => {
  test('a stop says what was measured so far', async () => {
    const scripted = await startTestServer<ScriptedRecord>('scripted', { delays: [[1, 5, 5]] });
    const stop = new AbortController();
    const onProgress = ({ ended }: { ended: number }): void => {
      if (ended > 0) stop.abort();
    };
    const options = { signal: stop.signal, onProgress };
    const result = await runLoad(spec(scripted.url, { measure: { ms: 60_000 } }), options);
    await vi.waitFor(async () => expect((await scripted.record()).open).toBe(0), { timeout: 20_000 });
    await scripted.end();
    expect(result.interrupted).toBe(true);
    expect(result.ms).toBeLessThan(50_000);
    expect(result.outcomes.succeeded).toBeGreaterThan(0);
    expectSound(result);
  });

  test('a stop while nothing is answered', async () => {
    const { url } = await start('never answers');
    const stop = AbortSignal.timeout(500);
    const result = await runLoad(spec(url, { timeoutMs: 60_000, measure: { ms: 60_000 } }), { signal: stop });
    expect(result.interrupted).toBe(true);
    expect(result.ms).toBeLessThan(50_000);
    expect(result.outcomes.succeeded).toBe(0);
  });

  test.skipIf(!linux)('nothing outlives its parent, even if that is killed', async () => {
    const scripted = await startTestServer<ScriptedRecord>('scripted', { delays: [[1, 5, 5]] });
    const file = join(packageRoot, 'grader', 'fixtures', 'servers', 'load-once.mjs');
    const long = spec(scripted.url, { measure: { ms: 600_000 }, workers: 2 });
    const parent = spawn(process.execPath, [file, builtGraderRoot, JSON.stringify(long)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    const workers = childrenOf(parent.pid ?? 0);
    expect(workers).toHaveLength(2);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(workers.filter(alive)).toEqual([]), { timeout: 20_000 });
    await vi.waitFor(async () => expect((await scripted.record()).open).toBe(0), { timeout: 20_000 });
    await scripted.end();
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
