/** What a command hands to a reporter: one value, whichever reporter shows it. */
import type { CurriculumReport } from '../core/proof.ts';
import type { Attempt } from '../core/types.ts';
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

export type View =
  | { readonly view: 'attempt'; readonly data: AttemptView }
  | { readonly view: 'attempts'; readonly data: AttemptsJson; readonly exercises: readonly ExerciseLabel[] }
  | { readonly view: 'lesson'; readonly data: LessonJson; readonly cwd: string }
  | { readonly view: 'list'; readonly data: ListJson }
  | { readonly view: 'hint'; readonly data: HintJson }
  | { readonly view: 'doctor'; readonly data: DoctorJson }
  | { readonly view: 'init'; readonly data: InitJson; readonly cwd: string }
  | { readonly view: 'reset'; readonly data: ResetJson; readonly root: string; readonly cwd: string }
  | { readonly view: 'diff'; readonly data: DiffJson }
  | { readonly view: 'update'; readonly data: UpdateJson }
  | { readonly view: 'solution'; readonly data: SolutionJson; readonly cwd: string }
  | { readonly view: 'check'; readonly data: CurriculumReport }
  | { readonly view: 'error'; readonly data: ErrorJson };
