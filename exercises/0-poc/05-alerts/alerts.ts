/**
 * Asks the store the same questions again and again, and speaks only when an answer changes.
 *
 *   rules ──> query the last window ──> average ──> above or below? ──> changed? ──> emit
 *               (every tick, every rule)                               (rarely)
 */
import type { Cancel, Clock } from '../../kernel/index.ts';

/** A question, and the answer that is worth waking somebody for. */
export interface Rule {
  /** Unique among the rules of a loop: `cpu-high`. */
  readonly id: string;
  /** The metric's name: `cpu_usage`. Several rules may watch one metric. */
  readonly metric: string;
  /** The rule fires while the average of its window is above (`>`) or below (`<`) the threshold. */
  readonly op: '>' | '<';
  readonly threshold: number;
  /** How far back the average looks, in milliseconds. */
  readonly windowMs: number;
}

/** Something changed: what a person is told. */
export interface AlertEvent {
  readonly type: 'FIRING' | 'RESOLVED';
  /** The rule's id. */
  readonly rule: string;
  /** The average that changed the answer. */
  readonly value: number;
  /** The tick's time: `clock.now()` when the tick began. */
  readonly at: number;
}

/**
 * The values of one metric with `start <= timestamp <= end`: both ends are included, as in exercise 0.4.
 * `[]` when there are none. It may be slow, and it may fail.
 */
export type Query = (metric: string, start: number, end: number) => Promise<readonly number[]>;

/** Where events go: a log file, a pager. The event counts as told when this has returned (and resolved). */
export type Emit = (event: AlertEvent) => void | Promise<void>;

export interface AlertOptions {
  /** Time from one tick to the next. Default: 10 s. */
  readonly intervalMs?: number;
}

export class AlertLoop {
  readonly #query: Query;
  readonly #rules: readonly Rule[];
  readonly #clock: Clock;
  readonly #emit: Emit;
  readonly #intervalMs: number;
  #failures = 0;
  /** Stops the timer of the next tick, when there is one. */
  #cancelTimer: Cancel | undefined;
  // What else must one tick remember for the next? See "Invariants" in the lesson.

  constructor(query: Query, rules: readonly Rule[], clock: Clock, emit: Emit, options: AlertOptions = {}) {
    this.#query = query;
    this.#rules = rules;
    this.#clock = clock;
    this.#emit = emit;
    this.#intervalMs = options.intervalMs ?? 10_000;
  }

  /** How many times a rule could not be judged or told: its query failed, or `emit` did. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Judges every rule once, for one instant, and emits an event for each one whose answer changed.
   *
   * Never rejects: a rule whose query or emit fails is counted in `failures`, keeps its state, and is judged
   * again at the next tick. Called while a tick is in flight, it starts no second one: its promise resolves when
   * the tick in flight has ended.
   */
  tick(): Promise<void> {
    // TODO(human): judge all rules at one instant; one tick at a time. Lesson: Tasks 1-3.
    throw new Error('TODO(human): judge every rule, emit what changed');
  }

  /**
   * Ticks at once, and then every `intervalMs`, however long a query takes. A second call does nothing.
   * What it does while a `stop` still waits is left open.
   */
  start(): void {
    // TODO(human): a tick now, and a timer for the next: `this.#clock.timer`. Lesson: Task 4.
    throw new Error('TODO(human): tick now and every intervalMs');
  }

  /** Stops ticking. Resolves when the tick in flight, if any, has ended; that tick sets no timer any more. */
  stop(): Promise<void> {
    // TODO(human): no next tick; wait for the one that runs. Lesson: Task 4.
    throw new Error('TODO(human): cancel the timer, wait for the tick in flight');
  }
}

/** The arithmetic mean; NaN for no values at all. Given. */
export function average(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
