/** What the pipeline is asked for, and what it says on the way. */
import type {
  Attempt,
  CheckResult,
  Curriculum,
  Exercise,
  GateResult,
  Jail,
  Only,
  Stage,
  Workspace,
} from '../core/types.ts';

export type RunEvent =
  | { readonly type: 'stage'; readonly stage: Stage }
  | { readonly type: 'check'; readonly result: CheckResult }
  | { readonly type: 'gate-progress'; readonly id: string; readonly text: string }
  | { readonly type: 'gate'; readonly result: GateResult }
  | { readonly type: 'notice'; readonly text: string };

export interface RunOptions {
  readonly curriculum: Curriculum;
  readonly workspace: Workspace;
  readonly exercise: Exercise;
  /** A pass needs all of it. */
  readonly only?: Only;
  /** Chosen when absent. */
  readonly seed?: string;
  /** Only these checks: a replay. */
  readonly checks?: readonly string[];
  /** Whether the attempt is kept and counts. */
  readonly record: boolean;
  /** Where the compiled checks and their drivers are; those of craft when absent. Gates are always craft's. */
  readonly checksDirectory?: string;
  /** Holds the gates when it is their turn; at once when absent. */
  readonly gateTurn?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Where the submission's processes are held: for grading other people's work. */
  readonly jail?: Jail;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
}

export interface RunnerOptions {
  /** Get ready for the next run of the same exercise when one has ended: for craft watch. */
  readonly spare?: boolean;
}

export interface Runner {
  /** Rejects with INTERRUPTED when the signal is aborted; nothing is recorded then. */
  run(options: RunOptions): Promise<Attempt>;
  close(): Promise<void>;
}
