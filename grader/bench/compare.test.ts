/** One server measured, swept, and set against another: real servers, with loads as short as they can be. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { compare } from './compare.ts';
import { ServerGone } from './gone.ts';
import { measure, type Side } from './measure.ts';
import { type RunningServer, startServer, yardstickFile } from './server.ts';
import { sweep } from './sweep.ts';
import type { LoadSpec } from './types.ts';

let folder = '';
const running: RunningServer[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'craft-compare-test-'));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server of its own as one side; the yardstick, or the text of a program that answers with `reply(response)`. */
async function side(name: string, answering?: string, more: Partial<LoadSpec> = {}): Promise<Side> {
  const file = answering === undefined ? yardstickFile : join(folder, `${name}.mjs`);
  const text = `
    import { createServer } from 'node:http';
    let requests = 0;
    const reply = (response) => response.writeHead(202).end('{"status":"accepted","count":1}');
    const server = createServer((request, response) => {
      requests++;
      request.resume().on('end', () => { ${answering} });
    });
    server.listen(0, '127.0.0.1', () => console.log('listening on http://localhost:' + server.address().port));`;
  if (answering !== undefined) writeFileSync(file, text);
  const server = await startServer({ file, name, cwd: folder });
  running.push(server);
  const spec: LoadSpec = {
    url: `${server.url}/metrics`,
    method: 'POST',
    headers: {},
    payload: { kind: 'metrics', batch: 1 },
    expect: { status: 202, json: { status: 'accepted', count: '$batch' } },
    mode: { kind: 'closed' },
    clients: 4,
    pipeline: 1,
    keepAlive: true,
    timeoutMs: 5_000,
    warmup: { requests: 20 },
    measure: { requests: 100 },
    workers: 1,
    seed: '0badcafe',
    ...more,
  };
  return { target: { kind: 'yardstick', name }, spec, server };
}

describe('one server', () => {
  test('is measured with what it used', async () => {
    const one = await side('one');
    const { target, spec, result, bottleneck } = await measure(one);
    expect(target).toBe(one.target);
    expect(spec).toBe(one.spec);
    expect(result.outcomes.succeeded).toBe(100);
    if (process.platform === 'linux') expect(bottleneck.serverCores).toBeGreaterThan(0);
  });

  test('that is not ours has an unknown use', async () => {
    const { server: _, ...stranger } = await side('stranger');
    expect((await measure(stranger)).bottleneck.serverCores).toBeNull();
  });
});

describe('a sweep', () => {
  test('measures each count in turn and tells how far it is', async () => {
    const steps: string[] = [];
    const measured = await sweep([1, 3, 8], await side('swept'), {
      onProgress: ({ clients, step, steps: all }) => steps.push(`${step}/${all} ${clients}`),
      onMeasured: ({ spec }) => steps.push(`done ${spec.clients}`),
    });
    expect(measured.map(({ spec }) => spec.clients)).toEqual([1, 3, 8]);
    expect(measured.map(({ result }) => result.outcomes.succeeded)).toEqual([100, 100, 100]);
    expect(steps.filter((step) => step.startsWith('done'))).toEqual(['done 1', 'done 3', 'done 8']);
  });

  test('that is aborted keeps what it has', async () => {
    const abort = new AbortController();
    const measured = await sweep([1, 2, 3], await side('aborted'), {
      signal: abort.signal,
      onMeasured: ({ spec }) => {
        if (spec.clients === 2) abort.abort();
      },
    });
    expect(measured.map(({ spec }) => spec.clients)).toEqual([1, 2]);
  });

  test('ends with its server', async () => {
    const dies = await side('dies', 'if (requests > 200) process.exit(7); reply(response);');
    const measured = await sweep([1, 2, 3, 4], dies);
    expect(measured[0]?.result.outcomes.succeeded).toBe(100);
    expect(measured.length).toBeLessThan(4);
    expect(await dies.server?.exited).toMatchObject({ code: 7 });
  });
});

describe('two servers', () => {
  const quick = { rounds: 3, turnMs: 150 } as const;

  test('take turns, AB BA AB, after one pair that does not count; the faster one is found', async () => {
    const turns: string[] = [];
    const fast = await side('fast');
    const slow = await side('slow', 'setTimeout(reply, 20, response);');
    const result = await compare(fast, slow, {
      ...quick,
      onTurn: ({ side: whose, round }) => turns.push(`${round} ${whose}`),
    });
    expect(turns.join(', ')).toBe('0 own, 0 other, 1 other, 1 own, 2 own, 2 other, 3 other, 3 own');
    expect(result).toMatchObject({ rounds: 3, other: slow.target });
    for (const { low, value, high } of [result.rate, result.p50, result.p99].flatMap(
      (ratio) => ratio ?? [],
    )) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    expect(result.rate.value).toBeGreaterThan(1);
    expect(result.p50?.value).toBeLessThan(1);
    expect(result.own.target).toBe(fast.target);
    // At least 20 ms for each of the other's, on 4 connections.
    const { ms, outcomes, latency } = result.measured.result;
    expect(outcomes.succeeded).toBeLessThanOrEqual((ms / 20 + 3) * 4);
    expect(latency?.min).toBeGreaterThan(18);
    expect(result.own.result.outcomes.succeeded).toBeGreaterThan(outcomes.succeeded);
  });

  const gone = async (own: Side, other: Side): Promise<ServerGone> => {
    const error: unknown = await compare(own, other, quick).catch((reason: unknown) => reason);
    if (error instanceof ServerGone) return error;
    throw new Error(`compared, or failed in another way: ${error}`);
  };
  const until = (requests: number): string =>
    `if (requests > ${requests}) throw new Error("enough"); setTimeout(reply, 5, response);`;

  test('of which the other dies: that it did and why, and what was measured until then', async () => {
    // Its second turn: 20 requests of the warm-up, and at most 31 rounds of 4 in each turn.
    const dies = await side('dies', until(20 + 4 * 31));
    const { message, side: whose, own, other } = await gone(await side('lives'), dies);
    expect(message).toContain('dies ended under load (exit code 1): Error: enough');
    expect(whose).toBe('other');
    expect(own?.result.outcomes.succeeded).toBeGreaterThan(0);
    expect(other?.result.outcomes.succeeded).toBeGreaterThan(0);
    expect(other?.result.outcomes.succeeded).toBeLessThanOrEqual(4 * 31 + 20);
    expect([own?.result.interrupted, other?.result.interrupted]).toEqual([true, true]);
  });

  test('of which the own dies in its first turn: what it served until then', async () => {
    const dies = await side('dies', until(60));
    const { side: whose, own, other } = await gone(dies, await side('lives'));
    expect(whose).toBe('own');
    expect(own?.result.outcomes.succeeded).toBeLessThanOrEqual(60);
    expect(own?.result.outcomes.succeeded).toBeGreaterThan(0);
    expect(other).toBeUndefined();
  });

  test('of which one dies before its first turn: nothing was measured of it', async () => {
    const { own, other } = await gone(await side('lives'), await side('dies', until(10)));
    expect([own, other]).toEqual([undefined, undefined]);
  });

  test('of which one serves nothing have no ratio', async () => {
    const fails = await side('fails', 'response.writeHead(503).end();');
    await expect(compare(await side('serves'), fails, quick)).rejects.toThrow('fails answered nothing right');
  });

  test('that are stopped count in whole pairs, and need two of them', async () => {
    const [one, two] = [await side('one'), await side('two')];
    const stopAfter = (turns: number) => {
      const abort = new AbortController();
      let taken = 0;
      const onTurn = () => {
        if (++taken === turns) abort.abort();
      };
      return compare(one, two, { rounds: 1_000, turnMs: 100, signal: abort.signal, onTurn });
    };
    // The first two do not count.
    expect((await stopAfter(2 + 5)).rounds).toBe(2);
    await expect(stopAfter(2 + 3)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    const now = AbortSignal.abort();
    await expect(compare(one, two, { signal: now })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
