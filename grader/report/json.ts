/**
 * The published shapes of `--json`. They only grow: a field is never renamed or removed within one `schema`.
 * `craft verify --json` and `craft replay --json` print an Attempt (grader/core/types.ts) as it is.
 */
import type { BestFigure, GainRatio, JournalAction, Prediction } from '../bench/types.ts';
import type { Attempt } from '../core/types.ts';
import type { ReportData } from './html/data.ts';
import type { View } from './views.ts';

export type ExerciseStatus = 'passed' | 'open' | 'locked';

/** One exercise as every command names it. */
export interface ExerciseJson {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly status: ExerciseStatus;
  /** Ids of exercises to pass first. */
  readonly missing: readonly string[];
}

/** `craft list --json` */
export interface ListJson {
  readonly schema: 1;
  readonly workspace: string;
  readonly current: string | null;
  readonly exercises: readonly (ExerciseJson & {
    readonly craft: string;
    readonly attempts: number;
    readonly hints: number;
    /** When the solution was first shown before a pass: ISO 8601, UTC. */
    readonly gaveUp?: string;
    /** Best measured value per gate id. */
    readonly best: Readonly<Record<string, { readonly value: number; readonly unit: string }>>;
    /** Best bench; absent without one in which every request succeeded. */
    readonly bench?: BestFigure;
  })[];
  readonly crafts: readonly { readonly craft: string; readonly passed: number; readonly total: number }[];
}

/** `craft next --json` */
export interface LessonJson {
  readonly schema: 1;
  readonly exercise: ExerciseJson;
  /** Absolute paths of the files to edit; the first is the one to open. */
  readonly files: readonly string[];
  /** Exercises that this one imports or follows. */
  readonly prerequisites: readonly { readonly number: string; readonly title: string }[];
  /** The lesson as markdown. */
  readonly lesson: string;
}

/** `craft hint --json` */
export interface HintJson {
  readonly schema: 1;
  readonly exercise: string;
  readonly number: string;
  readonly title: string;
  /** The failing check that the hint is about; absent for the three general ones. */
  readonly check?: string;
  /** 1-3 for the general ones. */
  readonly level?: number;
  readonly text: string;
  /** General hints not shown yet. */
  readonly left: number;
}

/** `craft doctor --json` */
export interface DoctorJson {
  readonly schema: 1;
  readonly findings: readonly Finding[];
}

export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly status: 'ok' | 'warn' | 'bad';
  readonly detail: string;
  /** What to do about it. */
  readonly mend?: string;
}

/** `craft init --json` */
export interface InitJson {
  readonly schema: 1;
  readonly workspace: string;
  /** Something left out (no git, no identity), one sentence each. */
  readonly notices: readonly string[];
}

/** A file as it was before a command replaced it; both paths are relative to the workspace. */
export interface CopyJson {
  readonly path: string;
  readonly copy: string;
}

/** `craft reset --json`; paths are relative to the workspace. */
export interface ResetJson {
  readonly schema: 1;
  readonly exercise: string;
  /** Files that differed from the stub and were replaced. */
  readonly changed: readonly string[];
  /** Files that were missing and were put back. */
  readonly absent: readonly string[];
  readonly copies: readonly CopyJson[];
}

/** `craft diff --json` */
export interface DiffJson {
  readonly schema: 1;
  readonly exercise: string;
  /** The number of the attempt compared with, or the stub. */
  readonly against: number | 'stub';
  /** Unified diff; empty when nothing differs. */
  readonly diff: string;
}

/** `craft update --json`; paths are relative to the workspace. */
export interface UpdateJson {
  readonly schema: 1;
  /** Version that the workspace had, `''` when unknown, and has now. */
  readonly from: string;
  readonly to: string;
  readonly updated: readonly string[];
  readonly added: readonly string[];
  /** Changed by the student and in the new version: left alone. `offer` is a copy of the new text. */
  readonly kept: readonly { readonly path: string; readonly offer: string }[];
  /** Deleted by the student: left so. */
  readonly absent: readonly string[];
  /** No longer part of the course: unchanged ones were removed, changed ones stay. */
  readonly removed: readonly string[];
  readonly obsolete: readonly string[];
  /** Links and folders in a file's place: left alone. */
  readonly blocked: readonly string[];
  /** The replaced and removed files as they were. */
  readonly copies: readonly CopyJson[];
}

/** `craft solution --json` */
export interface SolutionJson {
  readonly schema: 1;
  readonly exercise: string;
  readonly shown: boolean;
  /** Why not, or where it came from. */
  readonly detail: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** Unified, from the student's files to the solution; empty when they are the same, absent when not shown. */
  readonly diff?: string;
  /** The branch that it came from; absent when it is a file of this clone. */
  readonly published?: {
    readonly remote: string;
    readonly branch: string;
    readonly commit: string;
    /** ISO 8601, UTC. */
    readonly fetchedAt: string;
    /** Fetched now; false when the remote could not be read. */
    readonly fresh: boolean;
  };
}

/** `craft verify --all --json` */
export interface AttemptsJson {
  readonly schema: 1;
  readonly attempts: readonly Attempt[];
}

/** `craft predict --json` */
export interface PredictJson {
  readonly schema: 1;
  readonly exercise: string;
  readonly number: string;
  readonly title: string;
  /** The lesson's question, as markdown. */
  readonly question: string;
  /** The exercise answers HTTP: a bench can measure what was predicted. */
  readonly serves: boolean;
  readonly prediction: Prediction | null;
  /** Something was said now; false when the prediction is only shown. */
  readonly recorded: boolean;
}

/** `craft journal --json` */
export interface JournalJson {
  readonly schema: 1;
  /** PERFORMANCE.md, absolute. */
  readonly path: string;
  readonly phases: readonly {
    readonly exercise: string;
    readonly number: string;
    readonly title: string;
    readonly action: JournalAction;
    /** Numbers of the benches. */
    readonly before: number | null;
    readonly after: number;
    readonly ratio: GainRatio | null;
  }[];
}

/** `craft report --json` */
export interface ReportJson {
  readonly schema: 1;
  /** The page, absolute. */
  readonly path: string;
  /** With `--open`: whether something could be started to show it. Null without. */
  readonly opened: boolean | null;
  /** All figures on the page. */
  readonly data: ReportData;
}

/** Any command with `--json` that could not do its work. */
export interface ErrorJson {
  readonly schema: 1;
  readonly error: { readonly code: string; readonly message: string; readonly exitCode: 1 | 2 };
}

/** The json reporter: the view's data, nothing of its presentation. `craft bench --json` prints a BenchRun. */
export function json(view: View): string {
  return JSON.stringify(dataOf(view), null, 2);
}

function dataOf(view: View): unknown {
  if (view.view === 'attempt') return view.data.attempt;
  if (view.view === 'bench' || view.view === 'bench table') return view.data.run;
  return view.data;
}
