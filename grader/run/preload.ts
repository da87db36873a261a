/**
 * Loaded before the programs of `craft run` and `craft bench`: a TODO(human) that nobody caught is told to craft on the
 * channel, and the program ends as it would have, without a stack trace that teaches nothing. Any other error is Node's
 * to report.
 */
import { writeSync } from 'node:fs';

/** The file descriptor on which craft listens. */
const channel = 3;

process.on('uncaughtExceptionMonitor', (error: unknown) => {
  if (!(error instanceof Error) || !error.message.startsWith('TODO(human)')) return;
  // Who catches what nobody else did goes on.
  if (process.listenerCount('uncaughtException') > 0) return;
  try {
    writeSync(channel, JSON.stringify({ message: error.message, stack: error.stack ?? '' }));
  } catch {
    // The program has closed the channel: it ends with Node's words.
    return;
  }
  process.exit(1);
});
