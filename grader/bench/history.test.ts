import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { realOps } from '../core/files.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { Workspace } from '../core/types.ts';
import { failing, measurement, open, result, run, runWith, spec, sweep } from '../fixtures/bench.ts';
import { bareWorkspace } from '../fixtures/progress/workspace.ts';
import { bestFigures } from './best.ts';
import { openHistory } from './history.ts';
import { predictionFor } from './predictions.ts';
import { loadSaved, saveProgram } from './saved.ts';
import type { BenchRun } from './types.ts';

const monitor = '0-poc/06-monitor';
const ingest = { kind: 'exercise', name: '0.3 The front door', exercise: '0-poc/03-ingest' } as const;
const bench = (workspace: Workspace, name = ''): string => join(workspace.state, 'bench', name);
const fast = runWith({ result: { ...result, rate: 9_000 } });

describe('history', () => {
  test('a workspace without benches has none, and asking writes nothing', () => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    expect([history.all(), history.newest(monitor), history.best(monitor)]).toEqual([
      [],
      undefined,
      undefined,
    ]);
    expect(readdirSync(workspace.state)).toEqual(['workspace.json']);
  });

  test('runs come back as they were, with growing numbers', () => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    const kept = [run, sweep, runWith({ target: ingest }), runWith(open)].map((each) => history.record(each));
    expect(kept.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(openHistory(workspace).all()).toEqual(kept);
    expect(history.newest(monitor)).toEqual(kept[3]);
    expect(history.previous(monitor, 4)).toEqual(kept[1]);
    expect(history.previous(monitor, 1)).toBeUndefined();
    expect(history.newest('0-poc/03-ingest')).toEqual(kept[2]);
    expect(history.takeNotices()).toEqual([]);
  });

  test('a number is not given again when its run was deleted', () => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    history.record(run);
    history.record(run);
    rmSync(bench(workspace, '2.json'));
    expect(history.record(run).number).toBe(3);
    rmSync(bench(workspace, 'best.json'));
    expect(openHistory(workspace).record(run).number).toBe(4);
  });

  test.each([
    ['cut short', '{"schema":1,"numb', 'BENCH_BROKEN', 'not JSON'],
    ['of another shape', '{"schema":1,"number":2}', 'BENCH_BROKEN', 'startedAt'],
    ['a copy of another run', JSON.stringify({ ...run, number: 1 }), 'BENCH_BROKEN', 'number'],
    [
      'spoilt deep inside',
      JSON.stringify({ ...run, number: 2 }).replace('"kind":"closed"', '"kind":"c"'),
      'BENCH_BROKEN',
      'measurements',
    ],
    ['without a measurement', JSON.stringify({ ...run, number: 2, measurements: [] }), 'BENCH_BROKEN', ''],
    ['of a newer craft', '{"schema":2,"craft":"3.0.0","number":2}', 'BENCH_NEWER', '3.0.0'],
  ])('a file that is %s is left out, said once, and left alone', (_, text, code, says) => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    for (let i = 0; i < 3; i++) history.record(run);
    writeFileSync(bench(workspace, '2.json'), text);
    for (let i = 0; i < 2; i++) expect(history.all().map(({ number }) => number)).toEqual([1, 3]);
    expect(history.takeNotices()).toEqual([{ code, text: expect.stringContaining(says) }]);
    expect(history.takeNotices()).toEqual([]);
    expect(history.record(run).number).toBe(4);
    expect(readFileSync(bench(workspace, '2.json'), 'utf8')).toBe(text);
  });

  test('what is not named like a run is nobody’s business', () => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    history.record(run);
    mkdirSync(bench(workspace, '7.json'));
    for (const name of ['notes.txt', '08.json', '0.json', '1.json.bak', '123456789.json'])
      writeFileSync(bench(workspace, name), 'x');
    expect(history.all()).toHaveLength(1);
    expect([history.takeNotices(), history.record(run).number]).toEqual([[], 2]);
  });

  test('a disk without hard links keeps runs too, and one that refuses is said', () => {
    const workspace = bareWorkspace();
    const refuse = (code: string) => (): never => {
      throw Object.assign(new Error(code), { code });
    };
    const linkless = openHistory(workspace, { ...realOps, link: refuse('EPERM') });
    expect([linkless.record(run).number, linkless.record(run).number]).toEqual([1, 2]);
    expect(linkless.all()).toHaveLength(2);
    const full = openHistory(workspace, { ...realOps, write: refuse('ENOSPC') });
    expect(() => full.record(run)).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    expect(openHistory(workspace).all()).toHaveLength(2);
    expect(readdirSync(bench(workspace)).sort()).toEqual(['1.json', '2.json', 'best.json']);
  });
});

describe('best figures', () => {
  const better = { ...result, rate: 99_999 };
  test.each([
    ['the open loop', { ...open, bottleneck: measurement.bottleneck, result: better }],
    ['a failed request', { result: { ...failing, rate: 99_999 } }],
    ['one wrong status', { result: { ...better, outcomes: { ...result.outcomes, statuses: { 503: 1 } } } }],
    ['a request without an end', { result: { ...better, sent: result.sent + 1 } }],
    ['a doubt', { result: better, bottleneck: { ...measurement.bottleneck, doubtful: true } }],
    ['an early end', { result: { ...better, interrupted: true } }],
    ['another program', { result: better, target: { kind: 'solution', name: 's', exercise: monitor } }],
    ['no success', { result: { ...better, sent: 0, outcomes: { ...result.outcomes, succeeded: 0 } } }],
  ] as const)('do not count a run with %s', (_, change) => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    history.record(runWith(change));
    expect(history.best(monitor)).toBeUndefined();
    history.record(run);
    expect(history.best(monitor)).toMatchObject({ number: 2, rate: result.rate, clients: spec.clients });
  });

  test('are the highest of all runs and of all client counts', () => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    for (const each of [run, sweep, runWith({ target: ingest })]) history.record(each);
    expect(history.best(monitor)).toMatchObject({ number: 2, rate: 6_200, clients: 50 });
    expect(history.best('0-poc/03-ingest')?.number).toBe(3);
    history.record(fast);
    expect(history.best(monitor)).toMatchObject({ number: 4, rate: 9_000 });
  });

  test.each(['missing', '{"schema":1,"last":', '{"schema":1,"last":1e300,"runs":{}}', '[]'])(
    'are read from the runs when best.json is %s',
    (text) => {
      const workspace = bareWorkspace();
      openHistory(workspace).record(fast);
      if (text === 'missing') rmSync(bench(workspace, 'best.json'));
      else writeFileSync(bench(workspace, 'best.json'), text);
      expect(bestFigures(workspace).get(monitor)?.rate).toBe(9_000);
      expect(JSON.parse(readFileSync(bench(workspace, 'best.json'), 'utf8'))).toMatchObject({ last: 1 });
    },
  );

  test('follow runs that come, change and go without them', () => {
    const workspace = bareWorkspace();
    const history = openHistory(workspace);
    history.record(run);
    writeFileSync(bench(workspace, '2.json'), JSON.stringify({ ...fast, number: 2 }));
    expect(bestFigures(workspace).get(monitor)?.number).toBe(2);
    writeFileSync(bench(workspace, '2.json'), 'damaged by now');
    expect(bestFigures(workspace).get(monitor)?.number).toBe(1);
    rmSync(bench(workspace, '1.json'));
    expect(bestFigures(workspace).size).toBe(0);
  });

  test('need no disk that can be written', () => {
    const workspace = bareWorkspace();
    openHistory(workspace).record(run);
    rmSync(bench(workspace, 'best.json'));
    const create = (): never => {
      throw Object.assign(new Error('EROFS'), { code: 'EROFS' });
    };
    expect(bestFigures(workspace, { ...realOps, create }).get(monitor)?.number).toBe(1);
  });
});

function prepared(): Workspace {
  const workspace = bareWorkspace();
  mkdirSync(join(workspace.root, 'program', 'lib'), { recursive: true });
  writeFileSync(join(workspace.root, 'program', 'serve.js'), 'old');
  writeFileSync(join(workspace.root, 'program', 'lib', 'part.js'), 'part');
  saveProgram(workspace, 'before', join(workspace.root, 'program'), 'serve.js', run);
  writeFileSync(join(workspace.root, 'program', 'serve.js'), 'new');
  writeFileSync(join(workspace.root, 'run.json'), JSON.stringify(fast));
  writeFileSync(
    join(workspace.state, 'predictions.json'),
    `{"schema":1,"exercises":{"${monitor}":{"answer":"old","at":"2026-11-23T00:00:00.000Z","beforeFirstBench":true,"revisions":[]}}}`,
  );
  openHistory(workspace).record(run);
  return workspace;
}

const script = join(import.meta.dirname, '../fixtures/bench-once.mjs');

function child(workspace: Workspace, scenario: string, ...at: string[]): { count: number; writes: number[] } {
  const args = [script, builtGraderRoot, workspace.root, scenario, join(workspace.root, 'run.json'), ...at];
  try {
    return JSON.parse(execFileSync(process.execPath, args).toString());
  } catch (error) {
    if ((error as { signal?: unknown }).signal === 'SIGKILL') return { count: -1, writes: [] };
    throw error;
  }
}

/** What a reader finds, whichever moment it comes at. */
function found(workspace: Workspace): unknown {
  const history = openHistory(workspace);
  const saved = loadSaved(workspace, 'before');
  return {
    runs: history.all().map((each) => each.measurements[0]?.result.rate),
    notices: history.takeNotices(),
    best: history.best(monitor)?.rate,
    program: [saved.run.measurements[0]?.result.rate, readFileSync(saved.entry, 'utf8')],
    part: readFileSync(join(saved.folder, 'lib', 'part.js'), 'utf8'),
    prediction: predictionFor(workspace, monitor)?.answer,
  };
}

describe('kill -9 at every file operation', () => {
  test.each(['record', 'save', 'predict'])(
    'of %s leaves the old state or the new one',
    (scenario) => {
      const clean = prepared();
      const before = found(clean);
      const { count, writes } = child(clean, scenario);
      const after = found(clean);
      expect(after).not.toEqual(before);
      expect(count).toBeGreaterThan(5);
      const cases = [
        ...Array.from({ length: count }, (_, i) => [String(i + 1), 'before'] as const),
        ...writes.map((operation) => [String(operation), 'half'] as const),
      ];
      for (const [operation, moment] of cases) {
        const where = `${scenario}, killed ${moment} ${operation}`;
        const workspace = prepared();
        expect(child(workspace, scenario, operation, moment).count, where).toBe(-1);
        expect([before, after], where).toContainEqual(found(workspace));
        // Whatever was left is gone once it is old, and the next one works.
        age(bench(workspace));
        const number = openHistory(workspace).record(run).number;
        expect(openHistory(workspace).newest(monitor)?.number, where).toBe(number);
        saveProgram(workspace, 'before', join(workspace.root, 'program'), 'serve.js', fast);
        const left = readdirSync(bench(workspace), { recursive: true, encoding: 'utf8' }).filter(
          (name) => name.includes('tmp') || /saved\/before\/\d+-[^/]+$/.test(name),
        );
        expect(left, `${where}: leftovers`).toHaveLength(1);
        // Who writes progress.json removes what is temporary beside it: nothing of ours may be there.
        expect(readdirSync(workspace.state).filter((name) => name.includes('tmp'))).toEqual([]);
      }
    },
    120_000,
  );

  function age(folder: string): void {
    const longAgo = new Date(Date.now() - 7_200_000);
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).reverse())
      utimesSync(join(entry.parentPath, entry.name), longAgo, longAgo);
  }
});

test('of two craft at once none overwrites the other’s run', async () => {
  const workspace = prepared();
  const args = [script, builtGraderRoot, workspace.root, 'many', join(workspace.root, 'run.json')];
  const two = [1, 2].map(() => spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
  for (const [code] of await Promise.all(two.map((each) => once(each, 'exit')))) expect(code).toBe(0);
  const all: readonly BenchRun[] = openHistory(workspace).all();
  expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
  expect(bestFigures(workspace).get(monitor)?.rate).toBe(9_000);
});
