/** Checks what is read back from `.craft/`: anybody may have edited it. */
import { type Decoded, decode } from '../core/decode.ts';
import { errorCodes } from '../core/errors.ts';
import {
  isCount,
  isNumber,
  isRecord,
  isText,
  like,
  listOf,
  mapOf,
  misfit,
  oneOf,
  optional,
  type Shape,
  type Test,
} from '../core/shape.ts';
import type { Attempt, ExerciseProgress, Progress } from '../core/types.ts';

/** The value as progress, or what is wrong with it. */
export function decodeProgress(value: unknown): Decoded<Progress> {
  const decoded = decode<Progress>(value, progressShape);
  if (!('value' in decoded)) return decoded;
  const { craft, current, nextAttempt, exercises } = decoded.value;
  const copies = Object.entries(exercises).map(([id, exercise]) => [id, copyExercise(exercise)] as const);
  return { value: { schema: 1, craft, current, nextAttempt, exercises: Object.fromEntries(copies) } };
}

/** The value as an attempt, or `undefined`. */
export function decodeAttempt(value: unknown): Attempt | undefined {
  return misfit(value, attemptShape) === undefined ? (value as Attempt) : undefined;
}

const isCode = oneOf(...errorCodes);
const isLimited: Test = (value) => isCount(value) && value <= 3;

const progressShape: Shape = {
  schema: oneOf(1),
  craft: isText,
  current: (value) => value === null || isText(value),
  nextAttempt: (value) => isCount(value) && value >= 1,
  exercises: mapOf(
    like({
      attempts: isCount,
      passed: optional(isCount),
      lastPassed: optional(isCount),
      lastAttempt: optional(isCount),
      hints: isLimited,
      gaveUp: optional(isText),
      best: mapOf(like({ value: isNumber, unit: isText })),
    }),
  ),
};

const isVerdict: Test = (value) => {
  if (!isRecord(value)) return false;
  if (value.outcome === 'passed') return true;
  const explained = isCode(value.code) && isText(value.summary);
  const stages = {
    failed: ['compile', 'rules', 'behaviour', 'gate'],
    inconclusive: ['gate'],
    error: [undefined],
  };
  const allowed: readonly unknown[] | undefined = new Map(Object.entries(stages)).get(String(value.outcome));
  return explained && allowed?.includes(value.stage) === true;
};

const place: Shape = { file: isText, line: isNumber, column: isNumber };

const failureShape: Shape = {
  code: isCode,
  summary: isText,
  expected: optional(isText),
  received: optional(isText),
  where: optional(isText),
  cause: optional(isText),
  exhibit: optional(isText),
  curl: optional(isText),
};

const attemptShape: Shape = {
  schema: oneOf(1),
  number: isCount,
  exercise: isText,
  startedAt: isText,
  ms: isNumber,
  seed: isText,
  only: optional(oneOf('behaviour', 'gate')),
  craft: isText,
  node: isText,
  verdict: isVerdict,
  diagnostics: listOf(like({ ...place, code: isText, message: isText })),
  violations: listOf(like({ ...place, api: isText, why: isText })),
  checks: listOf(
    like({
      id: isText,
      title: isText,
      status: oneOf('passed', 'failed'),
      ms: isNumber,
      seed: isText,
      failure: optional(like(failureShape)),
    }),
  ),
  missing: listOf(isText),
  gates: listOf(
    like({
      id: isText,
      title: isText,
      kind: oneOf('count', 'exponent', 'ratio', 'abs'),
      outcome: oneOf('passed', 'failed', 'inconclusive'),
      limit: isNumber,
      // JSON has no NaN: a gate that could not measure is stored as null.
      measured: (value) => value === null || isNumber(value),
      unit: isText,
      better: oneOf('lower', 'higher'),
      yardstick: optional(like({ name: isText, value: isNumber, unit: isText })),
      reference: isText,
      advice: isText,
      reason: optional(isText),
    }),
  ),
  unlocked: listOf(isText),
  output: isText,
};

/** Only the known fields, so that nothing else survives an update. */
function copyExercise({
  attempts,
  passed,
  lastPassed,
  lastAttempt,
  hints,
  gaveUp,
  best,
}: ExerciseProgress): ExerciseProgress {
  return {
    attempts,
    hints,
    best,
    ...(gaveUp === undefined ? {} : { gaveUp }),
    ...(passed === undefined ? {} : { passed }),
    ...(lastPassed === undefined ? {} : { lastPassed }),
    ...(lastAttempt === undefined ? {} : { lastAttempt }),
  };
}
