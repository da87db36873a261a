/**
 * The process around the monitor: its configuration, and the signals that end it.
 *
 * Nothing runs when this file is imported. `npx craft run 0.6 …` starts cli.ts, which calls main().
 */
import { readConfig } from './config.ts';
import { boot, type Monitor } from './monitor.ts';

/**
 * Reads the configuration, boots, and from then on answers SIGTERM and SIGINT: the first one closes the monitor
 * and ends the process with exit code 0 (or 1 if closing fails); a second one, while the first is still at work,
 * ends it at once with exit code 1.
 *
 * Rejects with the error of `readConfig` or `boot` when it cannot start; then no signal is handled.
 */
export async function main(configPath: string): Promise<Monitor> {
  const monitor = await boot(await readConfig(configPath));
  // TODO(human): 3. `process.on('SIGTERM', …)` and the same for SIGINT, then return the monitor. Contract: the
  // comment above, and invariants 6 and 7. (Lesson: Task 5)
  throw new Error(`TODO(human): answer SIGTERM and SIGINT (port ${monitor.port})`);
}
