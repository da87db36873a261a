/** Plays calls against the student's window beside it, by a clock that goes where the script says. */
import { entriesSeen, SetClock, SlidingWindow, START, sweeps } from './world.ts';

export { start } from './door.ts';
export { bytesPerClient, bytesPerRequest, tide } from './memory.ts';

export type Step =
  /** The clock shows this much more than when the window was made. */
  readonly ['at', number] | readonly ['allow', string] | readonly ['retry', string] | readonly ['sweep'];

/** The answer to each call, in order; `at` has none. */
export function play(limit: number, windowMs: number, steps: readonly Step[], start = START): unknown[] {
  const clock = new SetClock();
  clock.reading = start;
  const window = new SlidingWindow(limit, windowMs, clock);
  const answers: unknown[] = [];
  for (const [call, argument] of steps) {
    if (call === 'at') clock.reading = start + argument;
    else if (call === 'allow') answers.push(window.allow(argument));
    else if (call === 'retry') answers.push(window.retryAfterMs(argument));
    else answers.push(window.sweep());
  }
  return answers;
}

/** Two windows on one clock: what the second answers after the first has let `id` through. */
export function twoWindows(id: string): boolean {
  const clock = new SetClock();
  new SlidingWindow(1, 1_000, clock).allow(id);
  return new SlidingWindow(1, 1_000, clock).allow(id);
}

/**
 * `busy` clients that stay in the window, and `idle` ones that leave it; then `calls` sweeps, and with `newcomers`
 * one more client before each.
 */
export function sweepCrowd(
  busy: number,
  idle: number,
  calls: number,
  newcomers: boolean,
): { removed: number[]; busyLetIn: number; idleRefused: number } {
  const clock = new SetClock();
  const window = new SlidingWindow(1, 1_000, clock);
  // Met first, and again later: whoever always begins with the id that it met first gets no further than these.
  for (let i = 0; i < busy; i++) window.allow(`busy-${i}`);
  for (let i = 0; i < idle; i++) window.allow(`idle-${i}`);
  clock.reading += 1_000;
  for (let i = 0; i < busy; i++) window.allow(`busy-${i}`);
  clock.reading += 999;
  const removed: number[] = [];
  for (let i = 0; i < calls; i++) {
    if (newcomers) window.allow(`new-${i}`);
    removed.push(window.sweep());
  }
  let busyLetIn = 0;
  for (let i = 0; i < busy; i++) if (window.allow(`busy-${i}`)) busyLetIn++;
  let idleRefused = 0;
  for (let i = 0; i < idle; i++) if (!window.allow(`idle-${i}`)) idleRefused++;
  return { removed, busyLetIn, idleRefused };
}

/** The most entries of Maps that one of `calls` sweeps walks over, among `clients` busy ids. */
export function entriesWalked(clients: number, calls: number): number {
  const clock = new SetClock();
  const window = new SlidingWindow(1, 1_000, clock);
  for (let i = 0; i < clients; i++) window.allow(`client-${i}`);
  return Math.max(...Array.from({ length: calls }, () => entriesSeen(() => window.sweep())));
}

/** Questions about `count` ids that nobody let through, and refusals by a limit of 0; what sweeps then find. */
export function strangers(count: number): { asked: number; refused: number } {
  const clock = new SetClock();
  const curious = new SlidingWindow(1, 1_000, clock);
  const closed = new SlidingWindow(0, 1_000, clock);
  for (let i = 0; i < count; i++) {
    curious.retryAfterMs(`stranger-${i}`);
    closed.allow(`stranger-${i}`);
  }
  clock.reading += 5_000;
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  return { asked: sum(sweeps(curious, 5)), refused: sum(sweeps(closed, 5)) };
}

let work: (() => { allowed: number; waited: number }) | undefined;

/** Gate: a client who fills a window of `size`, stays at its limit, and asks when it may come again. */
export function fill(size: number, seed: string): void {
  const phase = Number.parseInt(seed, 16) % 4;
  const clock = new SetClock();
  const window = new SlidingWindow(size, size, clock);
  work = () => {
    let [allowed, waited] = [0, 0];
    // The first fill is timed as well: an array that grows by one place each time copies them all each time.
    for (let i = 0; i < size; i++) {
      clock.reading++;
      if (window.allow('client')) allowed++;
    }
    for (let i = 0; i < 3 * size; i++) {
      // Four requests in three milliseconds, and room for three.
      if ((i + phase) % 4 !== 0) clock.reading++;
      if (window.allow('client')) allowed++;
      else waited += window.retryAfterMs('client');
    }
    return { allowed, waited };
  };
}

/** Gate: as many requests as the window holds, and then three times as many. */
export function arrive(): { allowed: number; waited: number } {
  if (work === undefined) throw new Error('fill() comes first');
  return work();
}
