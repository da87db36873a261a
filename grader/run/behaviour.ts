/**
 * Runs the hidden checks of one exercise with vitest, in the judge's own process. The student's code is never
 * loaded here: the checks reach it through the subject process.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Reporter, TestCase, Vitest } from 'vitest/node';
import { limits } from '../core/limits.ts';
import { builtGraderRoot } from '../core/paths.ts';
import type { CheckResult } from '../core/types.ts';
import type { CheckMeta, HarnessConfig } from '../harness/context.ts';
import { openStarter, type Starter } from '../harness/starter.ts';

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

/** Checks that wait for the compiler. One of the two must be called; of both the first one counts. */
export interface BehaviourRun {
  /** The build is there: lets the checks begin, and resolves to what they found. */
  check(): Promise<BehaviourResult>;
  /** There is nothing to check. */
  drop(): void;
}

/** Vitest, started once and kept: a second run in the same process starts in half the time. */
export interface BehaviourRunner {
  /** Starts loading vitest. */
  warmUp(): void;
  /** Starts what the checks need, which can go on while the compiler works. */
  prepare(options: BehaviourOptions): BehaviourRun;
  close(): Promise<void>;
}

/** A thread that has loaded the checks of a folder, or is about to. */
interface Thread {
  readonly directory: string;
  readonly starter: Starter;
  /** What its checks found, when they have run. */
  readonly ended: Promise<BehaviourResult>;
}

/**
 * With `spare`, the next thread for the same exercise is started as soon as a run has ended: who saves again and again
 * does not wait for it. (0.1 in craft watch: 205 of 490 ms; 2-core EPYC VM, Node 20.20, 2026-11-23)
 */
export function createBehaviourRunner({ spare }: { readonly spare: boolean }): BehaviourRunner {
  const collector = new Collector();
  let vitest: Promise<Vitest> | undefined;
  let waiting: Thread | undefined;
  /** Vitest has one run at a time. */
  let last: Promise<unknown> = Promise.resolve();

  const load = (): Promise<Vitest> => {
    vitest ??= start(collector);
    return vitest;
  };
  const open = (directory: string): Thread => {
    const starter = openStarter(`craft/${randomUUID()}`);
    const ended = last.then(async () => runThread(await load(), collector, directory, starter));
    last = ended.catch(() => {});
    return { directory, starter, ended };
  };
  /** The thread that waits for this folder's checks, or a new one. */
  const take = (directory: string): Thread => {
    const found = waiting;
    waiting = undefined;
    if (found?.directory === directory) return found;
    found?.starter.stop();
    return open(directory);
  };
  return {
    warmUp: () => void load(),
    prepare: ({ config, signal, onCheck }) => {
      const { directory, starter, ended } = take(config.driverDirectory);
      starter.prepare(config);
      const next = (): void => {
        if (spare) waiting ??= open(directory);
      };
      return {
        check: async () => {
          collector.onCheck = onCheck;
          starter.go();
          const cancel = async (): Promise<void> => (await load()).cancelCurrentRun('keyboard-input');
          const result = await within(limits.behaviourMs, ended, signal, () => void cancel());
          next();
          return result;
        },
        drop: () => {
          if (starter.stop()) next();
        },
      };
    },
    close: async () => {
      waiting?.starter.stop();
      await last;
      await (await vitest)?.close();
      vitest = undefined;
    },
  };
}

/** Waits for the end, and calls `cancel` when it has not come in time or the signal comes first. */
async function within<T>(
  ms: number,
  end: Promise<T>,
  signal: AbortSignal | undefined,
  cancel: () => void,
): Promise<T> {
  const deadline = setTimeout(cancel, ms);
  signal?.addEventListener('abort', cancel);
  try {
    return await end;
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', cancel);
  }
}

async function runThread(
  vitest: Vitest,
  collector: Collector,
  directory: string,
  starter: Starter,
): Promise<BehaviourResult> {
  const results = collector.begin();
  vitest.provide('craftStarter', starter.name);
  const file = join(directory, 'behaviour.test.js');
  try {
    await vitest.runTestSpecifications([vitest.getRootProject().createSpecification(file)], true);
  } finally {
    starter.close();
  }
  return results();
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
  onCheck: BehaviourOptions['onCheck'];

  /** Forgets the last run; the returned function gives the results of the one that begins. */
  begin(): () => BehaviourResult {
    this.#checks = [];
    this.#output = '';
    this.#internal = undefined;
    this.onCheck = undefined;
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
    this.onCheck?.(result);
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
