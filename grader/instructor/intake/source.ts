/** What a folder, an archive and a repository have in common. */
import type { Survey, Wanted } from './rules.ts';

export interface Content {
  readonly wanted: Wanted<unknown>;
  readonly bytes: Uint8Array;
}

/** A submission, open. Its methods throw a Refusal for what is the submission's fault, anything else for what is not. */
export interface Source<Key> {
  /** Adds every name, in an order that is always the same for the same submission. */
  survey(survey: Survey<Key>): Promise<void>;
  /** The files that were chosen, in any order; each has the length that was stated, or is checked then. */
  contents(wanted: readonly Wanted<Key>[]): AsyncIterable<Content>;
  close(): Promise<void>;
}
