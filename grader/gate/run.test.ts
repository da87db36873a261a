import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { GateResult } from '../core/types.ts';
import { build, drainGate, driverDirectory, parserGate } from '../fixtures/gate/gates.ts';
import { startSubject } from '../subject/index.ts';
import type { Subject } from '../subject/types.ts';
import { failGate, type GateProgress, runGates } from './run.ts';
import type { AbsGate, CountGate, Gate } from './types.ts';

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 120_000 });

let scratchRoot = '';
beforeAll(() => {
  scratchRoot = mkdtempSync(join(tmpdir(), 'craft-gate-test-'));
});
afterAll(() => rmSync(scratchRoot, { recursive: true, force: true }));

const started: Subject[] = [];
const seed = '0badcafe';

async function run(
  gate: Gate,
  options: { signal?: AbortSignal; onProgress?: (p: GateProgress) => void } = {},
) {
  const results = await runGates({
    gates: [gate],
    build,
    driverDirectory,
    start: async (subjectOptions) => {
      const subject = await startSubject(subjectOptions);
      started.push(subject);
      return subject;
    },
    seed,
    scratchRoot,
    ...options,
  });
  expect(results).toHaveLength(1);
  return results[0] as GateResult;
}

const count: CountGate = {
  id: 'syncs',
  title: 'appends that arrive together share a sync',
  kind: 'count',
  limit: 8,
  unit: 'syncs',
  reference: '1 sync for 64 appends',
  advice: 'Write all that is waiting, then sync once.',
  measure: async ({ start }) => {
    const driver = await (await start()).driver();
    const { syncs } = (await driver.call('countSyncs', 64)) as { syncs: number };
    return { value: syncs, note: `${syncs} syncs for 64 appends that arrived together; one would have done` };
  },
};

const abs: AbsGate = {
  id: 'rate',
  title: 'serves 200 requests/s',
  kind: 'abs',
  limit: 200,
  unit: 'requests/s',
  better: 'higher',
  rounds: 3,
  reference: '1,200 requests/s (2-core EPYC VM)',
  advice: 'Look for a wait.',
  measure: async ({ random }) => ({ value: 1_000 + random.integer(0, 9) }),
};

describe('a count gate', () => {
  test('fails over its limit and says what was counted where', async () => {
    const result = await run(count);
    expect(result).toMatchObject({
      outcome: 'failed',
      measured: 64,
      limit: 8,
      unit: 'syncs',
      better: 'lower',
    });
    expect(result.reason).toBe(
      '64 syncs for 64 appends that arrived together; one would have done; the limit is 8',
    );
    expect(result.advice).toBe(count.advice);
  });

  test('passes at its limit exactly', async () => {
    expect(await run({ ...count, limit: 64 })).toMatchObject({ outcome: 'passed', measured: 64 });
  });

  test('fails with its own line when the answer was wrong', async () => {
    const measure = () => failGate('3 of 64 records were lost');
    expect(await run({ ...count, measure })).toMatchObject({
      outcome: 'failed',
      measured: null,
      reason: '3 of 64 records were lost',
    });
  });

  test('that measures no number is a bug of ours', async () => {
    const measure = async () => ({ value: Number.NaN });
    await expect(run({ ...count, measure })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('gets an empty folder, which is gone afterwards', async () => {
    let scratch = '';
    await run({
      ...count,
      measure: async (context) => {
        scratch = context.scratch;
        expect(readdirSync(scratch)).toEqual([]);
        return { value: 1 };
      },
    });
    expect(readdirSync(scratchRoot)).not.toContain(scratch.slice(scratchRoot.length + 1));
  });
});

describe('an abs gate', () => {
  test('takes the best round and lists them all', async () => {
    const result = await run(abs);
    expect(result.outcome).toBe('passed');
    expect(result.note).toMatch(/^best of 3: 100\d, 100\d, 100\d requests\/s$/);
  });

  test('repeats its inputs with the seed', async () => {
    expect((await run(abs)).note).toBe((await run(abs)).note);
  });
});

describe('a ratio gate with real processes', () => {
  test('does not fail work against itself', async () => {
    const progress: GateProgress[] = [];
    const result = await run(parserGate('parse100', 1.5), { onProgress: (each) => progress.push(each) });
    expect(result.outcome).not.toBe('failed');
    expect(result.yardstick).toMatchObject({ name: 'the same parser', unit: 'ms of CPU time' });
    expect(result.unit).toBe('x the same parser');
    expect(progress[0]).toMatchObject({ gate: 'parser', message: expect.stringContaining('launch 1') });
  });

  test('does not pass work that costs twice as much', async () => {
    const result = await run(parserGate('parse200', 1.4));
    expect(result.outcome).not.toBe('passed');
  });

  test.each([
    ['parseWrong', 'a reply was wrong: expected 2000 records'],
    ['crash', 'Your code ended its process with exit code 7'],
    ['rejectLater', 'nobody looked'],
  ])('fails when the work is wrong: %s', async (work, reason) => {
    const result = await run(parserGate(work, 1.5));
    expect(result).toMatchObject({ outcome: 'failed', measured: null });
    expect(result.reason).toContain(reason);
  });

  test('blames craft when the yardstick is wrong', async () => {
    const gate = parserGate('parse100', 1.5);
    const broken = { ...gate, yardstick: { ...gate.yardstick, work: 'parseWrong' } };
    await expect(run(broken)).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('an exponent gate with real processes', () => {
  test('does not fail linear work', async () => {
    const result = await run(drainGate('drainByIndex', [100_000, 200_000, 400_000, 800_000]));
    expect(result.outcome).not.toBe('failed');
    expect(result.note).toMatch(/^100000: .* ms, 200000: .* ms, 400000: .* ms, 800000: .* ms$/);
  });

  test('does not pass quadratic work', async () => {
    const result = await run(drainGate('drainByMoving', [10_000, 20_000, 40_000, 80_000]));
    expect(result.outcome).not.toBe('passed');
    if (result.outcome === 'failed') expect(result.reason).toContain('twice the size takes');
  });
});

describe('every gate', () => {
  test('leaves no process behind', async () => {
    expect(started.length).toBeGreaterThan(0);
    for (const subject of started) expect(await subject.exit).toBeDefined();
  });

  test('stops at once when the run is stopped, in the middle of a call', async () => {
    const stop = new AbortController();
    const before = started.length;
    const running = run(parserGate('never', 1.5), {
      signal: stop.signal,
      onProgress: () => setImmediate(() => stop.abort()),
    });
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
    for (const subject of started.slice(before)) await subject.exit;
  });

  test('does not begin when the run was stopped before', async () => {
    const before = started.length;
    await expect(run(count, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(started).toHaveLength(before);
  });

  test('runs in the order given, one at a time', async () => {
    const events: string[] = [];
    const noting = (id: string): CountGate => ({
      ...count,
      id,
      measure: async () => {
        events.push(`${id} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`${id} ends`);
        return { value: 0 };
      },
    });
    const gates = [noting('b'), noting('a')];
    const results = await runGates({ gates, build, driverDirectory, start: startSubject, seed, scratchRoot });
    expect(results.map((result) => result.id)).toEqual(['b', 'a']);
    expect(events).toEqual(['b begins', 'b ends', 'a begins', 'a ends']);
  });
});
