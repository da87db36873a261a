/** What the pipeline tells the checks of a run, and what each check tells the pipeline. */
import type { Build, CheckFailure } from '../core/types.ts';

/** Handed to the checks through vitest's provide/inject. Plain data. */
export interface HarnessConfig {
  readonly build: Build;
  readonly driverDirectory: string;
  /** The run's seed. */
  readonly seed: string;
  /** Only these checks, for a replay; all when absent. */
  readonly only?: readonly string[];
}

/** Left in the test's meta, where the pipeline's reporter finds it. */
export interface CheckMeta {
  readonly id: string;
  readonly title: string;
  readonly seed: string;
  readonly reached: boolean;
  /** What the student's code printed during this check. */
  readonly output: string;
  readonly log: readonly string[];
  readonly failure?: CheckFailure;
  /** A bug in the check or in craft: no verdict about the student. */
  readonly internal?: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    craft: HarnessConfig;
  }
  interface TaskMeta {
    craft?: CheckMeta;
  }
}
