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

/** Result of `craft check`. */
export interface CurriculumReport {
  readonly schema: 1;
  /** True when every claim holds. */
  readonly sound: boolean;
  /** Exercise by exercise, in the order of the curriculum. */
  readonly proofs: readonly Proof[];
  readonly ms: number;
}
