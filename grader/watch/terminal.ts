/** Keys without Enter, and the terminal as it was before on every way out. */
import type { ReadStream } from 'node:tty';

export interface WatchTerminal {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream & { readonly columns?: number };
  readonly isTTY: boolean;
  /** Aborts when the system asks craft to stop. */
  readonly signal: AbortSignal;
}

export interface Keyboard {
  close(): void;
}

/** Hands every key to `onKey` as it is pressed. */
export function openKeyboard(
  terminal: WatchTerminal,
  onKey: (key: string) => void,
  onStop: () => void,
): Keyboard {
  const { stdin, signal } = terminal;
  const raw = (on: boolean): void => {
    if (isTerminal(stdin)) stdin.setRawMode(on);
  };
  const restore = (): void => raw(false);
  const read = (chunk: Buffer | string): void => {
    const text = String(chunk);
    // Arrow keys and pasted text are no commands.
    if (text.length === 1) onKey(text.toLowerCase());
  };
  raw(true);
  // Also on a crash of craft itself: a shell without echo is worse than a stack trace.
  process.on('exit', restore);
  stdin.on('data', read);
  stdin.on('end', onStop);
  stdin.resume();
  signal.addEventListener('abort', onStop);
  return {
    close: () => {
      signal.removeEventListener('abort', onStop);
      stdin.off('data', read);
      stdin.off('end', onStop);
      stdin.pause();
      restore();
      process.off('exit', restore);
    },
  };
}

function isTerminal(stream: NodeJS.ReadableStream): stream is ReadStream {
  return 'setRawMode' in stream && 'isTTY' in stream && stream.isTTY === true;
}
