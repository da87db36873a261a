import { expect, test } from 'vitest';
import { CraftError } from '../core/errors.ts';
import type { Attempt, Exercise, Only } from '../core/types.ts';
import { run as benchRun } from '../fixtures/bench.ts';
import { attempt, passedGate, plain, viewOf } from '../fixtures/report.ts';
import type { View } from '../report/views.ts';
import { closingLines, keysOf, statusLine, type WatchState } from '../report/watch.ts';
import { WatchLoop, type WatchPorts } from './loop.ts';

const queue: Exercise = {
  id: '0-poc/01-queue',
  number: '0.1',
  craft: '0-poc',
  slug: 'queue',
  title: 'A bounded queue',
  summary: '',
  minutes: 20,
  files: ['queue.ts'],
  given: [],
  imports: [],
  prerequisites: [],
  checks: ['fifo'],
  gates: ['drain'],
  forbid: [],
  allow: [],
  directory: '/nowhere',
};
const store: Exercise = {
  ...queue,
  id: '0-poc/02-store',
  number: '0.2',
  slug: 'store',
  title: 'A store of lines',
};

interface Run {
  readonly exercise: Exercise;
  readonly only: Only | undefined;
  readonly signal: AbortSignal;
  stage(stage: 'compile' | 'behaviour' | 'gate'): void;
  finish(change?: Partial<Attempt>): void;
  fail(error: unknown): void;
}

interface Bench {
  readonly exercise: Exercise;
  readonly signal: AbortSignal;
  say(detail: string): void;
  finish(): void;
}

const serves = { file: 'serve.ts', method: 'POST', path: '/metrics', status: 202 } as const;

const failed = {
  verdict: { outcome: 'failed', stage: 'behaviour', code: 'EXPECTATION', summary: 'no' },
} as const;
const passed = { verdict: { outcome: 'passed' }, gates: [passedGate] } as const;

/** A loop whose runs end when the test says so. */
function watching(first: Exercise = queue) {
  const runs: Run[] = [];
  const states: WatchState[] = [];
  const passedIds = new Set<string>();
  let wake = (): void => {};
  const hint: View = {
    view: 'hint',
    data: { schema: 1, exercise: queue.id, number: '0.1', title: '', level: 1, text: 'think', left: 2 },
  };
  const reset: View = {
    view: 'reset',
    data: { schema: 1, exercise: queue.id, changed: [], absent: [], copies: [] },
    root: '/',
    cwd: '/',
  };
  const bench: View = { view: 'bench', data: { run: benchRun } };
  const benches: Bench[] = [];
  const resets: string[] = [];
  const ports: WatchPorts = {
    run: (exercise, only, signal, onProgress) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new CraftError('INTERRUPTED')));
        const finish = (change: Partial<Attempt> = passed): void => {
          if ({ ...attempt, ...change }.verdict.outcome === 'passed' && only === undefined)
            passedIds.add(exercise.id);
          resolve(viewOf(change));
        };
        const stage: Run['stage'] = (name) => onProgress({ stage: name, detail: '' });
        runs.push({ exercise, only, signal, stage, finish, fail: reject });
        wake();
      }),
    bench: (exercise, signal, onProgress) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new CraftError('INTERRUPTED')));
        const say = (detail: string): void => onProgress({ stage: 'bench', detail });
        benches.push({ exercise, signal, say, finish: () => resolve(bench) });
        wake();
      }),
    standing: async (exercise) => ({
      passed: passedIds.has(exercise.id),
      next: passedIds.has(queue.id) && !passedIds.has(store.id) ? store : null,
    }),
    hint: async () => hint,
    list: async () => hint,
    reset: async (exercise) => {
      resets.push(exercise.id);
      return reset;
    },
    enter: async () => hint,
    show: (state) => {
      states.push(state);
      wake();
    },
  };
  const loop = new WatchLoop(first, ports);
  const state = (): WatchState => {
    const last = states.at(-1);
    if (last === undefined) throw new Error('nothing was shown');
    return last;
  };
  /** Waits until the loop has got there; every step of it wakes us. */
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const run = async (number: number): Promise<Run> => {
    await until(() => runs.length >= number);
    const found = runs[number - 1];
    if (found === undefined) throw new Error('unreachable');
    return found;
  };
  const waiting = (): Promise<void> => until(() => state().phase === 'waiting');
  const keys = (): string =>
    keysOf(state())
      .map(({ key }) => key)
      .join('');
  return { loop, runs, state, run, waiting, until, keys, resets, hint, reset, bench, benches };
}

test('it judges once at the start, then waits', async () => {
  const { loop, run, waiting, state, keys } = watching();
  const ended = loop.start();
  const first = await run(1);
  expect(keys()).toBe('q');
  first.finish(failed);
  await waiting();
  expect(state().body).toMatchObject([{ view: 'attempt' }]);
  expect(keys()).toBe('vhlrq');
  loop.key('q');
  await ended;
});

test('a save starts a run; a save during a run is followed by another run', async () => {
  const { loop, run, runs, waiting } = watching();
  void loop.start();
  (await run(1)).finish(failed);
  await waiting();
  loop.saved();
  const second = await run(2);
  loop.saved();
  loop.saved();
  expect(runs.length).toBe(2);
  second.finish(failed);
  (await run(3)).finish(failed);
  await waiting();
  expect(runs.length).toBe(3);
});

test('a save during the gate stops the gate: it would measure text that is gone', async () => {
  const { loop, run, waiting, state } = watching();
  void loop.start();
  const first = await run(1);
  first.stage('gate');
  loop.saved();
  expect(first.signal.aborted).toBe(true);
  (await run(2)).finish(failed);
  await waiting();
  expect(state().attempt?.verdict.outcome).toBe('failed');
});

test('success shows n and waits for it', async () => {
  const { loop, run, runs, waiting, state, keys, until } = watching();
  void loop.start();
  (await run(1)).finish(passed);
  await waiting();
  expect(keys()).toBe('nvghlrq');
  expect(state().exercise.number).toBe('0.1');
  expect(closingLines(state(), plain)).toEqual([
    'Press n to go on to 0.2 A store of lines, or stay and improve.',
  ]);
  loop.key('n');
  await until(() => state().exercise.number === '0.2');
  await until(() => state().body.length === 1);
  expect(keys()).toBe('vhlrq');
  expect(runs.length).toBe(1);
  loop.saved();
  expect((await run(2)).exercise.id).toBe(store.id);
});

test('keys that are not shown do nothing', async () => {
  const { loop, run, runs, waiting, state } = watching();
  void loop.start();
  const first = await run(1);
  for (const key of ['v', 'g', 'h', 'l', 'r', 'n', 'x']) loop.key(key);
  first.finish(failed);
  await waiting();
  for (const key of ['g', 'n', 'y', 'b', '\u001b']) loop.key(key);
  expect(runs.length).toBe(1);
  expect(state().phase).toBe('waiting');
});

test('g runs the gate alone, v everything', async () => {
  const { loop, run, waiting } = watching();
  void loop.start();
  (await run(1)).finish(passed);
  await waiting();
  loop.key('g');
  const gate = await run(2);
  expect(gate.only).toBe('gate');
  gate.finish(passed);
  await waiting();
  loop.key('v');
  expect((await run(3)).only).toBeUndefined();
});

test('h and l show their text under the same screen', async () => {
  const { loop, run, waiting, state, until, hint, keys } = watching();
  void loop.start();
  (await run(1)).finish(failed);
  await waiting();
  loop.key('h');
  await until(() => state().body[0] === hint);
  expect(keys()).toBe('vhlrq');
});

test('r asks, n keeps, y resets and keeps the way back above the next verdict', async () => {
  const { loop, run, waiting, state, until, keys, resets, reset } = watching();
  void loop.start();
  (await run(1)).finish(failed);
  await waiting();
  loop.key('r');
  expect(keys()).toBe('yn');
  expect(statusLine(state(), plain)).toBe('Put 0.1 back to the stub? Your text is kept.  y yes  n no');
  loop.key('n');
  expect(state().phase).toBe('waiting');
  expect(resets).toEqual([]);
  loop.key('r');
  loop.key('y');
  await until(() => state().body[0] === reset);
  expect(resets).toEqual([queue.id]);
  loop.saved();
  (await run(2)).finish(failed);
  await waiting();
  expect(state().body).toMatchObject([{ view: 'reset' }, { view: 'attempt' }]);
});

test('q stops a run and ends at once', async () => {
  const { loop, run } = watching();
  const ended = loop.start();
  const first = await run(1);
  loop.key('q');
  await ended;
  expect(first.signal.aborted).toBe(true);
});

test('Ctrl-C and Ctrl-D quit as q does', async () => {
  for (const key of ['\u0003', '\u0004']) {
    const { loop, run } = watching();
    const ended = loop.start();
    await run(1);
    loop.key(key);
    await ended;
  }
});

test('an error that the table knows is shown and the loop goes on; a bug ends it', async () => {
  const { loop, run, waiting, state } = watching();
  const ended = loop.start();
  (await run(1)).fail(new CraftError('DISK_FULL', { path: '/x' }));
  await waiting();
  expect(state().body).toMatchObject([{ view: 'error', data: { error: { code: 'DISK_FULL' } } }]);
  loop.saved();
  (await run(2)).fail(new TypeError('a bug'));
  await expect(ended).rejects.toThrow('a bug');
});

test('the status line says what runs', async () => {
  const { loop, run, state } = watching();
  void loop.start();
  const first = await run(1);
  expect(statusLine(state(), plain)).toBe('… compile   q quit');
  first.stage('behaviour');
  expect(statusLine(state(), plain)).toBe('… behaviour   q quit');
});

test('b is there for an exercise that serves, once its behaviour is right', async () => {
  const { loop, run, waiting, keys } = watching({ ...queue, serves });
  void loop.start();
  (await run(1)).finish(failed);
  await waiting();
  expect(keys()).toBe('vhlrq');
  loop.key('v');
  (await run(2)).finish({ ...failed, gates: [{ ...passedGate, outcome: 'failed' }] });
  await waiting();
  expect(keys()).toBe('vgbhlrq');
  loop.key('v');
  (await run(3)).finish(passed);
  await waiting();
  expect(keys()).toBe('nvgbhlrq');
});

test('b runs a bench and shows it; the verdict before it stays what it was', async () => {
  const { loop, run, runs, waiting, state, until, keys, bench, benches } = watching({ ...queue, serves });
  void loop.start();
  (await run(1)).finish(passed);
  await waiting();
  loop.key('b');
  await until(() => benches.length === 1);
  expect(keys()).toBe('q');
  benches[0]?.say('measuring 1.0 of 3 s, 5,330 requests/s');
  expect(statusLine(state(), plain)).toBe('… bench measuring 1.0 of 3 s, 5,330 requests/s   q quit');
  benches[0]?.finish();
  await waiting();
  expect(state().body).toEqual([bench]);
  expect(state().attempt?.verdict.outcome).toBe('passed');
  expect(keys()).toBe('nvgbhlrq');
  expect(runs.length).toBe(1);
});

test('a save during a bench stops it and is judged; q stops it and ends', async () => {
  const { loop, run, waiting, until, benches } = watching({ ...queue, serves });
  const ended = loop.start();
  (await run(1)).finish(passed);
  await waiting();
  loop.key('b');
  await until(() => benches.length === 1);
  loop.saved();
  expect(benches[0]?.signal.aborted).toBe(true);
  (await run(2)).finish(passed);
  await waiting();
  loop.key('b');
  await until(() => benches.length === 2);
  loop.key('q');
  await ended;
  expect(benches[1]?.signal.aborted).toBe(true);
});
