/** What is made of the runs that were kept: best figures, predictions that were held against them, gains. */
import type { BenchRun, Measurement } from './run.ts';

/** The best closed-loop figure of an exercise, for `craft list`. */
export interface BestFigure {
  /** Successes a second; every request succeeded. */
  readonly rate: number;
  /** ms */
  readonly p99: number;
  readonly clients: number;
  /** Of the run. */
  readonly number: number;
}

/** What the student said at one time. */
export interface Guess {
  readonly answer: string;
  /** Requests a second. */
  readonly rate?: number;
  /** ms */
  readonly p99?: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** False: said when a bench of this exercise had been seen already. */
  readonly beforeFirstBench: boolean;
}

/** The guess that counts: the last before the first bench, else the first of all. */
export interface Prediction extends Guess {
  /** The others, in the order in which they were said. */
  readonly revisions: readonly Guess[];
}

/** One figure of a prediction against what was measured. */
export interface PredictedFigure {
  readonly what: 'rate' | 'p99';
  readonly predicted: number;
  /** Null when nothing could be measured. */
  readonly measured: number | null;
  /** Measured over predicted. */
  readonly ratio: number | null;
}

export interface PredictionCheck {
  readonly prediction: Prediction;
  readonly figures: readonly PredictedFigure[];
}

/** A measurement and the run that it is from. */
export interface Measured {
  readonly run: BenchRun;
  readonly measurement: Measurement;
}

/** What a phase gained: the Result of `PERFORMANCE.md`. */
export interface Gain {
  readonly after: Measured;
  /** Absent when there is nothing earlier. */
  readonly before?: Measured;
  /** Null when there is no before, or it was loaded in another way: a ratio would say nothing. */
  readonly ratio: GainRatio | null;
  /** All client counts of the newest run, when it was a sweep. */
  readonly sweep: readonly Measurement[];
}

/** After over before; null where a side had no success. */
export interface GainRatio {
  readonly rate: number | null;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** What `craft journal` did to a phase's section. */
export type JournalAction =
  /** A new section. */
  | 'added'
  | 'updated'
  | 'unchanged'
  /** The student had removed the comment lines: the result went to the end of the section. */
  | 'appended';
