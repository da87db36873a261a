/** Waits for a condition by asking again, never by sleeping for a guess. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Cause, fail, show } from './expectations.ts';

/**
 * Asks `probe` every few milliseconds until it returns something other than undefined, and returns that.
 * Fails the check after `withinMs` (default 5,000).
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  { withinMs = 5_000, cause }: { withinMs?: number; cause?: Cause } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > deadline) break;
    await pause(wait);
  }
  const text = typeof cause === 'function' ? cause(undefined) : cause;
  fail({
    summary: `${what} did not happen within ${withinMs / 1000} s`,
    expected: what,
    received: show(undefined),
    ...(text === undefined ? {} : { cause: text }),
  });
}
