/** What stands beside a new bench: the last like it, the phase before, and what the student expected. */
import { openHistory } from '../bench/history.ts';
import { checkPrediction, predictionFor } from '../bench/predictions.ts';
import type { BenchRun, LoadSpec, Measurement } from '../bench/types.ts';
import type { BenchView, EarlierBench } from '../report/views.ts';
import type { Session } from './session.ts';

export function around({ workspace, curriculum }: Session, run: BenchRun): BenchView {
  const [own] = run.measurements;
  // What the end of a server left is not held against anything.
  if (own === undefined || run.measurements.length > 1 || run.brokenOff !== undefined) return { run };
  const earlier = openHistory(workspace)
    .all()
    .filter(({ number }) => number < run.number)
    .flatMap(alone);
  const last = earlier.findLast(({ measurement }) => isLike(measurement, own));
  const exercise = curriculum.exercises.find(({ id }) => id === own.target.exercise);
  if (own.target.kind !== 'exercise' || exercise === undefined) return { run, ...named('last', last) };
  const crafts = [...new Set(curriculum.exercises.map(({ craft }) => craft))];
  const craftOf = (id: string | undefined): number =>
    crafts.indexOf(curriculum.exercises.find((each) => each.id === id)?.craft ?? '');
  const phase = earlier.findLast(({ measurement: { target, spec } }) => {
    const isOlder =
      craftOf(target.exercise) >= 0 && craftOf(target.exercise) < crafts.indexOf(exercise.craft);
    return target.kind === 'exercise' && isOlder && spec.mode.kind === own.spec.mode.kind;
  });
  // At a fixed rate, that rate is the user's own, and the latencies answer another question; a server that died has
  // answered none.
  const prediction =
    own.spec.mode.kind === 'closed' && own.died === undefined
      ? predictionFor(workspace, exercise.id)
      : undefined;
  return {
    run,
    ...named('last', last),
    ...named('phase', phase),
    ...(prediction !== undefined && { prediction: checkPrediction(prediction, own) }),
  };
}

interface Earlier {
  readonly run: BenchRun;
  readonly measurement: Measurement;
}

/** Whole runs of one measurement: half a run, or a sweep, is compared with nothing. */
function alone(run: BenchRun): Earlier[] {
  const [measurement] = run.measurements;
  if (measurement === undefined || run.measurements.length > 1 || measurement.result.interrupted) return [];
  return [{ run, measurement }];
}

function named<K extends 'last' | 'phase'>(
  key: K,
  earlier: Earlier | undefined,
): { [key in K]?: EarlierBench } {
  if (earlier === undefined) return {};
  const { run, measurement } = earlier;
  const { latency, rate } = measurement.result;
  const { number, startedAt } = run;
  const times = { p50: latency?.p50 ?? null, p99: latency?.p99 ?? null };
  return { [key]: { number, startedAt, name: measurement.target.name, rate, ...times } } as {
    [key in K]?: EarlierBench;
  };
}

/** The same load on the same thing, as warm; how long it went on, and with which bodies, makes no other figure of it. */
function isLike(a: Measurement, b: Measurement): boolean {
  const isSameTarget =
    a.target.kind === b.target.kind &&
    (a.target.kind === 'url'
      ? a.spec.url === b.spec.url
      : a.target.exercise === b.target.exercise && a.target.name === b.target.name);
  return isSameTarget && JSON.stringify(settings(a.spec)) === JSON.stringify(settings(b.spec));
}

function settings(spec: LoadSpec): unknown {
  const { method, headers, payload, expect, mode, clients, pipeline, keepAlive, warmup } = spec;
  return [
    method,
    new URL(spec.url).pathname,
    headers,
    payload,
    expect.status,
    mode,
    clients,
    pipeline,
    keepAlive,
    warmup,
  ];
}
