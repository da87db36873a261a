/** All that the page shows, as `craft report --json` prints it too. Figures only: how they look is page.ts's. */
import type { Machine, PredictedFigure } from '../../bench/types.ts';
import type { GateResult } from '../../core/types.ts';
import type { ListJson } from '../json.ts';

export interface ReportData {
  /** Name of the workspace's folder: never its path, the page is made to be shown. */
  readonly workspace: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly craft: string;
  readonly node: string;
  /** Where the newest run was measured; null before the first. */
  readonly machine: Machine | null;
  readonly current: string | null;
  readonly crafts: ListJson['crafts'];
  readonly exercises: readonly ExerciseFigures[];
  /** Oldest first. */
  readonly attempts: readonly AttemptFigures[];
  /** Oldest first; the measurements of one run together, in its order. */
  readonly runs: readonly RunFigures[];
  readonly comparisons: readonly ComparisonFigures[];
  readonly predictions: readonly PredictionFigures[];
}

export type ExerciseFigures = Omit<ListJson['exercises'][number], 'summary'> & {
  /** It answers HTTP, so `craft bench` can load it. */
  readonly serves: boolean;
};

export interface AttemptFigures {
  readonly number: number;
  readonly exercise: string;
  readonly startedAt: string;
  readonly outcome: 'passed' | 'failed' | 'inconclusive' | 'error';
  /** It ran all of the pipeline: only then is it a pass. */
  readonly whole: boolean;
  readonly gates: readonly GateFigures[];
}

export type GateFigures = Pick<
  GateResult,
  'id' | 'title' | 'outcome' | 'limit' | 'measured' | 'unit' | 'better'
>;

/** One measurement of a run. */
export interface RunFigures {
  /** The run's number: several measurements share it in a sweep and in a comparison. */
  readonly run: number;
  readonly startedAt: string;
  /** `single` and `sweep` are the student's own; `other` is the side it was compared with. */
  readonly part: 'single' | 'sweep' | 'other';
  /** `0.6 The monitor`, `the yardstick` */
  readonly target: string;
  readonly exercise: string | null;
  /** `--save` */
  readonly name: string | null;
  readonly clients: number;
  readonly pipeline: number;
  readonly keepAlive: boolean;
  /** Metrics in one request; null when the bodies are others. */
  readonly batch: number | null;
  /** Requests a second that were due; null in the closed mode. */
  readonly offered: number | null;
  /** Successes a second. */
  readonly rate: number;
  readonly succeeded: number;
  readonly failed: number;
  /** ms; null without a success. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
  readonly max: number | null;
  /** Percentile and ms, rising, as far as the number of requests carries it. */
  readonly curve: readonly (readonly [percentile: number, ms: number])[];
  /** It may be a best figure: a closed loop, no failure, and the server's own limit. */
  readonly counts: boolean;
  /** The generator may have been the limit. */
  readonly doubtful: boolean;
  readonly interrupted: boolean;
  /** What kept the figure from being higher, one sentence. */
  readonly says: string;
}

/** The student's server over another one, loaded in turn; `low` and `high` are the interval of 95 %. */
export interface ComparisonFigures {
  readonly run: number;
  readonly startedAt: string;
  readonly target: string;
  readonly other: string;
  readonly rate: RatioFigures;
  readonly p50: RatioFigures | null;
  readonly p99: RatioFigures | null;
}

export interface RatioFigures {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What the student expected before measuring an exercise, beside the first run after that. */
export interface PredictionFigures {
  readonly exercise: string;
  /** `0.6 The monitor` */
  readonly target: string;
  /** In the student's words. */
  readonly answer: string;
  readonly at: string;
  /** False: a bench of this exercise had been seen already. */
  readonly beforeFirstBench: boolean;
  /** The run it is compared with; null until there is one. */
  readonly run: number | null;
  readonly figures: readonly PredictedFigure[];
}
