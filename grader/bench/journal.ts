/** Which benches tell what a phase gained: the before and the after that the Result of `PERFORMANCE.md` shows. */
import { exercisesOf } from './folder.ts';
import type { BenchRun, Gain, GainRatio, Latency, LoadSpec, Measured, Measurement } from './types.ts';

/**
 * After: the newest run of the exercise that was whole and had a success. Before: the newest run of the nearest earlier phase,
 * or, where none of them was measured, the oldest of this one. A run that was loaded in the same way comes first.
 */
export function gainOf(
  runs: readonly BenchRun[],
  exercise: string,
  earlierPhases: readonly string[],
): Gain | undefined {
  const own = runs.filter((run) => exercisesOf(run).has(exercise));
  const run = own.findLast((each) => !measurementsOf(each, exercise).some(tellsNothing)) ?? own.at(-1);
  if (run === undefined) return undefined;
  const measurements = measurementsOf(run, exercise);
  const candidates = beforeCandidates(runs, own, run, exercise, earlierPhases);

  const byRate = measurements.toSorted((a, b) => b.result.rate - a.result.rate);
  for (const after of byRate) {
    const before = candidates.find(({ measurement }) => sameLoad(measurement.spec, after.spec));
    if (before !== undefined) {
      return gain({ run, measurement: after }, before, ratioOf(before, after), measurements);
    }
  }
  const [best] = byRate;
  if (best === undefined) return undefined;
  return gain({ run, measurement: best }, candidates[0], null, measurements);
}

/** What would be compared first comes first. */
function beforeCandidates(
  runs: readonly BenchRun[],
  own: readonly BenchRun[],
  after: BenchRun,
  exercise: string,
  earlierPhases: readonly string[],
): Measured[] {
  const phase = earlierPhases.findLast((id) => runs.some((run) => exercisesOf(run).has(id)));
  if (phase !== undefined) {
    return runs.toReversed().flatMap((run) => asMeasured(run, phase));
  }
  return own.filter(({ number }) => number < after.number).flatMap((run) => asMeasured(run, exercise));
}

function asMeasured(run: BenchRun, exercise: string): Measured[] {
  const measurements = measurementsOf(run, exercise).toSorted((a, b) => b.result.rate - a.result.rate);
  return measurements
    .filter((measurement) => !tellsNothing(measurement))
    .map((measurement) => ({ run, measurement }));
}

function measurementsOf(run: BenchRun, exercise: string): Measurement[] {
  return run.measurements.filter(({ target }) => target.kind === 'exercise' && target.exercise === exercise);
}

/** Cut short by the user or by the server's end, or without one success. */
function tellsNothing({ result, died }: Measurement): boolean {
  return result.interrupted || died !== undefined || result.outcomes.succeeded === 0;
}

function gain(
  after: Measured,
  before: Measured | undefined,
  ratio: GainRatio | null,
  measurements: readonly Measurement[],
): Gain {
  return {
    after,
    ratio,
    sweep: measurements.length > 1 ? measurements : [],
    ...(before === undefined ? {} : { before }),
  };
}

/** Whether two loads ask the same of a server. How long they last and the seed do not count. */
export function sameLoad(a: LoadSpec, b: LoadSpec): boolean {
  return loadKey(a) === loadKey(b);
}

function loadKey({ method, payload, mode, clients, pipeline, keepAlive }: LoadSpec): string {
  const body = payload.kind === 'metrics' ? [payload.batch, payload.bytes ?? 0] : Object.values(payload);
  const rate = mode.kind === 'open' ? mode.rate : 0;
  return JSON.stringify([method, payload.kind, body, mode.kind, rate, clients, pipeline, keepAlive]);
}

function ratioOf(before: Measured, after: Measurement): GainRatio {
  const [old, now] = [before.measurement.result, after.result];
  const latency = (name: keyof Latency): number | null => over(now.latency?.[name], old.latency?.[name]);
  return {
    rate: over(now.rate, old.rate),
    p50: latency('p50'),
    p99: latency('p99'),
    p999: latency('p999'),
  };
}

function over(now: number | undefined, old: number | undefined): number | null {
  return now === undefined || old === undefined || old === 0 ? null : now / old;
}
