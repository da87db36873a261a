/** One generator process at work: its connections, its warm-up, its runs. */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { ClosedLoop } from './closed.ts';
import { Connection } from './connection.ts';
import { HeadMemory } from './head.ts';
import { Judge } from './judge.ts';
import type { Loop } from './loop.ts';
import { createTimetable, OpenLoop } from './open.ts';
import { Opener } from './opener.ts';
import { type Job, monotonicMs, type Part, type RunReport, type WarmUpReport } from './protocol.ts';
import { parseTarget, Requests } from './request.ts';
import type { Shared } from './shared.ts';
import { createHistogram, Tally } from './tally.ts';

const sweepMs = 50;
/** A warm-up is over after this long, whatever was asked; then replies are awaited a little. */
const longestWarmUpMs = 10_000;
const warmUpGraceMs = 1_000;
/** How long replies that nobody asked for are waited for behind the last one. */
const shortestListenMs = 20;
const longestListenMs = 250;
const readBytes = 65_536;

/** Between runs, and while there is nothing to decide. */
const nobody = { ready: () => {}, refused: () => {} };

/** CPU and event loop since `begin`, up to `end`. */
class Meter {
  #cpu = process.cpuUsage();
  #loop = performance.eventLoopUtilization();
  cpuMs = 0;
  activeMs = 0;
  idleMs = 0;

  begin(): void {
    this.#cpu = process.cpuUsage();
    this.#loop = performance.eventLoopUtilization();
  }

  end(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const { active, idle } = performance.eventLoopUtilization(this.#loop);
    this.cpuMs = (user + system) / 1_000;
    this.activeMs = active;
    this.idleMs = idle;
  }
}

export class Engine {
  readonly #job: Job;
  readonly #shared: Shared;
  readonly #connections: readonly Connection[];
  readonly #sweeper: NodeJS.Timeout;
  #loop: Loop | undefined;
  #meter = new Meter();
  #stopped = false;

  private constructor(job: Job, shared: Shared) {
    this.#job = job;
    this.#shared = shared;
    this.#connections = Array.from({ length: job.clients }, () => new Connection(shared));
    this.#sweeper = setInterval(() => {
      const now = performance.now();
      for (const connection of this.#connections) connection.sweep(now);
    }, sweepMs);
  }

  /** Makes the requests and opens the connections; a server that lets nobody in is no error. */
  static async open(job: Job): Promise<Engine> {
    const { spec } = job;
    const target = parseTarget(spec.url);
    const requests = new Requests(spec, job.worker);
    const engine = new Engine(job, {
      host: await findAddress(target.host, target.port),
      port: target.port,
      pipeline: spec.pipeline,
      keepAlive: spec.keepAlive,
      bodiless: spec.method === 'HEAD',
      timeoutMs: spec.timeoutMs,
      requests,
      judge: new Judge(spec.expect, requests.batch),
      memory: new HeadMemory(),
      buffer: Buffer.alloc(readBytes),
      tally: new Tally(),
      driver: nobody,
      underWay: 0,
    });
    await engine.#openAll();
    return engine;
  }

  get ended(): number {
    return this.#shared.tally.ended;
  }

  get failed(): number {
    return this.#shared.tally.failed;
  }

  /** Requests like those of a run, not counted; it ends early when nothing succeeds. */
  async warmUp(part: Part): Promise<WarmUpReport> {
    const startedAt = performance.now();
    const ms = Math.min(part.ms ?? longestWarmUpMs, longestWarmUpMs);
    this.#prepare({ ...part, ms }, 'warm-up');
    const loop = this.#loop;
    if (loop === undefined || part.requests === 0 || ms === 0) return { requests: 0, ms: 0 };
    loop.start(performance.now());
    const hopeless = setInterval(() => {
      const { ended, failed } = this.#shared.tally;
      const late = performance.now() - startedAt > ms + Math.min(warmUpGraceMs, this.#shared.timeoutMs);
      if (late || (failed === ended && failed > 2 * this.#connections.length)) loop.stop(performance.now());
    }, sweepMs);
    await loop.finished;
    clearInterval(hopeless);
    this.#shared.driver = nobody;
    return { requests: this.ended, ms: performance.now() - startedAt };
  }

  /** Gets a run ready. Connections that were closed meanwhile are opened again. */
  async prepare(part: Part): Promise<void> {
    await this.#openAll();
    this.#prepare(part, 'run');
  }

  /** Runs what was prepared, from that moment of the monotonic clock on. */
  async run(at: number): Promise<RunReport> {
    const loop = this.#loop;
    if (loop === undefined) throw new Error('prepare comes first');
    const offset = monotonicMs() - performance.now();
    // The last moments are waited for awake: a timer would be late.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - monotonicMs() - 2)));
    while (monotonicMs() < at && !this.#stopped) await new Promise((resolve) => setImmediate(resolve));
    const startedAt = Math.max(at - offset, performance.now() - 1);
    this.#shared.tally.start(startedAt);
    this.#meter.begin();
    loop.start(startedAt);
    if (this.#stopped) loop.stop(performance.now());
    await loop.finished;
    this.#shared.driver = nobody;
    const endedAt = performance.now();
    if (!loop.stopped) await this.#listen();
    return this.#report(loop, endedAt);
  }

  /** Ends what is under way, now; a run that has not begun ends when it begins. */
  stop(): void {
    this.#stopped = true;
    this.#loop?.stop(performance.now());
  }

  close(): void {
    this.stop();
    clearInterval(this.#sweeper);
    this.#shared.driver = nobody;
    for (const connection of this.#connections) connection.close();
  }

  async #openAll(): Promise<void> {
    if (!this.#shared.keepAlive) return;
    const opener = new Opener(this.#connections);
    this.#shared.driver = opener;
    opener.start();
    await opener.finished;
    this.#shared.driver = nobody;
  }

  #prepare(part: Part, name: 'warm-up' | 'run'): void {
    const { spec, worker, of, tickMs } = this.#job;
    const shared = this.#shared;
    const meter = new Meter();
    const ended = (): void => meter.end();
    this.#meter = meter;
    shared.tally = new Tally(tickMs);
    if (spec.mode.kind === 'closed') {
      const share = { requests: part.requests ?? Infinity, ms: part.ms ?? Infinity };
      this.#loop = new ClosedLoop(this.#connections, shared, share, ended);
    } else {
      const requests = Math.min(
        part.requests ?? Infinity,
        Math.round((spec.mode.rate * (part.ms ?? Infinity)) / 1_000),
      );
      const ms = (requests / spec.mode.rate) * 1_000;
      const times = createTimetable(requests, ms, `${spec.seed}/${name}`, worker, of);
      const timetable = { times, ms, spins: availableParallelism() > of };
      this.#loop = new OpenLoop(this.#connections, shared, timetable, ended);
    }
    shared.driver = this.#loop;
  }

  /**
   * A server that answers more than it was asked is a reply ahead: each one too many pushes the others back by one, until
   * the last of them has no request left to be taken for. It needs no longer than replies usually do.
   */
  async #listen(): Promise<void> {
    if (!this.#connections.some((connection) => connection.isOpen)) return;
    const ms = Math.min(longestListenMs, Math.max(shortestListenMs, 2 * this.#shared.tally.usualMs));
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  #report(loop: Loop, endedAt: number): RunReport {
    const { cpuMs, activeMs, idleMs } = this.#meter;
    const waited = loop instanceof OpenLoop ? loop.idleMs : 0;
    // Waiting awake costs CPU time that nobody asked for. It is known as time that passed, of which others may have had a
    // part: so much of all CPU time is taken off as it was of all time in which this loop did not sleep.
    const worked = activeMs > 0 ? Math.max(0, 1 - waited / activeMs) : 1;
    const lags = loop instanceof OpenLoop ? loop.lags : createHistogram();
    return {
      tally: this.#shared.tally.report(endedAt),
      planned: loop.planned,
      windowMs: loop.windowMs,
      totalMs: loop.totalMs,
      cores: loop.windowMs > 0 ? (cpuMs * worked) / loop.windowMs : 0,
      loop: activeMs + idleMs > 0 ? Math.max(0, activeMs - waited) / (activeMs + idleMs) : 0,
      lags: encodeIntoCompressedBase64(lags),
      stopped: loop.stopped,
    };
  }
}

/** A name may stand for several addresses (`localhost`): the first at which somebody listens. */
async function findAddress(host: string, port: number): Promise<string> {
  const found = await lookup(host, { all: true }).catch(() => []);
  for (const { address } of found.length > 1 ? found : []) {
    const listens = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address, port, timeout: 1_000 });
      const settle = (answer: boolean): void => {
        socket.destroy();
        resolve(answer);
      };
      socket
        .on('connect', () => settle(true))
        .on('error', () => settle(false))
        .on('timeout', () => settle(false));
    });
    if (listens) return address;
  }
  return found[0]?.address ?? host;
}
