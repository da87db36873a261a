/** For checks that can only be as punctual as the machine lets them. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Runs what depends on our being on time. When we were late ourselves (a busy machine), a failure says nothing, and it
 * is tried again; late every time, there is no verdict.
 */
export async function onTime(
  lateMs: number,
  body: (rest: (ms: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  for (let attempt = 1; attempt <= 4; attempt++) {
    let last = performance.now();
    let late = 0;
    // From one rest to the next: what happened between them counts too.
    const rest = async (ms: number): Promise<void> => {
      await pause(ms);
      const now = performance.now();
      late = Math.max(late, now - last - ms);
      last = now;
    };
    try {
      await body(rest);
      return;
    } catch (error) {
      const waited = performance.now() - last;
      // Who waits for an answer in vain gives up after 5 s: that is not being late.
      late = Math.max(late, waited > 4_500 ? waited - 5_000 : waited);
      if (late < lateMs) throw error;
    }
  }
}
