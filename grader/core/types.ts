/**
 * The values that travel along the pipeline, one type per arrow:
 * exercise.json -> Exercise -> Workspace -> Build -> (subject) -> CheckResult[] -> GateResult[] -> Verdict -> Progress.
 */
import type { ErrorCode } from './errors.ts';

/** An interface that an exercise refuses, and the reason that its message gives. */
export interface ForbiddenApi {
  /** A module (`node:http`), a global (`fetch`) or a member (`JSON.parse`). */
  readonly api: string;
  /** One sentence for the student. */
  readonly why: string;
}

/** How `craft bench` starts and loads an exercise that answers HTTP. */
export interface Serves {
  /**
   * A given file that starts the student's server on the port of the environment variable PORT, prints
   * `listening on http://localhost:<port>`, and closes it on SIGTERM.
   */
  readonly file: string;
  readonly method: string;
  readonly path: string;
  /** Sent with each of its requests; what the user says with `--header` counts more. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a request that was served. */
  readonly status: number;
  /** Members that the reply's JSON must have; `"$batch"` stands for the number of metrics sent. */
  readonly reply?: Readonly<Record<string, unknown>>;
}

/** One exercise, as its folder in `exercises/` describes it. */
export interface Exercise {
  /** Folder below `exercises/`: `0-poc/01-queue`. */
  readonly id: string;
  /** `0.1`: the craft's number and the exercise's. */
  readonly number: string;
  /** `0-poc` */
  readonly craft: string;
  /** `queue` */
  readonly slug: string;
  readonly title: string;
  /** One line for lists. */
  readonly summary: string;
  /** What it takes a reader who writes it for the first time. */
  readonly minutes: number;
  /** Stub files that the student edits, relative to the exercise's folder; the first is the one to open. */
  readonly files: readonly string[];
  /** Other files of the folder that are given, never edited: `experiment.ts`, `main.ts`. */
  readonly given: readonly string[];
  /** Ids of earlier exercises that this one imports. */
  readonly imports: readonly string[];
  /** Ids of all exercises that must be passed first: its imports and the one before it. */
  readonly prerequisites: readonly string[];
  /** Ids of the checks that must run, in order. */
  readonly checks: readonly string[];
  /** Ids of the gates that must run, in order. */
  readonly gates: readonly string[];
  readonly forbid: readonly ForbiddenApi[];
  /** Builtin modules refused everywhere that this exercise needs, e.g. `node:worker_threads`. */
  readonly allow: readonly string[];
  /** The file `craft run` starts, if the exercise has one. */
  readonly run?: string;
  /** What `craft bench` loads, if the exercise answers HTTP. */
  readonly serves?: Serves;
  /** The exercise's folder in this installation. */
  readonly directory: string;
}

export interface Curriculum {
  /** In the order in which they are learnt. */
  readonly exercises: readonly Exercise[];
  /** The `exercises/` folder of this installation. */
  readonly directory: string;
}

/** A student's folder. */
export interface Workspace {
  readonly root: string;
  /** `<root>/.craft` */
  readonly state: string;
}

/** One message of the compiler. */
export interface Diagnostic {
  /** Relative to the workspace: `exercises/0-poc/01-queue/queue.ts`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** `TS2322` */
  readonly code: string;
  readonly message: string;
}

/** A forbidden interface found in the student's source. */
export interface RuleViolation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly api: string;
  readonly why: string;
}

/** The student's code, compiled, in a folder that `craft` owns. */
export interface Build {
  readonly exercise: Exercise;
  /** Copies of the sources, laid out as in the workspace: `<source>/exercises/...`. */
  readonly source: string;
  /** The JavaScript, laid out the same way: `<output>/exercises/...`. */
  readonly output: string;
  /** Staged files that belong to the student, relative to the workspace. */
  readonly files: readonly string[];
  /** Present when other people's code is graded: where its processes are held. */
  readonly jail?: Jail;
}

/** A place for the processes of one submission: no files but its own, no network but a loopback of its own. */
export interface Jail {
  /** Tells processes of submissions that are judged at once apart; from 0. */
  readonly slot: number;
  /** The folder that the submission's processes share with the judge: the run makes it, and removes it. */
  readonly shared?: string;
}

/** Where a value came from in the student's source: `exercises/0-poc/01-queue/queue.ts:31:5`. */
export type SourceLocation = string;

/** Why a check failed, in the words the student will read. */
export interface CheckFailure {
  /** `EXPECTATION` when the code ran and gave a wrong answer; otherwise what happened to its process. */
  readonly code: ErrorCode;
  /** One line: what happened. */
  readonly summary: string;
  readonly expected?: string;
  readonly received?: string;
  readonly where?: SourceLocation;
  /** The likely cause, commonest mistake first. */
  readonly cause?: string;
  /** An HTTP exchange or a hexdump, as text. */
  readonly exhibit?: string;
  /** A `curl` line that repeats the request. */
  readonly curl?: string;
}

export interface CheckResult {
  readonly id: string;
  /** A sentence: "take() waits until there is an item". */
  readonly title: string;
  readonly status: 'passed' | 'failed';
  readonly ms: number;
  /** The seed of this check's random inputs. */
  readonly seed: string;
  readonly failure?: CheckFailure;
}

export type GateKind = 'count' | 'exponent' | 'ratio' | 'abs';

export interface GateResult {
  readonly id: string;
  readonly title: string;
  readonly kind: GateKind;
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
  readonly limit: number;
  /** Null when the work ended before a number could be read; `reason` says why. */
  readonly measured: number | null;
  /** `x the yardstick`, `appends`, `requests/s`. */
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  /** What the student is compared with, and its own number. */
  readonly yardstick?: { readonly name: string; readonly value: number; readonly unit: string };
  /** The reference solution's measured value: value, machine and date. */
  readonly reference: string;
  /** One thing to try when it fails. */
  readonly advice: string;
  /** Failed or inconclusive: what decided, in one line. */
  readonly reason?: string;
  /** What else was read, passed or not: what was counted and where, the requests per second, the four times. */
  readonly note?: string;
  readonly ms: number;
}

export type Stage = 'compile' | 'rules' | 'behaviour' | 'gate';

/** What is known about an attempt; never a boolean. */
export type Verdict =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed'; readonly stage: Stage; readonly code: ErrorCode; readonly summary: string }
  | {
      readonly outcome: 'inconclusive';
      readonly stage: 'gate';
      readonly code: ErrorCode;
      readonly summary: string;
    }
  | { readonly outcome: 'error'; readonly code: ErrorCode; readonly summary: string };

/** Which part of the pipeline to run; a pass needs all of it. */
export type Only = 'behaviour' | 'gate';

/** One run of the pipeline over one exercise: `.craft/attempts/<n>/verdict.json` and `craft verify --json`. */
export interface Attempt {
  readonly schema: 1;
  readonly number: number;
  readonly exercise: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly ms: number;
  readonly seed: string;
  readonly only?: Only;
  readonly craft: string;
  readonly node: string;
  readonly verdict: Verdict;
  readonly diagnostics: readonly Diagnostic[];
  readonly violations: readonly RuleViolation[];
  readonly checks: readonly CheckResult[];
  /** Checks of the manifest that did not run. */
  readonly missing: readonly string[];
  readonly gates: readonly GateResult[];
  /** Ids of exercises that this pass unlocked. */
  readonly unlocked: readonly string[];
  /** What the student's code printed, shortened. */
  readonly output: string;
}

/** Progress of one exercise. */
export interface ExerciseProgress {
  readonly attempts: number;
  /** The number of the attempt that passed; absent when not passed, or no longer. */
  readonly passed?: number;
  /** The last attempt that ever passed, kept when the mark is lost: `craft diff` compares with it. */
  readonly lastPassed?: number;
  readonly lastAttempt?: number;
  /** Hints shown, 0-3. */
  readonly hints: number;
  /** When the solution was first shown before a pass: ISO 8601, UTC. */
  readonly gaveUp?: string;
  /** Best measured value per gate id. */
  readonly best: Readonly<Record<string, { readonly value: number; readonly unit: string }>>;
}

/** `.craft/progress.json` */
export interface Progress {
  readonly schema: 1;
  /** Version of craft that wrote it. */
  readonly craft: string;
  /** Id of the exercise that commands without a name mean. */
  readonly current: string | null;
  readonly nextAttempt: number;
  readonly exercises: Readonly<Record<string, ExerciseProgress>>;
}

/** Something the user should know that is no error; the caller prints it as one line. */
export interface Notice {
  readonly code: string;
  readonly text: string;
}
