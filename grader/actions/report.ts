/** `craft report`: gathers what a student has done and measured, and writes it as one page. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { counts } from '../bench/best.ts';
import { openHistory } from '../bench/history.ts';
import { checkPrediction, predictionFor } from '../bench/predictions.ts';
import type { BenchRun, Measurement } from '../bench/types.ts';
import { writeAtomic } from '../core/files.ts';
import { craftVersion } from '../core/paths.ts';
import type { Attempt, Exercise, Workspace } from '../core/types.ts';
import { loadCurriculum } from '../curriculum/index.ts';
import { listAttempts, readAttempt } from '../progress/index.ts';
import { loadAssets } from '../report/html/assets.ts';
import { percentileCurve } from '../report/html/curve.ts';
import type {
  AttemptFigures,
  ComparisonFigures,
  PredictionFigures,
  ReportData,
  RunFigures,
} from '../report/html/data.ts';
import { reportPage } from '../report/html/page.ts';
import type { ReportJson } from '../report/json.ts';
import { shownPath } from '../report/paths.ts';
import { findWorkspace } from '../workspace/find.ts';
import { listExercises } from './list.ts';
import type { Place } from './session.ts';

export interface ReportOptions {
  /** The file to write, relative to where the user stands; `craft-report.html` in the workspace otherwise. */
  readonly out?: string;
  /** Also show it in the user's browser. */
  readonly open?: boolean;
}

export async function writeReport(place: Place, options: ReportOptions = {}): Promise<ReportJson> {
  const data = await gather(place);
  const { root } = findWorkspace(place.cwd);
  const path = options.out === undefined ? join(root, 'craft-report.html') : resolve(place.cwd, options.out);
  const folder = dirname(path);
  const isNew = !existsSync(folder);
  writeAtomic(path, reportPage(data, loadAssets()));
  // A slip of the keyboard makes a folder too.
  if (isNew) place.onNotice(`Made the folder ${shownPath(folder, place.cwd)} for it.`);
  const opened = options.open === true ? await openInBrowser(path) : null;
  return { schema: 1, path, opened, data };
}

async function gather(place: Place): Promise<ReportData> {
  const list = await listExercises(place);
  const workspace = findWorkspace(place.cwd);
  const { exercises } = loadCurriculum();
  const history = openHistory(workspace);
  const runs = history.all();
  for (const { text } of history.takeNotices()) place.onNotice(text);
  const serving = new Set(exercises.filter(({ serves }) => serves !== undefined).map(({ id }) => id));
  return {
    workspace: basename(workspace.root),
    madeAt: new Date().toISOString(),
    craft: craftVersion,
    node: runs.at(-1)?.node ?? process.versions.node,
    machine: runs.at(-1)?.machine ?? null,
    current: list.current,
    crafts: list.crafts,
    exercises: list.exercises.map(({ summary: _, ...row }) => ({ ...row, serves: serving.has(row.id) })),
    attempts: attempts(workspace),
    runs: runs.flatMap(figuresOf),
    comparisons: runs.flatMap(comparisonOf),
    predictions: exercises.flatMap((exercise) => predictionOf(workspace, exercise, runs)),
  };
}

function attempts(workspace: Workspace): AttemptFigures[] {
  return listAttempts(workspace)
    .map((number) => readAttempt(workspace, number))
    .filter((attempt) => attempt !== undefined)
    .map(attemptFigures);
}

function attemptFigures({ number, exercise, startedAt, verdict, only, gates }: Attempt): AttemptFigures {
  return {
    number,
    exercise,
    startedAt,
    outcome: verdict.outcome,
    whole: only === undefined,
    gates: gates.map(({ id, title, outcome, limit, measured, unit, better }) => {
      return { id, title, outcome, limit, measured, unit, better };
    }),
  };
}

function figuresOf(run: BenchRun): RunFigures[] {
  const part = run.measurements.length > 1 ? 'sweep' : 'single';
  const own = run.measurements.map((measurement) => measured(run, measurement, part));
  const { comparison } = run;
  return comparison === undefined ? own : [...own, measured(run, comparison.measured, 'other')];
}

function measured(run: BenchRun, measurement: Measurement, part: RunFigures['part']): RunFigures {
  const { target, spec, result, bottleneck } = measurement;
  const { succeeded, statuses, ...others } = result.outcomes;
  const failures = [...Object.values(statuses), ...Object.values(others), result.unasked ?? 0];
  const latency = result.latency;
  return {
    run: run.number,
    startedAt: result.startedAt,
    part,
    target: target.name,
    exercise: target.exercise ?? null,
    name: run.name ?? null,
    clients: spec.clients,
    pipeline: spec.pipeline,
    keepAlive: spec.keepAlive,
    batch: spec.payload.kind === 'metrics' ? spec.payload.batch : null,
    offered: result.offered,
    rate: result.rate,
    succeeded,
    failed: failures.reduce((sum, count) => sum + count, 0),
    p50: latency?.p50 ?? null,
    p99: latency?.p99 ?? null,
    p999: latency?.p999 ?? null,
    max: latency?.max ?? null,
    curve: percentileCurve(result.histogram),
    counts: counts(measurement),
    doubtful: bottleneck.doubtful,
    interrupted: result.interrupted,
    says: bottleneck.says,
  };
}

function comparisonOf({ number, startedAt, comparison, measurements }: BenchRun): ComparisonFigures[] {
  if (comparison === undefined) return [];
  const { other, rate, p50, p99 } = comparison;
  const target = measurements[0]?.target.name ?? '';
  return [{ run: number, startedAt, target, other: other.name, rate, p50, p99 }];
}

/** Beside the first run after it: that is what was predicted. */
function predictionOf(
  workspace: Workspace,
  { id, number, title }: Exercise,
  runs: readonly BenchRun[],
): PredictionFigures[] {
  const prediction = predictionFor(workspace, id);
  if (prediction === undefined) return [];
  const isItsOwn = ({ target, spec }: Measurement): boolean =>
    target.kind === 'exercise' && target.exercise === id && spec.mode.kind === 'closed';
  const run = runs.find((each) => each.startedAt >= prediction.at && each.measurements.some(isItsOwn));
  const measurement = run?.measurements.find(isItsOwn);
  const { answer, at, beforeFirstBench, rate, p99 } = prediction;
  const unmeasured = ([what, predicted]: ['rate' | 'p99', number | undefined]) =>
    predicted === undefined ? [] : [{ what, predicted, measured: null, ratio: null }];
  const figures =
    measurement === undefined
      ? [unmeasured(['rate', rate]), unmeasured(['p99', p99])].flat()
      : checkPrediction(prediction, measurement).figures;
  const target = `${number} ${title}`;
  return [{ exercise: id, target, answer, at, beforeFirstBench, run: run?.number ?? null, figures }];
}

/** False when this machine has nothing to open a page with, or it failed at once. Never waits for the browser. */
async function openInBrowser(path: string): Promise<boolean> {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const child = spawn(program, [path], { stdio: 'ignore', detached: true });
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), 2_000);
  try {
    const [code] = await once(child, 'exit', { signal: enough.signal });
    return code === 0;
  } catch {
    // Some stay with the browser that they opened; one that is not installed ends in another error.
    return enough.signal.aborted;
  } finally {
    clearTimeout(timer);
    child.unref();
  }
}
