import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Workspace } from '../core/types.ts';
import { measurement, result } from '../fixtures/bench.ts';
import { bareWorkspace } from '../fixtures/progress/workspace.ts';
import { addGuess, checkPrediction, predictionFor } from './predictions.ts';
import type { Guess, Prediction } from './types.ts';

const monitor = '0-poc/06-monitor';
const file = (workspace: Workspace): string => join(workspace.state, 'predictions.json');
const guess = (answer: string, beforeFirstBench: boolean, change: Partial<Guess> = {}): Guess => {
  return { answer, at: '2026-11-23T10:00:00.000Z', beforeFirstBench, ...change };
};
const add = (workspace: Workspace, each: Guess, exercise = monitor): Prediction =>
  addGuess(workspace, exercise, each, ({ text }) => {
    throw new Error(text);
  });

describe('a prediction', () => {
  test('is kept, for its exercise alone', () => {
    const workspace = bareWorkspace();
    expect(predictionFor(workspace, monitor)).toBeUndefined();
    const said = guess('the store', true, { rate: 5_000, p99: 3 });
    add(workspace, said);
    expect(predictionFor(workspace, monitor)).toEqual({ ...said, revisions: [] });
    expect(predictionFor(workspace, 'constructor')).toBeUndefined();
  });

  test('may be changed until the first bench; what is said later is a revision', () => {
    const workspace = bareWorkspace();
    for (const each of [guess('a', true), guess('b', true), guess('c', false), guess('d', false)])
      add(workspace, each);
    const prediction = predictionFor(workspace, monitor);
    expect(prediction?.answer).toBe('b');
    expect(prediction?.revisions.map(({ answer }) => answer)).toEqual(['a', 'c', 'd']);
  });

  test('said only after the first bench is marked so, and stays the first', () => {
    const workspace = bareWorkspace();
    for (const answer of ['late', 'later']) add(workspace, guess(answer, false));
    expect(predictionFor(workspace, monitor)).toMatchObject({ answer: 'late', beforeFirstBench: false });
  });

  test.each(['{"schema":1,', '[]', '', '{"schema":1,"exercises":{"x":{"answer":1}}}'])(
    'takes the place of a file that is broken (%s), which is kept',
    (text) => {
      const workspace = bareWorkspace();
      writeFileSync(file(workspace), text);
      expect(predictionFor(workspace, monitor)).toBeUndefined();
      const notices: string[] = [];
      for (const answer of ['a', 'b'])
        addGuess(workspace, monitor, guess(answer, true), ({ code }) => notices.push(code));
      expect(notices).toEqual(['PREDICTIONS_BROKEN']);
      const [aside = ''] = readdirSync(workspace.state).filter((name) => name.includes('broken'));
      expect(readFileSync(join(workspace.state, aside), 'utf8')).toBe(text);
      expect(predictionFor(workspace, monitor)?.answer).toBe('b');
    },
  );

  test('is not written over those of a newer craft', () => {
    const workspace = bareWorkspace();
    writeFileSync(file(workspace), '{"schema":2}');
    expect(() => add(workspace, guess('a', true))).toThrow(
      expect.objectContaining({ code: 'PROGRESS_NEWER' }),
    );
    expect(readFileSync(file(workspace), 'utf8')).toBe('{"schema":2}');
    expect(existsSync(file(workspace))).toBe(true);
  });
});

describe('against a measurement', () => {
  const prediction: Prediction = { ...guess('', true, { rate: 5_000, p99: 2 }), revisions: [] };
  const measured = { ...measurement, result: { ...result, rate: 12_500 } };

  test('each figure has its ratio', () => {
    expect(checkPrediction(prediction, measured).figures).toEqual([
      { what: 'rate', predicted: 5_000, measured: 12_500, ratio: 2.5 },
      { what: 'p99', predicted: 2, measured: result.latency?.p99, ratio: (result.latency?.p99 ?? 0) / 2 },
    ]);
  });

  test('at a fixed rate nothing is compared: that rate is the user’s own, and its p99 another question', () => {
    const open = { ...measured, spec: { ...measured.spec, mode: { kind: 'open', rate: 500 } as const } };
    expect(checkPrediction(prediction, open).figures).toEqual([]);
  });

  test('words have none, and neither has what was not measured', () => {
    expect(checkPrediction({ ...guess('x', true), revisions: [] }, measured).figures).toEqual([]);
    const outcomes = { ...result.outcomes, succeeded: 0 };
    const none = { ...measurement, result: { ...result, outcomes, rate: 0, latency: null } };
    expect(checkPrediction(prediction, none).figures[0]).toMatchObject({ measured: null, ratio: null });
    expect(checkPrediction(prediction, none).figures[1]).toEqual({
      what: 'p99',
      predicted: 2,
      measured: null,
      ratio: null,
    });
  });
});
