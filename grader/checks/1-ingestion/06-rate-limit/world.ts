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

/** Sweeps until `calls` calls have been made; returns what each removed. */
export function sweeps(window: Window, calls: number): number[] {
  return Array.from({ length: calls }, () => window.sweep());
}
