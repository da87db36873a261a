/** A file of tasks, for the experiment: computes for so many milliseconds. */
import { serve } from './worker.ts';

/** Keeps a processor busy, and returns how often it could look at the clock. */
export function spin(ms: number): number {
  let looks = 0;
  for (const end = performance.now() + ms; performance.now() < end; ) looks++;
  return looks;
}

/** Where the threads find this file: who imports it need not know. */
export const file = new URL(import.meta.url);

serve(spin);
