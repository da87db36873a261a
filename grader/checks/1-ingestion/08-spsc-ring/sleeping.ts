/**
 * The reader's sleep, in one thread: `atomics.wait` does not sleep but tells what would happen. The record comes at a
 * chosen use of a counter, or during the sleep, and then it counts whether somebody called notify.
 */
import { type Around, cellsOf, layout, newBuffer, type Op, recordOf, SpscRing, tapped } from './ring.ts';

const { CELLS, READ, WAITING, WRITTEN } = layout;
const cellNumbers: Readonly<Record<string, number>> = { WRITTEN, READ, WAITING };

/** Nobody would ever wake the reader: there is no way on. */
class Asleep extends Error {}

export interface Plan {
  readonly ms: number;
  /** The writer writes before the reader's nth use of a counter; -1: while it sleeps; -2: never. */
  readonly at: number;
  /** So many times the sleep ends with nothing there: a notify that came late. */
  readonly falseAlarms: number;
  /** Where the counters stand at the beginning. */
  readonly start: number;
  /** The writer's object is made while the reader sleeps. */
  readonly newWriter?: boolean;
}

/** How long a sleep lasts that ends with nothing there, in a call that has the time. */
const ALARM_MS = 5;

export interface Slept {
  readonly returned: string;
  /** Uses of counters, the sleeps included. */
  readonly uses: string[];
  /** What each sleep was given as its limit. */
  readonly limits: number[];
  /** What went wrong: nobody called notify, or the reader fell asleep with the record there. */
  readonly fault: '' | 'not-woken' | 'overslept' | 'spins' | 'never-ends';
  readonly elapsed: number;
  /** WAITING at the end. */
  readonly waiting: number;
}

/** One call of waitReadable on an empty ring. */
export function sleep(plan: Plan): Slept {
  const buffer = newBuffer(64, plan.start);
  const cells = cellsOf(buffer);
  const uses: string[] = [];
  const limits: number[] = [];
  let [begun, written, alarms] = [false, false, plan.falseAlarms];
  let fault: Slept['fault'] = '';
  let woken: string[] = [];
  const atWriter = tapped((op, perform) => {
    // Who is woken before WRITTEN has moved finds nothing and sleeps again.
    const inTime = cells[WRITTEN] !== (plan.start | 0);
    if (op.name === 'notify' && inTime && (op.values[0] ?? 1) !== 0) woken.push(op.cell);
    return perform();
  });
  const writer = new SpscRing(buffer, atWriter);
  const write = (): void => {
    written = true;
    woken = [];
    (plan.newWriter ? new SpscRing(buffer, atWriter) : writer).tryWrite(recordOf(1, 5));
  };
  const stop = (found: Slept['fault']): never => {
    fault = found;
    throw new Asleep();
  };
  const wait = (op: Op): string => {
    const [expected = 0, limit = Number.POSITIVE_INFINITY] = op.values;
    const cell = cellNumbers[op.cell] ?? CELLS - 1;
    // With no time it is no sleep but a look.
    if (limit <= 0) return cells[cell] === (expected | 0) ? 'timed-out' : 'not-equal';
    limits.push(Math.min(limit, 1e15)); // Infinity does not travel
    if (cells[cell] !== (expected | 0)) return 'not-equal';
    if (alarms > 0) {
      alarms--;
      const until = performance.now() + (plan.ms < 1_000 ? 0 : ALARM_MS);
      while (performance.now() < until);
      return 'ok';
    }
    if (written) stop('overslept');
    if (plan.at !== -1) return 'timed-out';
    write();
    return woken.includes(op.cell) ? 'ok' : stop('not-woken');
  };
  const began = performance.now();
  const around: Around = (op, perform) => {
    if (!begun) return perform();
    if (uses.length === plan.at && !written) write();
    uses.push(`${op.name} ${op.cell}`);
    if (plan.falseAlarms < 1_000 && uses.length > 200) stop('spins');
    if (plan.ms < 1_000 && performance.now() - began > 1_500) stop('never-ends');
    return op.name === 'wait' ? wait(op) : perform();
  };
  const reader = new SpscRing(buffer, tapped(around));
  begun = true;
  let returned = '';
  try {
    returned = String(reader.waitReadable(plan.ms));
  } catch (error) {
    if (!(error instanceof Asleep)) throw error;
  }
  const elapsed = performance.now() - began;
  return { returned, uses: uses.slice(0, 40), limits, fault, elapsed, waiting: cells[WAITING] ?? 0 };
}

/** The same with the record before each use of a counter, until the call needs no more. */
export function sleepEverywhere(start: number): { nth: number; slept: Slept }[] {
  const reports: { nth: number; slept: Slept }[] = [];
  for (let nth = 0; nth < 40; nth++) {
    const slept = sleep({ ms: 60_000, at: nth, falseAlarms: 0, start });
    reports.push({ nth, slept });
    if (slept.fault !== '' || slept.uses.length <= nth) break;
  }
  return reports;
}

export interface RealWait {
  readonly returned: boolean;
  readonly elapsed: number;
  readonly uses: number;
  readonly sleeps: number;
  /** What readBatch finds afterwards. */
  readonly read: number;
}

/** Really sleeps, on a ring with no record, with one, or with one left of two. */
export function reallyWait(ms: number, there: 'nothing' | 'one' | 'a rest'): RealWait {
  const buffer = newBuffer(64, 16);
  let [uses, sleeps] = [0, 0];
  const around: Around = (op, perform) => {
    uses++;
    if (op.name === 'wait') sleeps++;
    return perform();
  };
  const writer = new SpscRing(buffer);
  if (there !== 'nothing') writer.tryWrite(recordOf(1, 3));
  const reader = new SpscRing(buffer, tapped(around));
  if (there === 'a rest') {
    writer.tryWrite(recordOf(2, 3));
    reader.readBatch(() => {}, 1);
  }
  [uses, sleeps] = [0, 0];
  const began = performance.now();
  const returned = reader.waitReadable(ms);
  const elapsed = performance.now() - began;
  const found = { returned, elapsed, uses, sleeps };
  return { ...found, read: there === 'nothing' ? 0 : reader.readBatch(() => {}, 9) };
}

/** The processor time, in ms, of the cheapest of some waits of 20 ms on an empty ring: nobody else's work is in it. */
export function cpuOfWaiting(waits: number): number {
  const reader = new SpscRing(newBuffer(64, 16));
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < waits; i++) {
    const began = process.cpuUsage();
    reader.waitReadable(20);
    const { user, system } = process.cpuUsage(began);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

/** How often the writer of so many records calls notify, when nobody waits, or after waits of this kind are over. */
export function notifies(records: number, after: 'none' | 'timeout' | 'record' | 'death'): number {
  const buffer = newBuffer(1_024, 0);
  // An earlier reader died in its sleep.
  if (after === 'death') cellsOf(buffer)[WAITING] = 1;
  const state = { is: false, notifies: 0 };
  const writer = new SpscRing(
    buffer,
    tapped((op, perform) => {
      if (state.is && op.name === 'notify') state.notifies++;
      return perform();
    }),
  );
  const reader = new SpscRing(buffer);
  if (after === 'record') writer.tryWrite(recordOf(0, 4));
  if (after !== 'none') reader.waitReadable(3);
  state.is = true;
  for (let i = 0; i < records; i++) {
    writer.tryWrite(recordOf(i, 8));
    if (i % 8 === 0) reader.readBatch(() => {}, 99);
  }
  return state.notifies;
}
