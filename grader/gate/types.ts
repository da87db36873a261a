/**
 * What an exercise's `gate.ts` declares. The file of each kind measures and decides.
 *
 * Kinds in order of preference: count, exponent, ratio, abs. Where a limit stands is a decision about the good
 * and the bad versions that it must tell apart: a ratio limit at least 1.07x (CPU) or 1.25x (HTTP) above the
 * slowest good one and as far below the bad one; an abs limit at a third of what the reference does.
 */
import type { Random } from '../core/random.ts';
import type { Subject } from '../subject/types.ts';

interface GateBase {
  /** As in the manifest's `gates`. */
  readonly id: string;
  /** A sentence: "draining the queue grows linearly". */
  readonly title: string;
  /** The reference solution's measured value, machine and date: "1.02 (2-core EPYC VM, Node 20.20, 2026-11-23)". */
  readonly reference: string;
  /** One thing to try when it fails. */
  readonly advice: string;
}

/** What `measure` may use. */
export interface GateContext {
  /** Starts a fresh subject with the student's build; ended by the gate. */
  start(options?: { heapMb?: number }): Promise<Subject>;
  /** A fresh source of chance for this round. */
  readonly random: Random;
  /** An empty folder for files that this round needs. */
  readonly scratch: string;
  log(line: string): void;
}

/** A number, and optionally a line that names what was counted and where. */
export interface Measured {
  readonly value: number;
  readonly note?: string;
}

/** Operations seen by instrumented I/O: exact, decided by one run. */
export interface CountGate extends GateBase {
  readonly kind: 'count';
  readonly limit: number;
  readonly unit: string;
  measure(context: GateContext): Promise<Measured>;
}

/** One piece of work inside a driver: `prepare(size, seed)` is not timed, `work()` is; work's reply is checked. */
export interface DriverWork {
  /** Default `driver.ts`. */
  readonly file?: string;
  /** Exported function `(size: number, seed: string) => void | Promise<void>`; makes fresh input. Not timed. */
  readonly prepare: string;
  /** Exported function `() => Plain`; the timed part. Its reply travels inside the timed part: keep it small. */
  readonly work: string;
}

/** Slope of log CPU time over log size, four sizes n, 2n, 4n, 8n. */
export interface ExponentGate extends GateBase {
  readonly kind: 'exponent';
  /** 1.35 for linear work, 1.75 where memory grows past the caches. */
  readonly limit: number;
  readonly sizes: readonly [number, number, number, number];
  readonly subject: DriverWork;
  /** Returns what is wrong with the reply, or undefined. */
  verify(reply: unknown, size: number, seed: string): string | undefined;
}

/** CPU time of the student's work over that of a yardstick's, in fresh processes, interleaved. */
export interface RatioGate extends GateBase {
  readonly kind: 'ratio';
  /** Not given: work inside a driver. */
  readonly transport?: undefined;
  /** Allowed cost: cpu(student) / cpu(yardstick). Below 1 when the student must be faster: 0.25 is "4x faster". */
  readonly limit: number;
  /** Size passed to `prepare`: one sample of the yardstick should take 10-40 ms. */
  readonly size: number;
  readonly yardstick: DriverWork & { readonly name: string };
  readonly student: DriverWork;
  /** Returns what is wrong with the reply, or undefined. Asked for the yardstick's replies too: equal work, equal answer. */
  verify(reply: unknown, size: number, seed: string): string | undefined;
}

/** One request of a server gate, and the reply that it must get. */
export interface GateRequest {
  /** Default GET. */
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The status that every reply must have. */
  readonly status: number;
  /** The exact body that every reply must have; not compared when absent. */
  readonly reply?: string;
}

/** A server inside a driver: `start(seed)` listens on port 0 of 127.0.0.1 and resolves with the port. */
export interface DriverServer {
  /** Default `driver.ts`. */
  readonly file?: string;
  /** Exported function `(seed: string) => number | Promise<number>`. */
  readonly start: string;
  /** True when every request to it has a connection of its own. Default false: keep-alive. */
  readonly close?: boolean;
}

/** CPU time per request of the student's server over that of a yardstick server; requests/s within 1.3x the limit too. */
export interface HttpRatioGate extends GateBase {
  readonly kind: 'ratio';
  readonly transport: 'http';
  /** Allowed cost: cpu per request of the student / cpu per request of the yardstick. */
  readonly limit: number;
  readonly yardstick: DriverServer & { readonly name: string };
  readonly student: DriverServer;
  /** Fresh requests for one launch, sent in turn; some 16-64 of them. */
  requests(random: Random): readonly GateRequest[];
  /** Connections held open, each with one request under way. Default 32. */
  readonly connections?: number;
}

/** What `measure` reads is the better of `rounds`: a wall-clock figure, only where the reference has at least 3x headroom. */
export interface AbsGate extends GateBase {
  readonly kind: 'abs';
  readonly limit: number;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  /** Default 5. */
  readonly rounds?: number;
  measure(context: GateContext): Promise<Measured>;
}

export type Gate = CountGate | ExponentGate | RatioGate | HttpRatioGate | AbsGate;
