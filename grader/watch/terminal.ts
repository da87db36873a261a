/** Keys without Enter, and the terminal as it was before on every way out: also when the shell takes over for a while. */
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

export interface KeyboardEvents {
  /** A key, as it is pressed. */
  onKey(key: string): void;
  /** The system or the terminal asks to stop. */
  onStop(): void;
  /** The screen may show something else, or have another width. */
  onRedraw(): void;
}

const ctrlZ = '\u001a';

export function openKeyboard(terminal: WatchTerminal, { onKey, onStop, onRedraw }: KeyboardEvents): Keyboard {
  const { stdin, stdout, signal } = terminal;
  const raw = (on: boolean): void => {
    if (isTerminal(stdin)) stdin.setRawMode(on);
  };
  const restore = (): void => raw(false);
  const read = (chunk: Buffer | string): void => {
    const text = String(chunk);
    if (text === ctrlZ) suspend(restore);
    // Arrow keys and pasted text are no commands.
    else if (text.length === 1) onKey(text.toLowerCase());
  };
  const back = (): void => {
    // Node believes that the mode is still on, whatever the shell has made of it.
    raw(false);
    raw(true);
    onRedraw();
  };
  raw(true);
  // Also on a crash of craft itself: a shell without echo is worse than a stack trace.
  process.on('exit', restore);
  process.on('SIGCONT', back);
  stdout.on('resize', onRedraw);
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
      process.off('SIGCONT', back);
      stdout.off('resize', onRedraw);
    },
  };
}

function isTerminal(stream: NodeJS.ReadableStream): stream is ReadStream {
  return 'setRawMode' in stream && 'isTTY' in stream && stream.isTTY === true;
}

/** What a terminal does with Ctrl-Z when nobody reads keys: the whole job stops, npx too, until the shell's `fg`. */
function suspend(restore: () => void): void {
  restore();
  process.kill(0, 'SIGTSTP');
}
