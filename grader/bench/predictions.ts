/**
 * What the student expected before the first bench: `.craft/predictions.json`. The guess that counts is the last
 * one made before the first bench; what is said later is kept beside it and changes nothing.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Decoded, decode } from '../core/decode.ts';
import { CraftError } from '../core/errors.ts';
import { errno, type FileOps, realOps, writeAtomic, writing } from '../core/files.ts';
import { isNumber, isText, like, listOf, mapOf, oneOf, optional, type Shape } from '../core/shape.ts';
import type { Notice, Workspace } from '../core/types.ts';
import { benchFolder, sweep } from './folder.ts';
import type { Guess, Measurement, PredictedFigure, Prediction, PredictionCheck } from './types.ts';

interface Predictions {
  readonly schema: 1;
  readonly exercises: Readonly<Record<string, Prediction>>;
}

const guessShape: Shape = {
  answer: isText,
  rate: optional(isNumber),
  p99: optional(isNumber),
  at: isText,
  beforeFirstBench: oneOf(true, false),
};
const fileShape: Shape = {
  schema: oneOf(1),
  exercises: mapOf(like({ ...guessShape, revisions: listOf(like(guessShape)) })),
};

/** The prediction for an exercise; none when there is none that can be read. */
export function predictionFor(workspace: Workspace, exercise: string): Prediction | undefined {
  const read = readAll(workspace);
  if (!('value' in read)) return undefined;
  const { exercises } = read.value;
  return Object.hasOwn(exercises, exercise) ? exercises[exercise] : undefined;
}

/**
 * Adds a guess. Call it under a lock. A file that cannot be read is moved aside, which `onNotice` says;
 * `PROGRESS_NEWER` for one of a newer craft.
 */
export function addGuess(
  workspace: Workspace,
  exercise: string,
  guess: Guess,
  onNotice: (notice: Notice) => void,
  ops: FileOps = realOps,
): Prediction {
  const path = predictionsPath(workspace);
  const read = readAll(workspace);
  if ('newerCraft' in read) throw new CraftError('PROGRESS_NEWER', { path, craft: read.newerCraft });
  if ('wrong' in read) onNotice(setAside(workspace, guess.at, ops));
  const exercises = 'value' in read ? read.value.exercises : {};
  const old = Object.hasOwn(exercises, exercise) ? exercises[exercise] : undefined;
  const prediction = withGuess(old, guess);
  const all: Predictions = { schema: 1, exercises: { ...exercises, [exercise]: prediction } };
  // Not beside progress.json: whoever writes that removes temporary files there, of which he knows only his own.
  const temporary = benchFolder(workspace);
  sweep(temporary, ops);
  writeAtomic(path, `${JSON.stringify(all, null, 2)}\n`, { temporary, ops });
  return prediction;
}

/**
 * The figures of a prediction against a measurement; the answer in words has none, and neither has a load at a
 * fixed rate: that rate is the user's own, and its latencies answer another question.
 */
export function checkPrediction(prediction: Prediction, measurement: Measurement): PredictionCheck {
  const { rate, latency, outcomes } = measurement.result;
  if (measurement.spec.mode.kind === 'open') return { prediction, figures: [] };
  const figure = (
    what: 'rate' | 'p99',
    predicted: number | undefined,
    measured: number | null,
  ): PredictedFigure[] => {
    if (predicted === undefined) return [];
    return [
      {
        what,
        predicted,
        measured,
        ratio: measured === null || !(predicted > 0) ? null : measured / predicted,
      },
    ];
  };
  return {
    prediction,
    figures: [
      ...figure('rate', prediction.rate, outcomes.succeeded === 0 ? null : rate),
      ...figure('p99', prediction.p99, latency?.p99 ?? null),
    ],
  };
}

function withGuess(old: Prediction | undefined, guess: Guess): Prediction {
  if (old === undefined) return { ...guess, revisions: [] };
  const { revisions, ...counting } = old;
  return guess.beforeFirstBench
    ? { ...guess, revisions: [...revisions, counting] }
    : { ...counting, revisions: [...revisions, guess] };
}

function predictionsPath(workspace: Workspace): string {
  return join(workspace.state, 'predictions.json');
}

function readAll(workspace: Workspace): Decoded<Predictions> {
  let text: string;
  try {
    text = readFileSync(predictionsPath(workspace), 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return { value: { schema: 1, exercises: {} } };
    return { wrong: errno(error) };
  }
  try {
    return decode<Predictions>(JSON.parse(text), fileShape);
  } catch {
    return { wrong: 'not JSON' };
  }
}

/** The student's words are in it, damaged or not: nothing is deleted. */
function setAside(workspace: Workspace, at: string, ops: FileOps): Notice {
  const stamp = at.replaceAll(':', '-').replace('Z', '');
  let target = join(workspace.state, `predictions.broken-${stamp}.json`);
  for (let i = 2; existsSync(target); i++)
    target = join(workspace.state, `predictions.broken-${stamp}-${i}.json`);
  writing(target, () => ops.rename(predictionsPath(workspace), target));
  return {
    code: 'PREDICTIONS_BROKEN',
    text: `predictions.json was broken and is kept as ${target}; new predictions begin an empty one.`,
  };
}
