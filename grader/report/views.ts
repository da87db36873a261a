/** What a command hands to a reporter: one value, whichever reporter shows it. */
import type { BenchRun, PredictionCheck } from '../bench/types.ts';
import type { GradeReport } from '../core/grading.ts';
import type { CurriculumReport, FlipReport, ScaffoldReport } from '../core/proof.ts';
import type { PublishJson } from '../core/publication.ts';
import type { Attempt, Diagnostic } from '../core/types.ts';
import type { GradedAround } from './graded.ts';
import type {
  AttemptsJson,
  DiffJson,
  DoctorJson,
  ErrorJson,
  HintJson,
  InitJson,
  JournalJson,
  LessonJson,
  ListJson,
  PredictJson,
  ReportJson,
  ResetJson,
  SolutionJson,
  UpdateJson,
} from './json.ts';

/** How an exercise is named in a sentence. */
export interface ExerciseLabel {
  readonly id: string;
  readonly number: string;
  readonly title: string;
}

/** An attempt and what a person needs around it. */
export interface AttemptView {
  readonly attempt: Attempt;
  readonly exercise: ExerciseLabel;
  /** The workspace's folder; the attempt's paths are relative to it. */
  readonly root: string;
  /** The folder in which the student stands: paths are shown relative to it. */
  readonly cwd: string;
  /** It was passed before this attempt and is no longer. */
  readonly lostMark: boolean;
  /** Exercises that this attempt unlocked. */
  readonly unlocked: readonly ExerciseLabel[];
  /** This attempt repeats one check of an earlier one. */
  readonly replayOf?: { readonly number: number; readonly check?: string };
}

/** What a person needs around many attempts; as in AttemptView. */
export interface AttemptsView {
  /** One per attempt. */
  readonly exercises: readonly ExerciseLabel[];
  readonly root: string;
  readonly cwd: string;
}

/** Why `craft run` started nothing. */
export interface CompileErrorsView {
  readonly diagnostics: readonly Diagnostic[];
  readonly root: string;
  readonly cwd: string;
}

/** An earlier bench, as far as a new one is compared with it. */
export interface EarlierBench {
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** What was loaded: `0.6 The monitor`. */
  readonly name: string;
  readonly rate: number;
  /** ms; null when nothing succeeded. */
  readonly p50: number | null;
  readonly p99: number | null;
}

/** A bench, and what a person needs beside it. */
export interface BenchView {
  readonly run: BenchRun;
  /** The exercise's last run with the same settings. */
  readonly last?: EarlierBench;
  /** The newest run of the phase before this one. */
  readonly phase?: EarlierBench;
  /** What the student expected, against this run. */
  readonly prediction?: PredictionCheck;
}

export type View =
  | { readonly view: 'attempt'; readonly data: AttemptView }
  | { readonly view: 'attempts'; readonly data: AttemptsJson; readonly around: AttemptsView }
  | { readonly view: 'lesson'; readonly data: LessonJson; readonly cwd: string }
  | { readonly view: 'list'; readonly data: ListJson }
  | { readonly view: 'hint'; readonly data: HintJson }
  | { readonly view: 'doctor'; readonly data: DoctorJson }
  | { readonly view: 'init'; readonly data: InitJson; readonly cwd: string }
  | { readonly view: 'reset'; readonly data: ResetJson; readonly root: string; readonly cwd: string }
  | { readonly view: 'diff'; readonly data: DiffJson }
  | { readonly view: 'update'; readonly data: UpdateJson }
  | { readonly view: 'publish'; readonly data: PublishJson }
  /** `whole` shows the solution's text instead of what differs. */
  | { readonly view: 'solution'; readonly data: SolutionJson; readonly whole: boolean }
  | { readonly view: 'compile errors'; readonly data: CompileErrorsView }
  | {
      readonly view: 'predict';
      readonly data: PredictJson;
      /** The answer is asked for on the terminal: now, or it has been. */
      readonly asked?: 'now' | 'before';
    }
  | { readonly view: 'journal'; readonly data: JournalJson; readonly cwd: string }
  | { readonly view: 'bench'; readonly data: BenchView }
  | { readonly view: 'bench table'; readonly data: BenchView }
  | { readonly view: 'report'; readonly data: ReportJson; readonly cwd: string }
  | { readonly view: 'check'; readonly data: CurriculumReport | FlipReport | ScaffoldReport }
  | { readonly view: 'grade'; readonly data: GradeReport; readonly around: GradedAround }
  | { readonly view: 'error'; readonly data: ErrorJson };
