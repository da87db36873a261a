/**
 * The best figures of every exercise, for `craft list`, which has no time to read every run: `.craft/bench/best.json`
 * keeps what each run says about that. It is only a copy: a run that changed is read again, and without the file
 * all of them are.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileOps, realOps, writeAtomic } from '../core/files.ts';
import { isCount, isNumber, isText, like, listOf, mapOf, misfit, oneOf, type Shape } from '../core/shape.ts';
import type { Workspace } from '../core/types.ts';
import { benchFolder, highestNumber, listNumbers, readRun, runPath } from './folder.ts';
import type { BenchRun, BestFigure, Measurement } from './types.ts';

/** What one run says, and the size and time of the file that said it. */
interface Summary {
  readonly stamp: string;
  readonly figures: readonly (BestFigure & { readonly exercise: string })[];
}

interface Index {
  readonly schema: 1;
  /** The highest number that was ever given: it is not given again, also when that run is deleted. */
  readonly last: number;
  readonly runs: Readonly<Record<string, Summary>>;
}

const indexShape: Shape = {
  schema: oneOf(1),
  last: (value) => isCount(value) && value <= highestNumber,
  runs: mapOf(
    like({
      stamp: isText,
      figures: listOf(
        like({ exercise: isText, rate: isNumber, p99: isNumber, clients: isCount, number: isCount }),
      ),
    }),
  ),
};

/** By id of the exercise. Brings `best.json` up to date where the disk lets it. */
export function bestFigures(workspace: Workspace, ops: FileOps = realOps): ReadonlyMap<string, BestFigure> {
  const best = new Map<string, BestFigure>();
  for (const { figures } of Object.values(refreshed(workspace, ops).runs)) {
    for (const { exercise, rate, p99, clients, number } of figures) {
      if (rate > (best.get(exercise)?.rate ?? 0)) best.set(exercise, { rate, p99, clients, number });
    }
  }
  return best;
}

/** The highest number that any run has or had, 0 without one. */
export function lastNumber(workspace: Workspace): number {
  return Math.max(readIndex(workspace).last, listNumbers(workspace).at(-1) ?? 0);
}

/** Closed loop, every request a success and every reply its own, and the server's figure: nothing else can be a best. */
export function counts({ spec, result, bottleneck, target, died }: Measurement): boolean {
  const { succeeded, statuses, ...others } = result.outcomes;
  const failed = [...Object.values(statuses), ...Object.values(others)].some((count) => count > 0);
  return (
    target.kind === 'exercise' &&
    target.exercise !== undefined &&
    spec.mode.kind === 'closed' &&
    succeeded > 0 &&
    succeeded === result.sent &&
    !failed &&
    result.unasked === undefined &&
    !result.interrupted &&
    died === undefined &&
    !bottleneck.doubtful
  );
}

function refreshed(workspace: Workspace, ops: FileOps): Index {
  const before = readIndex(workspace);
  const numbers = listNumbers(workspace);
  const runs = Object.fromEntries(
    numbers.map((number) => [String(number), summary(workspace, number, before.runs[number])]),
  );
  const after: Index = { schema: 1, last: Math.max(before.last, numbers.at(-1) ?? 0), runs };
  const changed =
    Object.keys(before.runs).length !== numbers.length ||
    numbers.some((number) => before.runs[number] !== runs[number]);
  if (changed) {
    try {
      writeAtomic(indexPath(workspace), `${JSON.stringify(after)}\n`, { ops });
    } catch {
      // It only saves time; the next command tries again.
    }
  }
  return after;
}

/** `known` itself while the file is as it was. */
function summary(workspace: Workspace, number: number, known: Summary | undefined): Summary {
  const found = statSync(runPath(workspace, number), { throwIfNoEntry: false });
  const stamp = found === undefined ? '' : `${found.size} ${found.mtimeMs}`;
  if (known !== undefined && known.stamp === stamp) return known;
  const read = readRun(workspace, number);
  return { stamp, figures: read !== 'missing' && 'value' in read ? figuresOf(read.value) : [] };
}

function figuresOf(run: BenchRun): Summary['figures'] {
  return run.measurements.flatMap((measurement) => {
    const { target, spec, result } = measurement;
    if (!counts(measurement) || target.exercise === undefined || result.latency === null) return [];
    const { p99 } = result.latency;
    return [{ exercise: target.exercise, rate: result.rate, p99, clients: spec.clients, number: run.number }];
  });
}

function indexPath(workspace: Workspace): string {
  return join(benchFolder(workspace), 'best.json');
}

function readIndex(workspace: Workspace): Index {
  try {
    const value: unknown = JSON.parse(readFileSync(indexPath(workspace), 'utf8'));
    if (misfit(value, indexShape) === undefined) return value as Index;
  } catch {
    // Missing or damaged: everything in it can be read from the runs.
  }
  return { schema: 1, last: 0, runs: {} };
}
