/**
 * What the grader and its judges say to each other: JSON, a line each, on the judge's standard input and on its file
 * descriptor 3. Both ends are craft; no byte of a student's is on these channels but as text within a value.
 */
import type { ErrorCode } from '../../core/errors.ts';
import type { Jail } from '../../core/types.ts';
import type { Observation } from './score.ts';

/** File descriptor on which a judge answers. */
export const answerChannel = 3;

/** Checks that are run together. */
export interface CheckSet {
  /** Folder of the compiled checks; craft's own when absent. */
  readonly directory?: string;
  readonly checks: readonly string[];
}

export interface JudgeTask {
  /** Folder with the submission's `exercises/`. */
  readonly root: string;
  /** A folder for the build; emptied by whoever made it. */
  readonly state: string;
  readonly exercise: string;
  readonly sets: readonly CheckSet[];
  /** Gates to be held, if the checks pass. */
  readonly gates: readonly string[];
  readonly seed: string;
  readonly jail?: Jail;
}

export type ToJudge =
  | { readonly say: 'judge'; readonly task: JudgeTask }
  | { readonly say: 'your turn' }
  | { readonly say: 'stop' };

export type FromJudge =
  | { readonly say: 'seen'; readonly observation: Observation }
  /** The judge could not judge. */
  | { readonly say: 'failed'; readonly code: ErrorCode | null; readonly message: string }
  | { readonly say: 'turn?'; readonly quiet: boolean }
  | { readonly say: 'turn over' };

/** Calls back with each whole line of a stream. */
export function onLines(stream: NodeJS.ReadableStream, callback: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) callback(line);
  });
}
