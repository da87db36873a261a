/**
 * Runs the hidden checks of one exercise with vitest, in the judge's own process. The student's code is never
 * loaded here: the checks reach it through the subject process.
 */
import { join } from 'node:path';
import type { Reporter, TestCase, Vitest } from 'vitest/node';
import { limits } from '../core/limits.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { CheckResult } from '../core/types.ts';
import type { CheckMeta, HarnessConfig } from '../harness/context.ts';

export interface BehaviourResult {
  readonly checks: readonly CheckResult[];
  /** What the student's code printed, check by check. */
  readonly output: string;
  /** A bug in a check or in craft: its stack. */
  readonly internal?: string;
}

export interface BehaviourOptions {
  readonly config: HarnessConfig;
  readonly signal?: AbortSignal;
  onCheck?(result: CheckResult): void;
}

/** Vitest, started once and kept: a second run in the same process starts in half the time. */
export interface BehaviourRunner {
  /** Starts loading vitest, which can go on while the compiler works. */
  warmUp(): void;
  run(options: BehaviourOptions): Promise<BehaviourResult>;
  close(): Promise<void>;
}

export function createBehaviourRunner(): BehaviourRunner {
  const collector = new Collector();
  let started: Promise<Vitest> | undefined;
  return {
    warmUp: () => {
      started ??= start(collector);
    },
    run: async ({ config, signal, onCheck }) => {
      started ??= start(collector);
      const vitest = await started;
      vitest.provide('craft', config);
      const results = collector.begin(onCheck);
      const file = join(config.driverDirectory, 'behaviour.test.js');
      const specification = vitest.getRootProject().createSpecification(file);
      const cancel = (): void => void vitest.cancelCurrentRun('keyboard-input');
      signal?.addEventListener('abort', cancel);
      const deadline = setTimeout(cancel, limits.behaviourMs);
      try {
        await vitest.runTestSpecifications([specification], true);
      } finally {
        clearTimeout(deadline);
        signal?.removeEventListener('abort', cancel);
      }
      return results();
    },
    close: async () => {
      await (await started)?.close();
      started = undefined;
    },
  };
}

async function start(reporter: Reporter): Promise<Vitest> {
  const { createVitest } = await import('vitest/node');
  // Runners leave out node_modules by default, which is where an installed craft lives; and nothing of the
  // student's (a vitest.config, a package.json) may be looked for: hence config, root and include are ours.
  const vitest = await createVitest(
    'test',
    {
      config: false,
      root: builtGraderRoot,
      include: ['checks/**/behaviour.test.js'],
      exclude: [],
      watch: false,
      reporters: [reporter],
      // One run of the checks of 0.1, kept warm, took 345 ms of CPU time in a thread; its imports done by Node itself
      // (viteModuleRunner: false) 530; in a forked process it took 870 ms against 800 on the clock. `isolate: false`
      // gains nothing: the thread ends with the run. (2-core EPYC VM, Node 20.20, loaded, 2026-11-23)
      pool: 'threads',
      maxWorkers: 1,
      fileParallelism: false,
      isolate: true,
      sequence: { shuffle: false },
      retry: 0,
      // The installation may be read-only.
      cache: false,
      allowOnly: false,
      passWithNoTests: false,
      coverage: { enabled: false },
      env: {},
      ui: false,
      api: false,
      server: { deps: { external: [/\/grader\/(?!checks\/)/] } },
    },
    { envDir: false, logLevel: 'silent', clearScreen: false, server: { middlewareMode: true, ws: false } },
  );
  leaveSignalsToCraft();
  return vitest;
}

/**
 * Vitest ends the process a millisecond after SIGINT or SIGTERM: before the subject is stopped, the lock is given
 * back and the student is told. Its handler is the one that also waits for the process to end.
 */
function leaveSignalsToCraft(): void {
  const atExit: readonly unknown[] = process.listeners('exit');
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    for (const listener of process.listeners(name))
      if (atExit.includes(listener)) process.off(name, listener);
  }
}

/** Gathers what each check left in its meta. */
class Collector implements Reporter {
  #checks: CheckResult[] = [];
  #output = '';
  #internal: string | undefined;
  #onCheck: ((result: CheckResult) => void) | undefined;

  /** Forgets the last run; the returned function gives the results of the one that begins. */
  begin(onCheck: ((result: CheckResult) => void) | undefined): () => BehaviourResult {
    this.#checks = [];
    this.#output = '';
    this.#internal = undefined;
    this.#onCheck = onCheck;
    return () => ({
      checks: this.#checks,
      output: this.#output,
      ...(this.#internal === undefined ? {} : { internal: this.#internal }),
    });
  }

  onTestCaseResult(test: TestCase): void {
    const meta = test.meta().craft;
    if (meta?.reached !== true) {
      if (meta === undefined) this.#internal ??= errorsOf(test) || `check "${test.name}" left no result`;
      return;
    }
    this.#output += heading(meta);
    this.#internal ??= meta.internal;
    const passed =
      test.result().state === 'passed' && meta.failure === undefined && meta.internal === undefined;
    const result: CheckResult = {
      id: meta.id,
      title: meta.title,
      status: passed ? 'passed' : 'failed',
      ms: Math.round(test.diagnostic()?.duration ?? 0),
      seed: meta.seed,
      ...(meta.failure === undefined ? {} : { failure: meta.failure }),
    };
    this.#checks.push(result);
    this.#onCheck?.(result);
  }

  onTestModuleEnd(module: { errors(): readonly { message: string; stack?: string | undefined }[] }): void {
    const [error] = module.errors();
    if (error !== undefined) this.#internal ??= error.stack ?? error.message;
  }

  onTestRunEnd(
    _modules: unknown,
    unhandled: readonly { message: string; stack?: string | undefined }[],
  ): void {
    const [error] = unhandled;
    if (error !== undefined) this.#internal ??= error.stack ?? error.message;
  }
}

function heading(meta: CheckMeta): string {
  const text = [...meta.log, meta.output].filter((part) => part !== '').join('\n');
  return text === '' ? '' : `--- ${meta.id}\n${text.endsWith('\n') ? text : `${text}\n`}`;
}

function errorsOf(test: TestCase): string {
  return (test.result().errors ?? []).map((error) => error.stack ?? error.message).join('\n');
}
