/** Everything of the process that the program touches; tests bring their own. */
import type { ReadStream, WriteStream } from 'node:tty';

export interface Io {
  readonly stdin: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Width of the terminal. */
  readonly columns: number;
  /** Both a keyboard and a screen are there: questions can be asked, keys read. */
  readonly isTTY: boolean;
  /** Aborts when the user or the system asks the program to stop. */
  readonly signal: AbortSignal;
}

/** The real process. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process as {
    stdin: ReadStream;
    stdout: WriteStream;
    stderr: WriteStream;
  } & typeof process;
  const stop = new AbortController();
  // `on`, not `once`: libraries that find no listener left would end the process before we have tidied up.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      // A second signal means now; by exit(), so that the terminal is restored.
      if (stop.signal.aborted) process.exit(2);
      stop.abort();
    });
  }
  // `craft list | head` closes our output early, and so does a terminal window that is closed; that is no error.
  for (const output of [stdout, stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
  const columns = stdout.columns ?? (Number(env.COLUMNS) || 80);
  const isTTY = stdin.isTTY === true && stdout.isTTY === true;
  return { stdin, stdout, stderr, env, cwd: process.cwd(), columns, isTTY, signal: stop.signal };
}
