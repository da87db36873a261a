import type { Cancel, Clock } from './types.ts';

/** The longest delay that `setTimeout` keeps: it stores a signed 32-bit integer, about 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** The computer's own clock. */
export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => void startTimer(ms, resolve)),
  timer: startTimer,
};

/**
 * `setTimeout`, without its surprise: a delay above `LONGEST_MS` overflows there and fires after 1 ms.
 * A long wait is therefore cut into pieces, and cancelling stops whichever piece is running.
 */
function startTimer(ms: number, fn: () => void): Cancel {
  let timeout: NodeJS.Timeout;
  const wait = (left: number): void => {
    const piece = Math.min(left, LONGEST_MS);
    timeout = setTimeout(() => (left > piece ? wait(left - piece) : fn()), piece);
  };
  wait(ms);
  return () => clearTimeout(timeout);
}
