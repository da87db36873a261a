/** What `craft check` proves about the curriculum. */

/** One claim about an exercise, and whether it holds. */
export interface Proof {
  /** The exercise's id. */
  readonly exercise: string;
  /** What is claimed: `files`, `lesson`, `solution`, `mutant no-close` ... */
  readonly claim: string;
  readonly holds: boolean;
  /** What is wrong, and where: one line per problem. Empty when it holds. */
  readonly problems: readonly string[];
  readonly ms: number;
}

/** A run of a sound solution that did not pass. */
export interface Flip {
  readonly which: 'solution' | 'design';
  readonly seed: string;
  /** Absent when no check failed: the run itself ended. */
  readonly check?: string;
  readonly what: string;
  /** The command that repeats the seed. */
  readonly again: string;
}

/** Result of `craft check --seeds`. */
export interface FlipReport {
  readonly schema: 1;
  readonly exercise: string;
  readonly runs: number;
  /** Busy loops beside them. */
  readonly load: number;
  readonly flips: readonly Flip[];
  readonly ms: number;
}

/** Result of `craft check --new`. */
export interface ScaffoldReport {
  readonly schema: 1;
  /** `1-ingestion/11-batches` */
  readonly exercise: string;
  /** Relative to the clone. */
  readonly files: readonly string[];
}

/** Result of `craft check`. */
export interface CurriculumReport {
  readonly schema: 1;
  /** True when every claim holds. */
  readonly sound: boolean;
  /** Exercise by exercise, in the order of the curriculum. */
  readonly proofs: readonly Proof[];
  readonly ms: number;
}
