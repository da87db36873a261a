/**
 * The load generator against servers whose truth is known: every count exact, every quantile within 2 %.
 *
 * Both sides of each comparison come from one run: the server writes down what it did to each request, from the moment
 * it has read a request whole to the moment before it writes the reply. A client must see more than that, never less.
 * What it adds is two trips through the loopback and two wake-ups, 0.1-0.5 ms together: the shortest delay here is
 * 60 ms, of which 2 % are 1.2 ms. On a busy machine three things take longer, and all of them are in the record: the
 * server's sleep by its own clock, and the waits of both processes for a core by the kernel's account of them.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ScriptedRecord, TestServer } from '../fixtures/servers/start.ts';
import { startTestServer } from '../fixtures/servers/start.ts';
import {
  latencies,
  latencyOf,
  lies,
  loadSpec,
  openLatencies,
  total,
  trueOutcomes,
} from '../fixtures/servers/truth.ts';
import { runLoad } from './load.ts';
import { createTimetable } from './open.ts';
import type { LoadMode, LoadResult } from './types.ts';

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 120_000 });

const servers: TestServer<unknown>[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.end()));
});

async function start<T>(name: string, script: object): Promise<TestServer<T>> {
  const server = await startTestServer<T>(name, script);
  servers.push(server);
  return server;
}

/** Three steps, so that the quantiles lie apart: p50 in the first, p90 in the second, p99 in the third. */
const delays = [
  [0.8, 60, 110],
  [0.15, 110, 220],
  [0.05, 220, 440],
];

/** 40 cards; the one that is never answered costs its client the whole timeout. */
const mixed = [
  [27, 'ok'],
  [3, 'last'],
  [2, 'wrong'],
  [2, '429'],
  [2, '503'],
  [1, '404'],
  [1, 'never'],
  [1, 'close'],
  [1, 'reset'],
];
const mixedSize = 40;
const mixedTimeoutMs = 1_500;

/** When the requests of the open loop are due, for the seed of `loadSpec`. */
function timetable(requests: number, rate: number): Float64Array {
  return createTimetable(requests, (requests / rate) * 1_000, '0badcafe/run', 0, 1);
}

/** What holds of every run against the scripted server. */
function expectCounts(result: LoadResult, record: ScriptedRecord, warmup = 0): void {
  const measured = record.requests.slice(warmup);
  expect(result.warmup.requests).toBe(warmup);
  expect(result.sent).toBe(measured.length);
  expect(result.outcomes).toEqual(trueOutcomes(measured));
  expect(total(result.outcomes)).toBe(result.sent);
  expect(result.ticks.reduce((sum, { ended }) => sum + ended, 0)).toBe(result.sent);
  expect(result.ticks.reduce((sum, { failed }) => sum + failed, 0)).toBe(
    result.sent - result.outcomes.succeeded,
  );
  expect(result.interrupted).toBe(false);
  expect(record.problems).toEqual([]);
  expect(record.sameBodies).toBe(0);
}

describe('closed loop', () => {
  test.each([1, 10, 100])('%i clients: errors of all kinds, counts and quantiles', async (clients) => {
    const warmup = clients * 5;
    const server = await start<ScriptedRecord>('scripted', { seed: clients, warmup, delays, fates: mixed });
    const result = await runLoad(
      loadSpec(server.url, {
        clients,
        timeoutMs: mixedTimeoutMs,
        warmup: { requests: warmup },
        measure: { requests: clients * mixedSize },
      }),
    );
    const record = await server.record();
    expectCounts(result, record, warmup);
    expect(result.sent).toBe(clients * mixedSize);
    expect(result.planned).toBe(result.sent);
    expect(result.offered).toBeNull();
    expect(lies(result, latencies(record, warmup))).toEqual([]);
  });

  test('until the time is up: what is under way is waited for and counted', async () => {
    const server = await start<ScriptedRecord>('scripted', { delays, fates: [[1, 'ok']] });
    const result = await runLoad(loadSpec(server.url, { clients: 10, measure: { ms: 2_000 } }));
    const record = await server.record();
    expectCounts(result, record);
    expect(result.ms).toBeGreaterThanOrEqual(2_000);
    expect(lies(result, latencies(record))).toEqual([]);
  });

  test('a connection for each request', async () => {
    const server = await start<ScriptedRecord>('scripted', {
      delays,
      fates: [
        [9, 'ok'],
        [1, '503'],
      ],
    });
    const result = await runLoad(
      loadSpec(server.url, { clients: 10, keepAlive: false, measure: { requests: 200 } }),
    );
    const record = await server.record();
    expectCounts(result, record);
    expect(record.connections).toBeGreaterThanOrEqual(200);
    expect(lies(result, latencies(record))).toEqual([]);
  });

  // Here a reply waits for those before it on its connection; the server's record knows that too.
  test('requests in a pipeline', async () => {
    const server = await start<ScriptedRecord>('scripted', {
      delays,
      fates: [
        [9, 'ok'],
        [1, '503'],
      ],
    });
    const result = await runLoad(
      loadSpec(server.url, { clients: 10, pipeline: 4, measure: { requests: 400 } }),
    );
    const record = await server.record();
    expectCounts(result, record);
    expect(lies(result, latencies(record))).toEqual([]);
  });

  test('two generator processes count as one', async () => {
    const server = await start<ScriptedRecord>('scripted', { warmup: 20, delays, fates: mixed });
    const result = await runLoad(
      loadSpec(server.url, {
        clients: 20,
        workers: 2,
        timeoutMs: mixedTimeoutMs,
        warmup: { requests: 20 },
        measure: { requests: 400 },
      }),
    );
    const record = await server.record();
    expectCounts(result, record, 20);
    expect(lies(result, latencies(record, 20))).toEqual([]);
  });
});

describe('open loop', () => {
  test('requests are due at random', () => {
    const times = timetable(20_000, 2_000);
    const gaps = [...times].map((time, i) => time - (times[i - 1] ?? 0));
    expect(times).toHaveLength(20_000);
    expect(times.at(-1)).toBeLessThanOrEqual(10_000);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    // Of exponential gaps a share of 1/e is longer than the mean of 0.5 ms, and one of 1/e^3 longer than thrice that.
    expect(gaps.filter((gap) => gap > 0.5).length / gaps.length).toBeCloseTo(Math.exp(-1), 1);
    expect(gaps.filter((gap) => gap > 1.5).length / gaps.length).toBeCloseTo(Math.exp(-3), 2);
  });

  // So few arrivals that a connection is free whenever a request is due: nothing waits but for the server.
  test.each([
    [10, 15, 60],
    [100, 400, 1_200],
  ])('%i clients at %i/s: errors of all kinds, counts and quantiles', async (clients, rate, requests) => {
    const warmup = clients;
    const server = await start<ScriptedRecord>('scripted', { seed: clients, warmup, delays, fates: mixed });
    const result = await runLoad(
      loadSpec(server.url, {
        mode: { kind: 'open', rate },
        clients,
        timeoutMs: mixedTimeoutMs,
        warmup: { requests: warmup },
        measure: { requests },
      }),
    );
    const record = await server.record();
    expectCounts(result, record, warmup);
    expect(result.sent).toBe(requests);
    expect(result.planned).toBe(requests);
    expect(lies(result, openLatencies(record, timetable(requests, rate), warmup))).toEqual([]);
  });

  // All are due within the first tenth of a second, and then wait for a connection.
  test.each([
    [1, 1_000, 40],
    [10, 4_000, 400],
    [100, 40_000, 4_000],
  ])('%i clients, overloaded: waiting for a free connection counts', async (clients, rate, requests) => {
    const fates = [
      [9, 'ok'],
      [1, '503'],
    ];
    const server = await start<ScriptedRecord>('scripted', { seed: clients, delays, fates });
    const mode: LoadMode = { kind: 'open', rate };
    const result = await runLoad(loadSpec(server.url, { mode, clients, measure: { requests } }));
    const record = await server.record();
    expectCounts(result, record);
    expect(lies(result, openLatencies(record, timetable(requests, rate)))).toEqual([]);
  });

  test('offers the rate that was asked for', async () => {
    const server = await start<ScriptedRecord>('scripted', {});
    const mode: LoadMode = { kind: 'open', rate: 1_000 };
    const result = await runLoad(loadSpec(server.url, { mode, clients: 50, measure: { ms: 4_000 } }));
    const record = await server.record();
    expectCounts(result, record);
    expect(result.planned).toBe(4_000);
    expect(result.offered).toBeCloseTo(1_000);
    expect(record.requests).toHaveLength(result.planned);
  });
});

describe('a server that stalls 100 ms in every second', () => {
  const script = { stallMs: 100, everyMs: 1_000 };
  const ms = 5_000;

  /**
   * A request that is due t after the begin of a stall of length L waits L - t at least. So in every second, 10 ms of
   * arrivals wait longer than L - 10 ms: the worst hundredth of all requests.
   */
  function leastP99({ stalls }: ScriptedRecord): number {
    const lengths = stalls.map(([from, to]) => to - from);
    return lengths.reduce((sum, length) => sum + length, 0) / lengths.length - 10;
  }

  test('the open loop shows it', async () => {
    const rate = 2_000;
    const warmup = 1_000;
    const server = await start<ScriptedRecord>('scripted', script);
    const mode: LoadMode = { kind: 'open', rate };
    const result = await runLoad(
      loadSpec(server.url, { mode, clients: 10, warmup: { requests: warmup }, measure: { ms } }),
    );
    const record = await server.record();
    expectCounts(result, record, warmup);
    // With 10 connections, ten requests a stall can be on their way: who times the others from their send misses it.
    // The stall itself is what the figure is made of, and it is the right one besides.
    expect(latencyOf(result).p99).toBeGreaterThan(0.95 * leastP99(record));
    const truth = openLatencies(record, timetable(rate * (ms / 1_000), rate), warmup);
    expect(lies(result, truth, ['p99', 'max'])).toEqual([]);
  });

  test('the closed loop with few clients misses it', async () => {
    const server = await start<ScriptedRecord>('scripted', script);
    const result = await runLoad(loadSpec(server.url, { clients: 2, measure: { ms } }));
    const record = await server.record();
    expectCounts(result, record);
    expect(record.stalls.length).toBeGreaterThanOrEqual(4);
    // It is no lie, it answers another question: what its own requests took.
    expect(latencyOf(result).max).toBeGreaterThan(90);
    expect(latencyOf(result).p99).toBeLessThan(leastP99(record) / 2);
  });
});
