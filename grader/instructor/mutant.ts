/**
 * A wrong solution, written as one small edit of the reference: what a student who holds `misconception` would
 * hand in. `craft check` applies the edit and demands that the check or gate it names refuses the result.
 */
export interface Mutant {
  /** Kebab case, unique within the exercise. */
  readonly id: string;
  /** What the student believes, as a sentence: "closing a queue may forget what is still in it". */
  readonly misconception: string;
  /** The edited file of the reference solution, relative to its folder: `queue.ts`. */
  readonly file: string;
  /** Text that occurs exactly once in that file. */
  readonly find: string;
  readonly replace: string;
  /** Id of the check, or of the gate, that must refuse it. */
  readonly killedBy: string;
}

/**
 * The very first success of the course: one line of a stub changed, and the check named passes. Exported as
 * `firstWin` beside an exercise's mutants; the first exercise must have one.
 */
export interface FirstWin {
  readonly file: string;
  /** One line of the stub, without the spaces around it. */
  readonly find: string;
  /** One line. */
  readonly replace: string;
  readonly check: string;
}
