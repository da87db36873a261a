/** Checks what is read back from `.craft/bench/`: anybody may have edited it. */
import { type Decoded, decode } from '../core/decode.ts';
import {
  isCount,
  isNumber,
  isRecord,
  isText,
  like,
  listOf,
  mapOf,
  oneOf,
  optional,
  type Shape,
  type Test,
} from '../core/shape.ts';
import type { BenchRun } from './types.ts';

/** The value as a run, or why it is none. */
export function decodeRun(value: unknown, number: number): Decoded<BenchRun> {
  const decoded = decode<BenchRun>(value, runShape);
  return 'value' in decoded && decoded.value.number !== number ? { wrong: 'number' } : decoded;
}

const isFlag = oneOf(true, false);
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const isTime: Test = (value) => isText(value) && !Number.isNaN(Date.parse(value));

const isExtent = like({ requests: optional(isNumber), ms: optional(isNumber) });
const isMode: Test = (value) =>
  isRecord(value) && (value.kind === 'closed' || (value.kind === 'open' && isNumber(value.rate)));
const isPayload: Test = (value) => {
  if (!isRecord(value)) return false;
  if (value.kind === 'metrics') return isCount(value.batch) && optional(isNumber)(value.bytes);
  return value.kind === 'none' || (value.kind === 'text' && isText(value.text) && isText(value.contentType));
};

const specShape: Shape = {
  url: isText,
  method: isText,
  headers: mapOf(isText),
  payload: isPayload,
  expect: like({ status: isNumber, json: optional(isRecord) }),
  mode: isMode,
  clients: isCount,
  pipeline: isCount,
  keepAlive: isFlag,
  timeoutMs: isNumber,
  warmup: isExtent,
  measure: isExtent,
  workers: isCount,
  seed: isText,
};

const resultShape: Shape = {
  startedAt: isTime,
  ms: isNumber,
  planned: isNumber,
  sent: isNumber,
  outcomes: like({
    succeeded: isNumber,
    wrongBody: isNumber,
    statuses: mapOf(isNumber),
    timeouts: isNumber,
    resets: isNumber,
    refused: isNumber,
    garbage: isNumber,
  }),
  offered: orNull(isNumber),
  rate: isNumber,
  latency: orNull(
    like({
      min: isNumber,
      mean: isNumber,
      p50: isNumber,
      p90: isNumber,
      p99: isNumber,
      p999: isNumber,
      max: isNumber,
    }),
  ),
  histogram: isText,
  generator: like({ cores: isNumber, loop: isNumber, lagP99: isNumber, lagMax: isNumber }),
  warmup: like({ requests: isNumber, ms: isNumber }),
  ticks: listOf(like({ at: isNumber, ended: isNumber, failed: isNumber })),
  examples: listOf(isText),
  unasked: optional(isNumber),
  interrupted: isFlag,
};

const isTarget = like({
  kind: oneOf('exercise', 'url', 'yardstick', 'solution', 'saved'),
  name: isText,
  exercise: optional(isText),
});

const isDeath = like({ says: isText, exitCode: orNull(isNumber), signal: orNull(isText), output: isText });

const isMeasurement = like({
  target: isTarget,
  spec: like(specShape),
  result: like(resultShape),
  bottleneck: like({
    limit: oneOf('server', 'generator', 'machine', 'concurrency', 'schedule', 'unknown'),
    serverCores: orNull(isNumber),
    says: isText,
    doubtful: isFlag,
  }),
  died: optional(isDeath),
});

const isRatio = like({ value: isNumber, low: isNumber, high: isNumber });

const runShape: Shape = {
  schema: oneOf(1),
  number: isCount,
  startedAt: isTime,
  craft: isText,
  node: isText,
  machine: like({ cpu: isText, cores: isNumber, memoryMb: isNumber, platform: isText, load: isNumber }),
  git: orNull(like({ commit: isText, dirty: isFlag })),
  name: optional(isText),
  measurements: (value) => listOf(isMeasurement)(value) && (value as unknown[]).length > 0,
  comparison: optional(
    like({
      other: isTarget,
      rounds: isNumber,
      rate: isRatio,
      p50: orNull(isRatio),
      p99: orNull(isRatio),
      measured: isMeasurement,
    }),
  ),
  brokenOff: optional(like({ other: isTarget, measured: optional(isMeasurement), died: optional(isDeath) })),
};
