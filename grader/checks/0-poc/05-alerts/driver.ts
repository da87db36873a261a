/**
 * Runs beside the student's AlertLoop: a store of samples in memory, a simulated clock, and a notebook of
 * everything the loop asked and said.
 */
import { SimClock, student } from '../../../harness/driver.ts';

type Alerts = typeof import('../../../../exercises/0-poc/05-alerts/alerts.ts');
type Loop = InstanceType<Alerts['AlertLoop']>;
type Rule = ConstructorParameters<Alerts['AlertLoop']>[1][number];

const { AlertLoop } = await student<Alerts>('alerts.ts');

interface Sample {
  readonly metric: string;
  readonly value: number;
  readonly timestamp: number;
}

/** How the store or the pager misbehaves; absent means well-behaved. */
interface Faults {
  /** Metrics whose query takes this long in virtual time. */
  slowMs?: Record<string, number>;
  /** Metrics whose query fails: it throws before there is a promise, or its promise rejects. */
  queries?: Record<string, 'throws' | 'rejects'>;
  /** Rules whose events are refused. */
  emits?: Record<string, 'throws' | 'rejects'>;
  /** How long a successful emit takes. */
  emitMs?: number;
}

export class Lab {
  readonly #clock: SimClock;
  readonly #loop: Loop;
  #samples: Sample[] = [];
  #faults: Faults = {};
  readonly #events: unknown[] = [];
  readonly #queries: { metric: string; start: number; end: number; at: number }[] = [];
  readonly #notes: string[] = [];
  readonly #inFlight = new Map<string, number>();
  #mostInFlight = 0;
  readonly #started: { done: boolean }[] = [];

  constructor(setup: { rules: Rule[]; startMs: number; intervalMs?: number }) {
    this.#clock = new SimClock(setup.startMs);
    const options = setup.intervalMs === undefined ? {} : { intervalMs: setup.intervalMs };
    const query = (metric: string, start: number, end: number) => this.#query(metric, start, end);
    const emit = (event: unknown) => this.#emit(event);
    this.#loop = new AlertLoop(query, setup.rules, this.#clock, emit, options);
  }

  /** Adds samples of one metric, all with one timestamp (now unless told otherwise). */
  add(metric: string, values: number[], timestamp = this.#clock.now()): void {
    for (const value of values) this.#samples.push({ metric, value, timestamp });
  }

  faults(faults: Faults): void {
    this.#faults = faults;
  }

  tick(): Promise<void> {
    return this.#loop.tick();
  }

  /** Calls tick() or stop() and returns at once; `done()` tells whether that call has resolved since. */
  begin(method: 'tick' | 'stop'): number {
    const call = { done: false };
    const ended = (): void => {
      call.done = true;
    };
    this.#note(`${method}() called`);
    // A rejection counts as an end too, and must not look like an unhandled one of this driver.
    Promise.resolve(this.#loop[method]()).then(ended, ended);
    return this.#started.push(call) - 1;
  }

  async done(call: number): Promise<boolean> {
    await this.#clock.advance(0); // lets promise callbacks run
    return this.#started[call]?.done ?? false;
  }

  start(): void {
    this.#note('start() called');
    this.#loop.start();
  }

  advance(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  /** One entry per tick: the samples that are new since the last one. Then `stepMs` pass. */
  async play(script: Record<string, number[]>[], stepMs: number): Promise<void> {
    for (const values of script) {
      for (const [metric, list] of Object.entries(values)) this.add(metric, list);
      await this.#loop.tick();
      await this.#clock.advance(stepMs);
    }
  }

  /** What there is to know so far, as plain data. */
  history() {
    return {
      now: this.#clock.now(),
      events: [...this.#events],
      queries: [...this.#queries],
      mostInFlight: this.#mostInFlight,
      failures: this.#loop.failures,
      timers: this.#clock.pending(),
      notes: this.#notes.slice(-40),
    };
  }

  #query(metric: string, start: number, end: number): Promise<number[]> {
    this.#queries.push({ metric, start, end, at: this.#clock.now() });
    const fault = this.#faults.queries?.[metric];
    if (fault !== undefined) {
      this.#note(`query ${metric} fails`);
      if (fault === 'throws') throw new Error(`${metric}: the store is not there`);
      return Promise.reject(new Error(`${metric}: the store is not there`));
    }
    return this.#answer(metric, start, end);
  }

  async #answer(metric: string, start: number, end: number): Promise<number[]> {
    const inFlight = (this.#inFlight.get(metric) ?? 0) + 1;
    this.#inFlight.set(metric, inFlight);
    this.#mostInFlight = Math.max(this.#mostInFlight, inFlight);
    const slow = this.#faults.slowMs?.[metric];
    if (slow !== undefined) await this.#clock.sleep(slow);
    this.#inFlight.set(metric, inFlight - 1);
    const inside = ({ timestamp }: Sample): boolean => start <= timestamp && timestamp <= end;
    const values = this.#samples.filter((sample) => sample.metric === metric && inside(sample));
    this.#note(
      `query ${metric} from ${start} to ${end} gives [${values.map(({ value }) => value).join(', ')}]`,
    );
    return values.map(({ value }) => value);
  }

  #emit(event: unknown): void | Promise<void> {
    const { rule, type } = event as { rule: string; type: string };
    const fault = this.#faults.emits?.[rule];
    if (fault === undefined) return this.#accept(event);
    this.#note(`emit ${type} ${rule} fails`);
    if (fault === 'throws') throw new Error('the pager is not there');
    return Promise.reject(new Error('the pager is not there'));
  }

  #accept(event: unknown): void | Promise<void> {
    const { type, rule, value, at } = event as Readonly<Record<string, unknown>>;
    const accepted = (): void => {
      // A copy: what the loop does to its object later is its own affair.
      this.#events.push({ ...(event as object) });
      this.#note(`emitted ${type} ${rule} value ${value} at ${at}`);
    };
    const slow = this.#faults.emitMs;
    if (slow === undefined) return accepted();
    return this.#clock.sleep(slow).then(accepted);
  }

  #note(text: string): void {
    this.#notes.push(`${this.#clock.now()}  ${text}`);
  }
}

/**
 * A metric that steps from 0 to 100 at `offsetMs` after the loop's start, one sample a second: how long until
 * FIRING, in virtual time? -1 when it never fires.
 */
export async function detectionDelay(
  offsetMs: number,
  windowMs: number,
  intervalMs: number,
): Promise<number> {
  const startMs = 1_000_000;
  const clock = new SimClock(startMs);
  const step = startMs + windowMs + offsetMs;
  let firedAt = -1;
  const values = (start: number, end: number): number[] => {
    const list: number[] = [];
    for (let at = Math.ceil(start / 1_000) * 1_000; at <= end; at += 1_000) list.push(at >= step ? 100 : 0);
    return list;
  };
  const loop = new AlertLoop(
    async (_metric, start, end) => values(start, end),
    [{ id: 'step', metric: 'step', op: '>', threshold: 99.5, windowMs }],
    clock,
    (event) => {
      if (event.type === 'FIRING' && firedAt === -1) firedAt = clock.now();
    },
    { intervalMs },
  );
  loop.start();
  await clock.advance(4 * (windowMs + intervalMs));
  await loop.stop();
  return firedAt === -1 ? -1 : firedAt - step;
}

/** How many queries so many rules need in so many ticks. */
export async function countQueries(rules: number, ticks: number): Promise<number> {
  const clock = new SimClock(1_000_000);
  let queries = 0;
  const list: Rule[] = Array.from({ length: rules }, (_, index) => ({
    id: `rule-${index}`,
    metric: `metric-${index}`,
    op: '>',
    threshold: 50,
    windowMs: 60_000,
  }));
  // Half of the answers change at every tick, so a loop that asks again before it speaks is seen.
  const query = async (): Promise<number[]> => {
    queries++;
    return [Math.floor((queries - 1) / rules) % 2 === 0 ? 0 : 100];
  };
  const loop = new AlertLoop(query, list, clock, () => {}, { intervalMs: 10_000 });
  for (let tick = 0; tick < ticks; tick++) {
    await loop.tick();
    await clock.advance(10_000);
  }
  return queries;
}
