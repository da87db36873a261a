/** The driver's Lab as the checks see it: typed, shape-checked, and with a timeline for failures. */
import { type CheckContext, fail, shape, z } from '../../../harness/index.ts';

/** Where every story begins. Any whole number would do; a small one reads well. */
export const T0 = 1_000_000;
export const SECOND = 1_000;

export interface Rule {
  readonly id: string;
  readonly metric: string;
  readonly op: '>' | '<';
  readonly threshold: number;
  readonly windowMs: number;
}

/** `cpu-high`: average of `cpu` over the last 60 s above 80, unless told otherwise. */
export function rule(overrides: Partial<Rule> = {}): Rule {
  return { id: 'cpu-high', metric: 'cpu', op: '>', threshold: 80, windowMs: 60 * SECOND, ...overrides };
}

const event = z.object({
  type: z.string(),
  rule: z.string(),
  value: z.union([z.number(), z.nan()]),
  at: z.number(),
});
const query = z.object({ metric: z.string(), start: z.number(), end: z.number(), at: z.number() });
const history = z.object({
  now: z.number(),
  events: z.array(event),
  queries: z.array(query),
  mostInFlight: z.number(),
  failures: z.number(),
  timers: z.number(),
  notes: z.array(z.string()),
});

export type Event = z.infer<typeof event>;
export type History = z.infer<typeof history>;

/** When ticks asked the store, in seconds since the beginning, each time once. */
export function tickSeconds({ queries }: History): number[] {
  return [...new Set(queries.map(({ at }) => (at - T0) / SECOND))];
}

export interface Faults {
  readonly slowMs?: Readonly<Record<string, number>>;
  readonly queries?: Readonly<Record<string, 'throws' | 'rejects'>>;
  readonly emits?: Readonly<Record<string, 'throws' | 'rejects'>>;
  readonly emitMs?: number;
}

export interface Lab {
  add(metric: string, values: readonly number[], timestamp?: number): Promise<void>;
  faults(faults: Faults): Promise<void>;
  tick(): Promise<void>;
  begin(method: 'tick' | 'stop'): Promise<number>;
  done(call: number): Promise<boolean>;
  start(): Promise<void>;
  advance(ms: number): Promise<void>;
  play(script: readonly Record<string, number[]>[], stepMs: number): Promise<void>;
  history(): Promise<History>;
}

/** A fresh AlertLoop with its own store, clock and notebook. */
export async function openLab(
  subject: CheckContext['subject'],
  rules: readonly Rule[] = [rule()],
  intervalMs?: number,
): Promise<Lab> {
  const driver = await subject.driver();
  const setup = { rules, startMs: T0, ...(intervalMs === undefined ? {} : { intervalMs }) };
  const lab = await driver.new('Lab', setup);
  const run = async (method: string, ...args: unknown[]): Promise<void> => {
    await lab.call(method, ...args);
  };
  const tellsOnce = async (method: string, ...args: unknown[]): Promise<void> => {
    await lab.call(method, ...args).catch(rejected);
  };
  return {
    add: (metric, values, timestamp) =>
      run('add', metric, values, ...(timestamp === undefined ? [] : [timestamp])),
    faults: (faults) => run('faults', faults),
    tick: () => tellsOnce('tick'),
    begin: async (method) => shape('the number of the call', await lab.call('begin', method), z.number()),
    done: async (call) => shape('whether the call has ended', await lab.call('done', call), z.boolean()),
    start: () => run('start'),
    advance: (ms) => run('advance', ms),
    play: (script, stepMs) => tellsOnce('play', script, stepMs),
    history: async () => shape('the history of the loop', await lab.call('history'), history),
  };
}

/** What the lab's own store or pager threw has come out of tick(): say so, and what to do about it. */
function rejected(error: Error): never {
  const [failure] = /[\w: ]*the (store|pager) is not there/.exec(error.message) ?? [];
  if (failure === undefined) throw error;
  const where = 'where' in error && typeof error.where === 'string' ? { where: error.where } : {};
  fail({
    summary: 'tick() rejected because one rule failed',
    expected: 'tick() resolves; the failure is counted in failures',
    received: `a rejection: ${failure.trim()}`,
    cause: 'tick() must not reject: catch per rule, around query and emit, and add one to failures.',
    ...where,
  });
}

/** A wrong list of events, and why that may be: the first entry whose `when` holds speaks. */
export interface Suspect {
  readonly when: (events: readonly Event[]) => boolean;
  readonly say: string;
}

/** Fails, with the timeline, unless exactly these events were emitted so far. */
export async function expectEvents(
  lab: Lab,
  what: string,
  expected: readonly Event[],
  suspects: readonly Suspect[] = [],
): Promise<void> {
  const { events, queries, notes } = await lab.history();
  if (JSON.stringify(events.map(fields)) === JSON.stringify(expected.map(fields))) return;
  const cause = askedRealTime(queries) ?? suspects.find(({ when }) => when(events))?.say;
  fail({
    summary: what,
    expected: show(expected),
    received: show(events),
    ...(cause === undefined ? {} : { cause }),
    exhibit: ['What happened, by the simulated clock (ms):', ...notes.map((note) => `  ${note}`)].join('\n'),
  });
}

/** The simulated clock began half an hour ago; whoever asks for this century has asked another clock. */
function askedRealTime(queries: History['queries']): string | undefined {
  const wrong = queries.find(({ end }) => end > 1_000_000_000_000);
  if (wrong === undefined) return undefined;
  return `The query ended at ${wrong.end}, which is real time; the simulated clock said ${wrong.at}. Read this.#clock.now(), not Date.now().`;
}

/** NaN and -0 survive, unlike in JSON. */
function fields({ type, rule: id, value, at }: Event): string[] {
  return [type, id, Object.is(value, -0) ? '0' : String(value), String(at)];
}

function show(events: readonly Event[]): string {
  if (events.length === 0) return 'no events';
  return events.map(({ type, rule: id, value, at }) => `${type} ${id} value ${value} at ${at}`).join('\n');
}

export const firing = (id: string, value: number, at: number): Event => ({
  type: 'FIRING',
  rule: id,
  value,
  at,
});
export const resolved = (id: string, value: number, at: number): Event => ({
  type: 'RESOLVED',
  rule: id,
  value,
  at,
});
