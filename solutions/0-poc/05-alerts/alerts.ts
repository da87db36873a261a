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
  /** Stops the timer of the next tick; defined from `start` to `stop`. */
  #cancelTimer: Cancel | undefined;
  /**
   * Ids of the rules that were told as FIRING and not yet as RESOLVED: all that one tick leaves for the next.
   * Keyed by rule and not by metric, since two rules on one metric can differ in their answer.
   */
  readonly #firing = new Set<string>();
  #inFlight: Promise<void> | undefined;

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
    // Two ticks at once would both read "not firing yet" and both say FIRING. The promise of the tick in
    // flight is the guard, and it is also what stop() waits for.
    this.#inFlight ??= this.#judgeAll().finally(() => {
      this.#inFlight = undefined;
    });
    return this.#inFlight;
  }

  /**
   * Ticks at once, and then every `intervalMs`, however long a query takes. A second call does nothing.
   * What it does while a `stop` still waits is left open.
   */
  start(): void {
    if (this.#cancelTimer === undefined) this.#tickAndSetTimer();
  }

  /** Stops ticking. Resolves when the tick in flight, if any, has ended; that tick sets no timer any more. */
  async stop(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await this.#inFlight;
  }

  #tickAndSetTimer(): void {
    // The next timer is set before this tick begins. So a slow tick does not push the later ones back, and a tick
    // that ends after stop() has no timer left to set. If it is still in flight when the timer fires, tick()
    // starts nothing: the interval is skipped, not queued.
    this.#cancelTimer = this.#clock.timer(this.#intervalMs, () => this.#tickAndSetTimer());
    void this.tick();
  }

  async #judgeAll(): Promise<void> {
    // Read once: a slow query must not move the window of the rules after it.
    const now = this.#clock.now();
    for (const rule of this.#rules) {
      try {
        await this.#judge(rule, now);
      } catch {
        // One broken rule is one rule without an answer. The others still have theirs.
        this.#failures++;
      }
    }
  }

  async #judge(rule: Rule, now: number): Promise<void> {
    // The window is (now - windowMs, now]. Timestamps are whole milliseconds and the query includes both its
    // ends, so the first one inside is one millisecond later.
    const value = average(await this.#query(rule.metric, now - rule.windowMs + 1, now));
    // No values, or a NaN among them: nothing is known, and nothing known changes nothing.
    if (Number.isNaN(value)) return;

    const firing = rule.op === '>' ? value > rule.threshold : value < rule.threshold;
    if (firing === this.#firing.has(rule.id)) return;

    await this.#emit({ type: firing ? 'FIRING' : 'RESOLVED', rule: rule.id, value, at: now });
    // Remember it only now. Had emit failed, the state would still be the old one, and the next tick would
    // see the same change and tell it again.
    if (firing) this.#firing.add(rule.id);
    else this.#firing.delete(rule.id);
  }
}

/** The arithmetic mean; NaN for no values at all. Given. */
export function average(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
