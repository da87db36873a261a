/** What the page's script knows of each cell, for its details: as little as possible, since there are thousands. */
import type { State } from '../states.ts';

export interface ClassData {
  readonly exercises: readonly { readonly number: string; readonly title: string }[];
  readonly students: readonly StudentData[];
}

export interface StudentData {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly source: string;
  readonly commit: string;
  /** Name of the files about this student, without `.json`. */
  readonly file: string;
  readonly score: string;
  /** In the order of the exercises; null where there is no record. */
  readonly records: readonly (RecordData | null)[];
}

export interface RecordData {
  readonly state: State;
  readonly mark: string;
  readonly verdict: string;
  readonly score: string;
  readonly reason: string;
  /** Each failed check: its title, and what it says. */
  readonly failed: readonly (readonly [title: string, message: string])[];
  /** Failed checks whose messages are left out here. */
  readonly more: number;
  /** `12 of 16 checks passed, 3 were not reached` */
  readonly checks: string;
  /** Each gate: title, figures. */
  readonly gates: readonly (readonly [title: string, says: string])[];
  readonly seed: string;
  readonly attempts: number;
  readonly error: string;
}
