/** What all parts of the driver share: the student's window, and a clock that goes where it is told. */
import { SimClock, student } from '../../../harness/driver.ts';

type Exercise = typeof import('../../../../exercises/1-ingestion/06-rate-limit/window.ts');
export type Window = InstanceType<Exercise['SlidingWindow']>;

export const { SlidingWindow } = await student<Exercise>('window.ts');

export const START = 1_700_000_000_000;

/** A clock that can be set, back as well: what an administrator or a time server does to a real one. */
export class SetClock extends SimClock {
  reading = START;

  override now(): number {
    return this.reading;
  }
}

/**
 * How many steps iterators of Maps take while `act` runs: what a walk looks at, counted instead of timed. A walk
 * that ends says so in a step of its own.
 */
export function entriesSeen(act: () => void): number {
  const walks = Object.getPrototypeOf(new Map().entries()) as { next(): unknown };
  const { next } = walks;
  const { forEach } = Map.prototype;
  let steps = 0;
  walks.next = function (this: unknown): unknown {
    steps++;
    return Reflect.apply(next, this, []);
  };
  Map.prototype.forEach = function (this: Map<unknown, unknown>, ...given): void {
    steps += this.size;
    Reflect.apply(forEach, this, given);
  };
  try {
    act();
  } finally {
    walks.next = next;
    Map.prototype.forEach = forEach;
  }
  return steps;
}

/** Sweeps until `calls` calls have been made; returns what each removed. */
export function sweeps(window: Window, calls: number): number[] {
  return Array.from({ length: calls }, () => window.sweep());
}
