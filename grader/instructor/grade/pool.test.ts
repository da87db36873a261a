/** Retries and interruptions, with judges that do as they are told; grade.test.ts has real ones. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CraftError } from '../../core/errors.ts';
import { GraderFault, type Judge, startJudge } from './judgeprocess.ts';
import { type Judged, judgeAll } from './pool.ts';
import type { JudgeTask } from './protocol.ts';
import type { Observation } from './score.ts';
import { createTurns, type MachineLock } from './turns.ts';

const passed: Observation = { verdict: { outcome: 'passed' }, checks: [], gates: [], rounds: 0 };
const broken: Observation = {
  ...passed,
  verdict: { outcome: 'error', code: 'INTERNAL', summary: 'a bug in a check' },
};
const alone: MachineLock = (work) => work();

type Answer = (exercise: string, signal: AbortSignal) => Promise<Observation>;

interface Ran {
  readonly results: Map<string, Judged>;
  readonly started: number;
  readonly closed: number;
}

async function run(cells: readonly string[], answer: Answer, jobs = 2, stop?: AbortController): Promise<Ran> {
  const results = new Map<string, Judged>();
  const judges = { started: 0, closed: 0 };
  const startFake = (): Judge => {
    judges.started++;
    return {
      usable: true,
      judge: (task, signal) => answer(task.exercise, signal),
      close: async () => {
        judges.closed++;
      },
    };
  };
  await judgeAll(cells, {
    jobs,
    signal: (stop ?? new AbortController()).signal,
    turns: createTurns(alone),
    startJudge: startFake,
    prepare: async (cell) => ({ task: { exercise: cell } as JudgeTask, done: async () => {} }),
    onJudged: (cell, judged) => results.set(cell, judged),
  }).catch((error: unknown) => {
    expect(judges.closed).toBe(judges.started);
    throw error;
  });
  return { results, ...judges };
}

describe('a cell', () => {
  test('is tried again by another judge when one fails, three times in all', async () => {
    const tries = new Map<string, number>();
    const answer: Answer = async (exercise) => {
      const now = (tries.get(exercise) ?? 0) + 1;
      tries.set(exercise, now);
      if (exercise === 'dies' && now < 3) throw new GraderFault('gone');
      if (exercise === 'never') throw new GraderFault(`gone ${now}`);
      if (exercise === 'bug') return broken;
      return passed;
    };
    const { results, started, closed } = await run(['fine', 'dies', 'never', 'bug', 'last'], answer);
    expect(Object.fromEntries(tries)).toEqual({ fine: 1, dies: 3, never: 3, bug: 3, last: 1 });
    expect(results.get('dies')).toMatchObject({ attempts: 3, observation: passed });
    expect(results.get('never')).toMatchObject({ attempts: 3, graderError: 'gone 3' });
    expect(results.get('bug')).toMatchObject({ attempts: 3, graderError: 'a bug in a check' });
    expect(results.get('last')).toMatchObject({ attempts: 1 });
    expect(started).toBeGreaterThanOrEqual(9);
    expect(closed).toBe(started);
  });

  test('is given up when the grader is interrupted, and so is the rest', async () => {
    const stop = new AbortController();
    const asked: string[] = [];
    const answer: Answer = (exercise, signal) => {
      asked.push(exercise);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new CraftError('INTERRUPTED')));
        if (asked.length === 2) stop.abort();
      });
    };
    const ran = run(['a', 'b', 'c'], answer, 2, stop);
    await expect(ran).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(asked).toEqual(['a', 'b']);
  });

  test('whose record cannot be kept ends the run with that reason', async () => {
    const full = new CraftError('DISK_FULL', { path: 'run.jsonl' });
    const ran = judgeAll(['a', 'b', 'c'], {
      jobs: 2,
      signal: new AbortController().signal,
      turns: createTurns(alone),
      startJudge: () => ({ usable: true, judge: async () => passed, close: async () => {} }),
      prepare: async () => ({ task: {} as JudgeTask, done: async () => {} }),
      onJudged: () => {
        throw full;
      },
    });
    await expect(ran).rejects.toBe(full);
  });
});

describe('a real judge', () => {
  test('that cannot do its task says why, and one that is ended is a fault of the grader', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'craft-judge-'));
    const turns = createTurns(alone);
    const options = { temporary: folder, turns, deadlines: { checksMs: 60_000, gatesMs: 60_000 } };
    const judge = startJudge(options);
    const task: JudgeTask = { root: folder, state: folder, exercise: 'none', sets: [], gates: [], seed: '0' };
    const signal = new AbortController().signal;
    try {
      await expect(judge.judge(task, signal)).rejects.toThrow('There is no exercise "none"');
      expect(judge.usable).toBe(true);
      // It takes longer than that to start.
      const impatient = startJudge({ ...options, deadlines: { checksMs: 1, gatesMs: 1 } });
      await expect(impatient.judge(task, signal)).rejects.toThrow('did not answer within 0.001 s');
      expect(impatient.usable).toBe(false);
      await impatient.close();
      const closing = judge.close();
      await expect(judge.judge(task, signal)).rejects.toBeInstanceOf(GraderFault);
      await closing;
    } finally {
      await judge.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
