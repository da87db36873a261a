/** What the pipeline tells the checks of a run, and what each check tells the pipeline. */
import type { Build, CheckFailure } from '../core/types.ts';

/** What a run is about: plain data, which starter.ts carries. */
export interface HarnessConfig {
  /** Where the build will be. It is there when the starter says "go". */
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
    /** Name of the channel of starter.ts. */
    craftStarter: string;
  }
  interface TaskMeta {
    craft?: CheckMeta;
  }
}
