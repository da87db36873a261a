/** What a command hands to a reporter: one value, whichever reporter shows it. */
import type { CurriculumReport } from '../core/proof.ts';
import type { Attempt, Diagnostic } from '../core/types.ts';
import type {
  AttemptsJson,
  DiffJson,
  DoctorJson,
  ErrorJson,
  HintJson,
  InitJson,
  LessonJson,
  ListJson,
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
  | { readonly view: 'solution'; readonly data: SolutionJson; readonly cwd: string }
  | { readonly view: 'compile errors'; readonly data: CompileErrorsView }
  | { readonly view: 'check'; readonly data: CurriculumReport }
  | { readonly view: 'error'; readonly data: ErrorJson };
