/** Given: what a load generator needs besides the idea of it. */
import type { Rng } from '../../kernel/index.ts';

/** The body of one `POST /metrics`. It has no timestamp: then the server adds one, and equal seeds give equal bodies. */
export function metricBody(rng: Rng): string {
  const host = `web-${Math.floor(rng.next() * 100)}`;
  return JSON.stringify({ name: 'cpu_usage', value: Math.round(rng.next() * 10_000) / 100, tags: { host } });
}

/** A longer `setTimeout` would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Resolves once `performance.now()` has reached `time`; at once when it already has. `setTimeout` counts whole
 * milliseconds and may fire a little early, so the clock is asked again.
 */
export async function waitUntil(time: number): Promise<void> {
  if (time - performance.now() > longestTimerMs)
    throw new RangeError(`waitUntil() needs a time of performance.now(), not of Date.now(): got ${time}`);
  for (let left = time - performance.now(); left > 0; left = time - performance.now()) {
    const ms = Math.ceil(left);
    await new Promise<void>((resolve) => setTimeout(resolve, ms));
  }
}
