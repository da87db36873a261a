/**
 * What grading a class produces: one record per submission and exercise, from which every report is made.
 * `craft grade` appends them to `<out>/run.jsonl`, one JSON object a line.
 */
import type { GateKind } from './types.ts';

/** How tightly student code was held: in a jail that its own attacks could not leave, or only in a process. */
export type Tier = 'sealed' | 'process';

/** What became of one exercise of one submission. */
export type GradeVerdict =
  | 'PASSED'
  /** A check failed, or was not reached. */
  | 'TEST_FAIL'
  | 'COMPILE_ERROR'
  /** An interface that the exercise forbids. */
  | 'FORBIDDEN'
  /** A TODO(human) is left. */
  | 'NOT_WRITTEN'
  | 'TIMEOUT'
  | 'CPU_LIMIT'
  | 'MEMORY_LIMIT'
  | 'PROCESS_LIMIT'
  | 'OUTPUT_LIMIT'
  /** The process ended by itself. */
  | 'CRASHED'
  | 'PROTOCOL_ERROR'
  /** All checks passed, a gate did not. */
  | 'PERF_FAIL'
  /** All checks passed; the noise of the machine decided a gate, three times over. */
  | 'PERF_UNSURE'
  /** A file of the exercise was not handed in. */
  | 'MISSING'
  /** The submission was not taken in: a link, a bomb, a repository that cannot be reached. */
  | 'REJECTED'
  /** The grader failed, three times over: no verdict about the student. */
  | 'UNGRADED';

/** Who handed in, and what exactly was graded. */
export interface GradedSubmission {
  /** Unique in the class: a name of a folder or archive, or the roster's id. */
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  /** Where it came from: a path relative to the submissions' folder, or a URL without credentials. */
  readonly source: string;
  /** The commit that was graded, when it came from git. */
  readonly commit?: string;
  /** sha256 over the paths and bytes of what was taken in; absent when nothing was. */
  readonly tree?: string;
}

export interface GradedCheck {
  readonly id: string;
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'not reached';
  readonly points: number;
  readonly maxPoints: number;
  readonly ms: number;
  /** Why it failed, for the student: plain text, cleaned of control characters, at most 8 KiB. */
  readonly message?: string;
  readonly seed: string;
}

export interface GradedGate {
  readonly id: string;
  readonly title: string;
  readonly kind: GateKind;
  /** `ungraded`: inconclusive three times over, or the grader's fault; its points count neither way. */
  readonly status: 'passed' | 'failed' | 'not reached' | 'ungraded';
  readonly points: number;
  readonly maxPoints: number;
  readonly measured: number | null;
  readonly limit: number;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly message?: string;
  readonly ms: number;
}

/** One exercise of one submission: a line of run.jsonl. */
export interface GradeRecord {
  readonly schema: 1;
  /** Hash of all that the result depends on: submission, checks, limits, versions, seed. Graded once. */
  readonly key: string;
  readonly submission: GradedSubmission;
  /** `0-poc/01-queue` */
  readonly exercise: string;
  /** `0.1` */
  readonly number: string;
  readonly title: string;
  readonly verdict: GradeVerdict;
  /** One line for the student: what happened. */
  readonly reason: string;
  /** Points of checks and gates together; null when ungraded. */
  readonly score: number | null;
  /** What could be had: less than the exercise's points where a gate is ungraded. */
  readonly maxScore: number;
  readonly checks: readonly GradedCheck[];
  readonly gates: readonly GradedGate[];
  readonly seed: string;
  readonly tier: Tier;
  readonly craft: string;
  readonly node: string;
  /** Hash of the exercise's checks, given files and limits. */
  readonly lab: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly ms: number;
  /** How often it was judged: more than once when the grader failed or noise decided. */
  readonly attempts: number;
  /** What went wrong in the grader, when it did. */
  readonly graderError?: string;
}

/** A class, graded: `<out>/class.json`. */
export interface GradeReport {
  readonly schema: 1;
  readonly course: string;
  readonly craft: string;
  readonly node: string;
  readonly tier: Tier;
  /** Why the tier is not `sealed`, and what to install. */
  readonly tierReason?: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly ms: number;
  /** What was asked for, in the order of the curriculum. */
  readonly exercises: readonly {
    readonly id: string;
    readonly number: string;
    readonly title: string;
    readonly maxScore: number;
  }[];
  /** In the order of the roster, or by id. */
  readonly students: readonly GradedStudent[];
}

export interface GradedStudent {
  readonly submission: GradedSubmission;
  /** One per exercise that was asked for, in that order. */
  readonly records: readonly GradeRecord[];
  /** Sum over what was graded. */
  readonly score: number;
  readonly maxScore: number;
  /** How many exercises, or gates, could not be graded. */
  readonly ungraded: number;
}
