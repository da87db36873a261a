/**
 * A load, from the outside: `runLoad` sends what a spec says and tells what came of it.
 *
 * How the figures are made:
 * - Each request that was sent is in exactly one outcome. Those under way when the clock stops are awaited (at most
 *   `timeoutMs`) and counted; those under way when the user interrupts are not, neither as sent nor as ended.
 * - `rate` is the successes that ended within the window, over the window. The window is `measure.ms`; in a closed
 *   loop that ends by its requests it lasts until the last of them left (see closed.ts). So a reply that hangs at the
 *   end costs what one reply costs. `ms` lasts until the last request has ended.
 * - Latencies are those of successes: in the closed loop from when the request left (or began to open its connection),
 *   in the open loop from when it was due. Open loop: requests that were due and found no free connection until 2 s
 *   after the window (`timeoutMs`, if that is less) are `planned - sent`; no latency of theirs is in the histogram.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CraftError } from '../core/errors.ts';
import { mergeReports } from './merge.ts';
import { GeneratorProcess } from './process.ts';
import {
  type Command,
  type Job,
  monotonicMs,
  type Part,
  type RunReport,
  type WarmUpReport,
} from './protocol.ts';
import { Requests } from './request.ts';
import type { Extent, LoadResult, LoadSpec } from './types.ts';

export interface LoadProgress {
  readonly phase: 'warm-up' | 'measuring';
  readonly elapsedMs: number;
  /** Null when only the number of requests ends it. */
  readonly totalMs: number | null;
  readonly ended: number;
  readonly failed: number;
  /** Requests ended a second, lately. */
  readonly rate: number;
}

export interface LoadOptions {
  /** Ends the run early, with what was measured so far. */
  readonly signal?: AbortSignal;
  /** About four times a second. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** A generator with open connections; they stay warm from run to run. */
export interface Load {
  /** Sends `spec.warmup`; the next results say what it was. */
  warmUp(options?: LoadOptions): Promise<void>;
  run(extent: Extent, options?: LoadOptions): Promise<LoadResult>;
  /** Leaves no process and no socket. */
  close(): Promise<void>;
}

/** Of the result's curve over time. */
const shortestTickMs = 250;
/** From "start" to the first request: enough for all processes to have heard it. */
const leadMs = 15;
/** A generator that does not stop within this time is ended. */
const stopMs = 700;

/** One load from its warm-up to its result; rejects for nothing that a server does. */
export async function runLoad(spec: LoadSpec, options: LoadOptions = {}): Promise<LoadResult> {
  const load = await openLoad(spec, options);
  try {
    await load.warmUp(options);
    return await load.run(spec.measure, options);
  } finally {
    await load.close();
  }
}

/** Starts the generator and opens its connections. Throws BAD_USAGE for a spec that cannot be sent. */
export async function openLoad(spec: LoadSpec, options: Pick<LoadOptions, 'signal'> = {}): Promise<Load> {
  new Requests({ ...spec, payload: { kind: 'none' } });
  const generator = new Generator(spec);
  await generator.open(options.signal);
  return generator;
}

class Generator implements Load {
  readonly #spec: LoadSpec;
  readonly #processes: readonly GeneratorProcess[];
  #warmUp: WarmUpReport = { requests: 0, ms: 0 };

  constructor(spec: LoadSpec) {
    this.#spec = spec;
    const count = Math.max(1, Math.min(spec.workers, spec.clients));
    this.#processes = Array.from({ length: count }, () => new GeneratorProcess());
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    const spec = this.#spec;
    const of = this.#processes.length;
    const tickMs = Math.max(shortestTickMs, (spec.measure.ms ?? 0) / 400);
    const shares = deal(spec.clients, this.#weights());
    const job = (worker: number): Job => ({ spec, worker, of, clients: shares[worker] ?? 0, tickMs });
    await this.#all((worker) => ({ verb: 'open', job: job(worker) }), signal);
  }

  async warmUp({ signal, onProgress }: LoadOptions = {}): Promise<void> {
    const { warmup } = this.#spec;
    if (warmup.requests === 0 || warmup.ms === 0 || Object.keys(warmup).length === 0) return;
    const parts = this.#parts(warmup);
    const reports = await this.#watched('warm-up', warmup, onProgress, () =>
      this.#all((worker) => ({ verb: 'warm-up', part: parts[worker] ?? {} }), signal),
    );
    const all = (reports ?? []).flatMap(({ warmUp }) => warmUp ?? []);
    this.#warmUp = {
      requests: all.reduce((sum, { requests }) => sum + requests, 0),
      ms: Math.max(0, ...all.map(({ ms }) => ms)),
    };
  }

  async run(extent: Extent, { signal, onProgress }: LoadOptions = {}): Promise<LoadResult> {
    const parts = this.#parts(extent);
    const prepared = await this.#all((worker) => ({ verb: 'prepare', part: parts[worker] ?? {} }), signal);
    const startedAt = new Date(Date.now() + leadMs).toISOString();
    const reports = prepared === undefined ? [] : await this.#measure(extent, signal, onProgress);
    return mergeReports(this.#spec, reports, { startedAt, warmUp: this.#warmUp });
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.end()));
  }

  async #measure(
    extent: Extent,
    signal: AbortSignal | undefined,
    onProgress: LoadOptions['onProgress'],
  ): Promise<readonly RunReport[]> {
    const at = monotonicMs() + leadMs;
    const stop = async (): Promise<undefined> => {
      for (const each of this.#processes) each.stop();
      await sleep(stopMs, undefined, { ref: false });
      return undefined;
    };
    const aborted = whenAborted(signal, stop);
    const answers = this.#watched('measuring', extent, onProgress, () =>
      Promise.all(
        this.#processes.map((each) => Promise.race([each.ask({ verb: 'start', at }), aborted.promise])),
      ),
    );
    try {
      return (await answers).flatMap((answer) => answer?.run ?? []);
    } finally {
      aborted.forget();
    }
  }

  /** Each process's answer; undefined when aborted first, and then the processes are ended. */
  async #all(command: (worker: number) => Command, signal: AbortSignal | undefined) {
    const aborted = whenAborted(signal, async () => {
      await this.close();
      return undefined;
    });
    const answers = Promise.all(this.#processes.map((each, worker) => each.ask(command(worker))));
    try {
      const result = await Promise.race([answers, aborted.promise]);
      // The abort may come in the moment in which the answers have come and nobody has read them yet: the processes
      // are being ended then, and to ask them again would look like a fault of theirs.
      return signal?.aborted === true ? undefined : result;
    } catch (error) {
      if (signal?.aborted === true) return undefined;
      await this.close();
      throw error;
    } finally {
      answers.catch(() => {});
      aborted.forget();
    }
  }

  async #watched<T>(
    phase: LoadProgress['phase'],
    extent: Extent,
    onProgress: LoadOptions['onProgress'],
    work: () => Promise<T>,
  ): Promise<T> {
    const startedAt = performance.now();
    const sum = (of: (each: GeneratorProcess) => number): number =>
      this.#processes.reduce((total, each) => total + of(each), 0);
    for (const each of this.#processes) each.forgetProgress();
    const [first] = this.#processes;
    const tell = (): void =>
      onProgress?.({
        phase,
        elapsedMs: performance.now() - startedAt,
        totalMs: extent.ms ?? null,
        ended: sum(({ ended }) => ended),
        failed: sum(({ failed }) => failed),
        rate: sum(({ rate }) => rate),
      });
    if (first !== undefined) first.onProgress = tell;
    try {
      return await work();
    } finally {
      if (first !== undefined) first.onProgress = () => {};
    }
  }

  /** The timetable of the open loop is one for all; in the closed one, each client has its share of the requests. */
  #parts(extent: Extent): readonly Part[] {
    const { requests, ms } = extent;
    if (this.#spec.mode.kind === 'open' && requests === undefined && ms === undefined) {
      throw new CraftError('BAD_USAGE', {
        message: 'A load at a fixed rate needs a duration or a number of requests.',
      });
    }
    if (this.#spec.mode.kind === 'open' || requests === undefined) return this.#processes.map(() => extent);
    const clients = deal(this.#spec.clients, this.#weights());
    return deal(requests, clients).map((share) => ({ ...extent, requests: share }));
  }

  #weights(): readonly number[] {
    return this.#processes.map(() => 1);
  }
}

/** Whole parts of `total` in proportion to the weights. */
function deal(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let before = 0;
  return weights.map((weight) => {
    const from = Math.round((total * before) / sum);
    before += weight;
    return Math.round((total * before) / sum) - from;
  });
}

/** Never settles without an abort. */
function whenAborted<T>(signal: AbortSignal | undefined, then: () => Promise<T>) {
  let listener = (): void => {};
  const promise = new Promise<T>((resolve, reject) => {
    listener = () => {
      then().then(resolve, reject);
    };
    if (signal?.aborted === true) listener();
    else signal?.addEventListener('abort', listener, { once: true });
  });
  return { promise, forget: () => signal?.removeEventListener('abort', listener) };
}
